/** `ward connect`: a login by the browser or a device code, a key, or an address of one's own. */
import { print, type ProfileContext } from "../context.ts";
import { onboard } from "../onboard.ts";
import { secretsSet } from "../secrets.ts";
import { show } from "./auth.ts";
import { connectAccount } from "../../accounts/connect_account.ts";
import { connectionsOf } from "../../accounts/connections.ts";
import { askOwnAddress } from "../../onboard/ask_provider.ts";
import { argumentOr } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { accountNamed } from "../../../kernel/accounts/account_table.ts";
import { KNOWN_PROVIDERS } from "../../../kernel/models/providers/provider_table.ts";
import { nearest } from "../../../kernel/settings/nearest.ts";
import { formatConnections } from "../../../surfaces/cli/format/format_accounts.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import type { MenuItem } from "../../../surfaces/prompts/menu.ts";
import type { Prompter } from "../../../surfaces/prompts/prompter.ts";

type ConnectCommand = Extract<ParsedCommand, { type: "connect" }>;

const OWN_ADDRESS = "another address";

/** Connects one service. */
export async function connect(command: ConnectCommand, context: ProfileContext): Promise<number> {
  const name = await argumentOr(context, command.name, {
    name: "<name>",
    usage: "ward connect <name>",
    ask: (prompter) => pick(prompter, context),
  });
  if (name === OWN_ADDRESS) return await connectAddress(command, context);
  const account = accountNamed(name);
  if (account === "codex") {
    throw new UsageError("account.unknown", "The login of the Codex CLI is made by the CLI", {
      hint: 'Run codex login, then set provider = "openai_codex"; or: ward connect chatgpt',
    });
  }
  if (account !== null) {
    return show(context, await connectAccount(account, command.browser, context));
  }
  if (keyed().includes(name)) {
    return await secretsSet({ ...command, type: "secrets_set", name, hasMore: false }, context);
  }
  const names = [...LOGINS.map(({ value }) => value), ...keyed()];
  const near = nearest(name, new Set(names));
  throw new UsageError(
    "account.unknown",
    `Cannot connect "${name}": no such service` + (near ? `; did you mean "${near}"?` : ""),
    { hint: `There are ${names.join(", ")}; for another address: ward onboard --api-base` },
  );
}

/** Shows every login and every saved key. */
export async function connectStatus(context: ProfileContext): Promise<number> {
  const report = await connectionsOf(context.profile);
  print(context, report, () => formatConnections(report, context.stdout));
  return 0;
}

/** Logins that ward makes, for the menu. */
const LOGINS: readonly MenuItem<string>[] = [
  { value: "claude", label: "claude", detail: "login of Claude Pro, Max or Team" },
  { value: "copilot", label: "copilot", detail: "login of GitHub Copilot" },
  { value: "chatgpt", label: "chatgpt", detail: "login of ChatGPT Plus, Pro or Team" },
];

function keyed(): string[] {
  return KNOWN_PROVIDERS.filter(({ keyVariable }) => keyVariable !== null).map(({ name }) => name);
}

async function pick(prompter: Prompter, { profile }: ProfileContext): Promise<string> {
  const { logins, keys } = await connectionsOf(profile);
  const has = (name: string) =>
    logins.some((one) => one.name === name && one.state !== "none") ||
    keys.some((one) => one.name === name);
  const rows: MenuItem<string>[] = [
    ...LOGINS,
    ...keyed().map((name) => ({ value: name, label: name, detail: "key" })),
    { value: OWN_ADDRESS, label: OWN_ADDRESS, detail: "any OpenAI-compatible service" },
  ];
  return await prompter.choose({
    title: "Connect",
    items: rows.map((row) => has(row.value) ? { ...row, detail: `${row.detail}, connected` } : row),
  });
}

/** An address of one's own is a part of the configuration: written as `ward onboard` does. */
async function connectAddress(command: ConnectCommand, context: ProfileContext): Promise<number> {
  const { json, debug, workspace, profile } = command;
  const own = await argumentOr(context, null, {
    name: "<address>",
    usage: "ward onboard --provider <name> --api-base <address>",
    ask: askOwnAddress,
  });
  return await onboard({
    type: "onboard",
    provider: own.provider,
    apiBase: own.apiBase,
    model: null,
    roles: null,
    keyStdin: false,
    allow: null,
    skip: ["provider", "roles", "workspace", "allow", "answer"],
    yes: false,
    dryRun: false,
    json,
    debug,
    workspace,
    profile,
  }, context);
}
