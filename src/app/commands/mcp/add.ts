/** `ward mcp add`. */
import { type CommandContext, print } from "../context.ts";
import { approvedText, approveTools } from "./approve.ts";
import { changeEntry } from "./change.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { entryValues } from "../../mcp/entry_values.ts";
import { UsageError } from "../../../base/app_error.ts";
import { type ServerEntry, setEntry } from "../../../kernel/mcp/entries.ts";
import {
  configuredServers,
  savedSecretOf,
  SECRET_NAME,
} from "../../../kernel/settings/mcp_settings.ts";
import { parseConfig } from "../../../kernel/settings/parse_config.ts";
import { ALIAS } from "../../../model/mcp/server.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";

type Command = Extract<ParsedCommand, { type: "mcp_add" }>;

/** Writes the entry, connects, shows the tools and asks. @returns 1 when the user says no. */
export async function mcpAdd(command: Command, context: CommandContext): Promise<number> {
  const alias = await argumentOr(context, command.name, {
    name: "<alias>",
    usage: "ward mcp add <alias> -- <command...>, or --url <address>",
    ask: (prompter) =>
      prompter.text({
        title: "Name of the server here",
        check: (text) => ALIAS.test(text) ? null : "letters, digits, - and _, at most 32",
      }),
  });
  const entry = entryOf(command, alias);
  const prompter = command.yes ? null : prompterOf(context);
  if (command.connect && !command.yes && !prompter) {
    throw new UsageError("mcp.confirm", "Will not approve tools that nobody has seen", {
      hint: "Run it in a terminal, or add --yes, or --no-connect to write the entry alone",
    });
  }
  let fileName = "";
  const text = await changeEntry(context, (before, name) => {
    fileName = name;
    return setEntry(before, alias, entry, name);
  });
  const { file } = parseConfig(text, fileName);
  const server = configuredServers(file).find((one) => one.alias === alias)!;
  if (!command.connect) {
    print(
      context,
      { alias, tools: [] },
      () => `Added ${alias}; ward mcp approve ${alias} looks at its tools\n`,
    );
    return 0;
  }
  const values = await entryValues(context.ward, file, alias);
  const approved = await approveTools({ server, values, approval: null }, prompter, context);
  print(context, approved, () => `Added ${alias}\n${approvedText(approved)}`);
  return approved.tools === null ? 1 : 0;
}

/** @throws {UsageError} `mcp.entry`. */
function entryOf(given: Command, alias: string): ServerEntry {
  const [command, ...args] = given.command;
  const refuse = (why: string, hint: string) =>
    new UsageError("mcp.entry", `Cannot add it: ${why}`, { hint });
  if ((command === undefined) === (given.url === null)) {
    throw refuse(
      "it needs a command or an address, not both",
      "ward mcp add <alias> -- <command...>, or ward mcp add <alias> --url <address>",
    );
  }
  const list = (all: readonly string[]) => all.length === 0 ? undefined : all;
  const values = (all: readonly string[]) =>
    all.length === 0
      ? undefined
      : Object.fromEntries(all.map((one) => valueOf(one, alias, refuse)));
  return {
    command,
    args: list(args),
    cwd: given.cwd ?? undefined,
    url: given.url ?? undefined,
    read: list(given.read),
    write: list(given.write),
    net: list(given.net),
    description: given.description?.trim() ? given.description.trim() : undefined,
    enabledTools: given.enabledTools ?? undefined,
    timeout_s: given.timeoutS ?? undefined,
    env: values(given.env),
    headers: values(given.headers),
  };
}

/** `NAME` stands for a saved secret, `NAME=text` for itself; a secret does not belong on a command line. */
function valueOf(
  given: string,
  alias: string,
  refuse: (why: string, hint: string) => UsageError,
): [string, string] {
  const at = given.indexOf("=");
  if (at < 0) return [given, "keychain"];
  const [name, value] = [given.slice(0, at), given.slice(at + 1)];
  if (SECRET_NAME.test(name) && !/\$\{|^keychain/.test(value)) {
    throw refuse(
      `the value of ${name} on the command line stays in the shell's history`,
      `Give the name alone and save it: ward secrets set ${savedSecretOf(alias, name)}`,
    );
  }
  return [name, value];
}
