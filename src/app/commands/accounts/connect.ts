/** `ward connect`: a login by the browser or a device code, a key, or an address of one's own. */
import { print, type ProfileContext } from "../context.ts";
import { onboard } from "../onboard.ts";
import { secretsSet } from "../secrets.ts";
import { show } from "./auth.ts";
import { connectAccount } from "../../accounts/connect_account.ts";
import { connectionsOf, type OwnAccount } from "../../accounts/connections.ts";
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

/** What can be connected: a login is never mistaken for the key of its provider. */
type Connectable =
  | { readonly kind: "login"; readonly name: OwnAccount }
  | { readonly kind: "key"; readonly name: string }
  | { readonly kind: "address" };

const OWN_ADDRESS = "another address";

/** Connects one service. */
export async function connect(command: ConnectCommand, context: ProfileContext): Promise<number> {
  const service = await argumentOr(context, command.name === null ? null : named(command.name), {
    name: "<name>",
    usage: "ward connect <name>",
    ask: (prompter) => pick(prompter, context),
  });
  switch (service.kind) {
    case "login":
      return show(context, await connectAccount(service.name, command.browser, context));
    case "key": {
      const { name } = service;
      return await secretsSet({ ...command, type: "secrets_set", name, hasMore: false }, context);
    }
    case "address":
      return await connectAddress(command, context);
  }
}

/** What a name stands for; a login's own name goes before a key's. */
function named(name: string): Connectable {
  if (name === OWN_ADDRESS) return { kind: "address" };
  const account = accountNamed(name);
  if (account === "codex") {
    throw new UsageError("account.unknown", "The login of the Codex CLI is made by the CLI", {
      hint: 'Run codex login, then set provider = "openai_codex"; or: ward connect chatgpt',
    });
  }
  if (account !== null) return { kind: "login", name: account };
  if (keyed().includes(name)) return { kind: "key", name };
  const names = [...LOGINS.map(([login]) => login), ...keyed()];
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
const LOGINS: readonly (readonly [OwnAccount, string])[] = [
  ["claude", "login of Claude Pro, Max or Team"],
  ["copilot", "login of GitHub Copilot"],
  ["chatgpt", "login of ChatGPT Plus, Pro or Team"],
];

function keyed(): string[] {
  return KNOWN_PROVIDERS.filter(({ keyVariable }) => keyVariable !== null).map(({ name }) => name);
}

async function pick(prompter: Prompter, { profile }: ProfileContext): Promise<Connectable> {
  const { logins, keys } = await connectionsOf(profile);
  const row = (value: Connectable, detail: string, isConnected: boolean) => ({
    value,
    label: value.kind === "address" ? OWN_ADDRESS : value.name,
    detail: isConnected ? `${detail}, connected` : detail,
  });
  const hasLogin = (name: string) =>
    logins.some((one) => one.name === name && one.state !== "none");
  const items: MenuItem<Connectable>[] = [
    ...LOGINS.map(([name, detail]) => row({ kind: "login", name }, detail, hasLogin(name))),
    ...keyed().map((name) =>
      row({ kind: "key", name }, "key", keys.some((one) => one.name === name))
    ),
    row({ kind: "address" }, "any OpenAI-compatible service", false),
  ];
  return await prompter.choose({ title: "Connect", items });
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
