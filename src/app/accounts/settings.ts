import { type Account, accountOf } from "../../kernel/accounts/account_table.ts";
import type { AccountName } from "../../model/services/account.ts";
import type { Profile } from "../start/process.ts";

/**
 * A login service as the profile has it; its addresses are checked where something is sent there.
 *
 * @throws {UsageError} What is wrong with the configuration.
 */
export function accountIn({ config, environment }: Profile, name: AccountName): Account {
  if (!config.ok) throw config.error;
  return accountOf(name, config.parsed.file.accounts, environment.variables);
}
