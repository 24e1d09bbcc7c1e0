/** `ward disconnect`: ends logins and removes saved keys; offers only what is connected. */
import { print, type ProfileContext } from "../context.ts";
import { connectionsOf, type OwnAccount, ownStore } from "../../accounts/connections.ts";
import { logOut } from "../../accounts/logout.ts";
import { accountIn } from "../../accounts/settings.ts";
import { secretsOf } from "../../keys/secrets.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { accountNamed } from "../../../kernel/accounts/account_table.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/** What is connected and can be ended here. */
interface Connected {
  readonly kind: "login" | "key";
  readonly name: string;
}

/** Disconnects one or all. */
export async function disconnect(
  command: Extract<ParsedCommand, { type: "disconnect" }>,
  context: ProfileContext,
): Promise<number> {
  const connected = await connectedIn(context);
  if (connected.length === 0) {
    print(context, { disconnected: [] }, () => "Nothing is connected\n");
    return 0;
  }
  const name = await argumentOr(context, command.name, {
    name: "<name>",
    usage: "ward disconnect <name>",
    ask: (prompter) =>
      prompter.choose({
        title: "Disconnect",
        items: [
          ...connected.map((one) => ({ value: one.name, label: one.name, detail: one.kind })),
          { value: "all", label: "all", detail: "every one of them" },
        ],
      }),
  });
  const chosen = name === "all" ? connected : connected.filter((one) => isNamed(one, name));
  if (chosen.length === 0) throw notConnected(name, connected);
  if (name === "all" && !command.yes) {
    const names = chosen.map((one) => one.name).join(", ");
    const prompter = prompterOf(context);
    if (!prompter) {
      throw new UsageError("account.confirm", `Would disconnect ${names}`, {
        hint: "Add --yes to do it",
      });
    }
    if (!await prompter.confirm({ title: `Disconnect ${names}?` })) return 1;
  }
  for (const one of chosen) await end(one, context);
  const disconnected = chosen.map((one) => one.name);
  print(context, { disconnected }, () => `Disconnected ${disconnected.join(", ")}\n`);
  return 0;
}

async function end({ kind, name }: Connected, { profile, stderr }: ProfileContext): Promise<void> {
  if (kind === "key") {
    await secretsOf(profile).remove(name);
    return;
  }
  const account = name as OwnAccount;
  await logOut(accountIn(profile, account), ownStore(profile, account), {
    form: profile.form,
    warn: (text) => stderr.write(`! ${revealHidden(text)}\n`),
  });
}

async function connectedIn({ profile }: ProfileContext): Promise<Connected[]> {
  const { logins, keys } = await connectionsOf(profile);
  return [
    // The Codex CLI's login is not ward's to end.
    ...logins.filter(({ name, state }) => name !== "codex" && state !== "none")
      .map(({ name }) => ({ kind: "login" as const, name })),
    ...keys.map(({ name }) => ({ kind: "key" as const, name })),
  ];
}

function isNamed(one: Connected, name: string): boolean {
  return one.name === name || (one.kind === "login" && one.name === accountNamed(name));
}

function notConnected(name: string, connected: readonly Connected[]): UsageError {
  const isCodex = accountNamed(name) === "codex";
  return new UsageError(
    "account.not_connected",
    isCodex ? "The login of the Codex CLI is not ward's to end" : `"${name}" is not connected`,
    {
      hint: isCodex
        ? "Run codex logout"
        : `Connected: ${connected.map((one) => one.name).join(", ")}`,
    },
  );
}
