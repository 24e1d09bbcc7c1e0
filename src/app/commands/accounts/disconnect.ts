/** `ward disconnect`: ends logins and removes saved keys; offers only what is connected. */
import { print, type ProfileContext } from "../context.ts";
import { connectionsOf, type OwnAccount, ownStore } from "../../accounts/connections.ts";
import { logOut } from "../../accounts/logout.ts";
import { accountIn } from "../../accounts/settings.ts";
import { secretsOf } from "../../keys/secrets.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/** What is connected and can be ended here. */
interface Connected {
  readonly kind: "login" | "key";
  readonly name: string;
}

/** Disconnects one or all. @returns 1 when something could not be ended. */
export async function disconnect(
  command: Extract<ParsedCommand, { type: "disconnect" }>,
  context: ProfileContext,
): Promise<number> {
  const connected = await connectedIn(context);
  if (connected.length === 0) {
    print(context, { disconnected: [], failed: [] }, () => "Nothing is connected\n");
    return 0;
  }
  const given = command.name === null ? null : chosenBy(command.name, connected);
  const chosen = await argumentOr(context, given, {
    name: "<name>",
    usage: "ward disconnect <name>",
    ask: (prompter) =>
      prompter.choose<readonly Connected[]>({
        title: "Disconnect",
        items: [
          ...connected.map((one) => ({ value: [one], label: one.name, detail: one.kind })),
          { value: connected, label: "all", detail: "every one of them" },
        ],
      }),
  });
  if (chosen === connected && !command.yes) {
    const names = chosen.map((one) => one.name).join(", ");
    const prompter = prompterOf(context);
    if (!prompter) {
      throw new UsageError("account.confirm", `Would disconnect ${names}`, {
        hint: "Add --yes to do it",
      });
    }
    if (!await prompter.confirm({ title: `Disconnect ${names}?` })) return 1;
  }
  const { disconnected, failed } = await endAll(chosen, context);
  for (const { name, message } of context.json ? [] : failed) {
    context.stderr.write(`! ${name} is not disconnected: ${revealHidden(message)}\n`);
  }
  print(
    context,
    { disconnected, failed },
    () => disconnected.length === 0 ? "" : `Disconnected ${disconnected.join(", ")}\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** Ends each; where one cannot be ended the others are all the same. */
async function endAll(chosen: readonly Connected[], context: ProfileContext): Promise<{
  readonly disconnected: readonly string[];
  readonly failed: readonly { readonly name: string; readonly message: string }[];
}> {
  const disconnected: string[] = [];
  const failed: { name: string; message: string }[] = [];
  for (const one of chosen) {
    try {
      await end(one, context);
      disconnected.push(one.name);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const hint = error instanceof AppError ? error.hint : undefined;
      failed.push({ name: one.name, message: [error.message, hint].filter(Boolean).join(". ") });
    }
  }
  return { disconnected, failed };
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

/**
 * What a name stands for, by its exact letters: the name of a provider is its key's, never that of
 * a login for it.
 *
 * @throws {UsageError} `account.not_connected`.
 */
function chosenBy(name: string, connected: readonly Connected[]): readonly Connected[] {
  if (name === "all") return connected;
  const chosen = connected.filter((one) => one.name === name);
  if (chosen.length > 0) return chosen;
  const isCodex = name === "codex";
  throw new UsageError(
    "account.not_connected",
    isCodex ? "The login of the Codex CLI is not ward's to end" : `"${name}" is not connected`,
    {
      hint: isCodex
        ? "Run codex logout"
        : `Connected: ${connected.map((one) => one.name).join(", ")}`,
    },
  );
}
