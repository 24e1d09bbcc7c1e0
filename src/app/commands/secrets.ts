/** `ward secrets`: keys are taken unseen, kept, and never given out again. */
import { print, type ProfileContext } from "./context.ts";
import { argumentOr, prompterOf } from "../prompting.ts";
import { secretsOf } from "../keys/secrets.ts";
import { UsageError } from "../../base/app_error.ts";
import { checkSecretName, type SecretPlace, secretProblem } from "../../host/keys/secrets.ts";
import { isLoginSecret } from "../../kernel/accounts/login_record.ts";
import { KNOWN_PROVIDERS } from "../../kernel/models/providers/provider_table.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
import { readPiped } from "../../surfaces/cli/read_message.ts";
import { revealHidden } from "../../surfaces/cli/sanitize_terminal.ts";

/** Most that is read of a piped key, in bytes. */
const MAX_PIPED_BYTES = 65_536;

/** Saves one. */
export async function secretsSet(
  command: Extract<ParsedCommand, { type: "secrets_set" }>,
  context: ProfileContext,
): Promise<number> {
  if (command.hasMore) {
    throw new UsageError("secrets.argument", "A key never stands on the command line", {
      hint: "It is in your shell's history now: replace it at the service, then run " +
        "`ward secrets set <name>` and type it there",
    });
  }
  const secrets = secretsOf(context.profile);
  const name = await argumentOr(context, command.name, {
    name: "<name>",
    usage: "ward secrets set <name>",
    ask: (prompter) =>
      prompter.choose({
        title: "Which service is the key for",
        items: KNOWN_PROVIDERS.filter(({ keyVariable }) => keyVariable !== null)
          .map(({ name }) => ({ value: name, label: name })),
      }),
  });
  checkSecretName(name);
  if (isLoginSecret(name)) {
    throw new UsageError("secrets.name", "Cannot use that name for a secret: it is a login's", {
      hint: "Log in with ward connect, ward oauth or ward mcp login; for a key take another name",
    });
  }
  const kept = await secrets.set(name, await readSecret(`Key for ${name}`, context));
  print(context, { name, kept }, () => `Saved ${name} in ${placeText(kept)}\n`);
  return 0;
}

/**
 * Takes a secret: typed unseen in a terminal, else from standard input.
 *
 * @throws {UsageError} `secrets.no_value` where neither is possible; `cli.input_*`.
 */
export async function readSecret(title: string, context: ProfileContext): Promise<string> {
  const prompter = prompterOf(context);
  if (prompter) {
    return await prompter.hidden({
      title: `${title} (not shown)`,
      check: (value) => {
        const problem = secretProblem(value);
        return problem && `Cannot save that: ${problem}`;
      },
    });
  }
  if (context.input.isTerminal) {
    throw new UsageError("secrets.no_value", "Cannot ask for the key here", {
      hint: "Pipe it in: ward secrets set <name> < key.txt",
    });
  }
  return (await readPiped(Deno.stdin.readable, MAX_PIPED_BYTES)).trim();
}

/** Lists names and places. */
export function secretsList(context: ProfileContext): number {
  const all = secretsOf(context.profile).list();
  print(
    context,
    all,
    () =>
      all.length === 0
        ? "Nothing is saved; ward secrets set <name> saves a key\n"
        : all.map(({ name, kept }) => `${revealHidden(name).padEnd(20)}  ${placeText(kept)}\n`)
          .join(""),
  );
  return 0;
}

/** Removes one. */
export async function secretsRemove(
  given: string | null,
  context: ProfileContext,
): Promise<number> {
  const secrets = secretsOf(context.profile);
  const names = secrets.list().map(({ name }) => name);
  const missing = (message: string) =>
    new UsageError("secrets.none", message, {
      hint: names.length === 0 ? "Nothing is saved" : `Saved: ${names.join(", ")}`,
    });
  const name = await argumentOr(context, given, {
    name: "<name>",
    usage: "ward secrets rm <name>",
    ask: (prompter) => {
      if (names.length === 0) throw missing("There is no secret to remove");
      return prompter.choose({
        title: "Which secret",
        items: names.map((one) => ({ value: one, label: one })),
      });
    },
  });
  checkSecretName(name);
  if (!await secrets.remove(name)) throw missing(`There is no secret "${name}"`);
  print(context, { removed: name }, () => `Removed ${name}\n`);
  return 0;
}

function placeText(kept: SecretPlace): string {
  return kept === "keychain" ? "the keychain" : "secrets.enc, sealed: no keychain works here";
}
