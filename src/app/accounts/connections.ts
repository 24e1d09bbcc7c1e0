/** Everything that is connected: logins, and saved keys. */
import { codexStore } from "./codex_store.ts";
import { loginPaths } from "./login_files.ts";
import { lookAtLogin } from "./look.ts";
import { accountIn } from "./settings.ts";
import { claudeStore, type OwnLoginStore, secretStore } from "./stores.ts";
import { secretsOf } from "../keys/secrets.ts";
import type { Profile } from "../start/process.ts";
import { systemClock } from "../../host/process/system.ts";
import type { SecretPlace } from "../../host/keys/secrets.ts";
import { isLoginSecret } from "../../kernel/accounts/login_record.ts";
import { ACCOUNT_NAMES, type AccountName, type LoginReport } from "../../model/services/account.ts";

/** What is connected, and what could be. */
export interface Connections {
  /** One for each service, also where there is no login. */
  readonly logins: readonly LoginReport[];
  readonly keys: readonly { readonly name: string; readonly kept: SecretPlace }[];
}

/** Logins that ward makes and ends itself. */
export type OwnAccount = Exclude<AccountName, "codex">;

/** The place of a login that ward makes. */
export function ownStore(profile: Profile, name: OwnAccount): OwnLoginStore {
  const { home } = profile.paths;
  return name === "claude" ? claudeStore(home) : secretStore(name, {
    home,
    secrets: Promise.resolve(secretsOf(profile)),
  });
}

/** Looks at all of them; no service is asked. */
export async function connectionsOf(profile: Profile): Promise<Connections> {
  const logins = await Promise.all(ACCOUNT_NAMES.map((name) => {
    const account = accountIn(profile, name);
    const store = name === "codex"
      ? codexStore(loginPaths(profile).codex, { account, clock: systemClock })
      : ownStore(profile, name);
    return lookAtLogin(account, store, systemClock);
  }));
  const keys = secretsOf(profile).list().filter(({ name }) => !isLoginSecret(name));
  return { logins, keys };
}
