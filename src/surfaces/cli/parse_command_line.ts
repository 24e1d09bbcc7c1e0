/**
 * The command line of ward. Parsing touches nothing: it reads no variable, writes nothing and
 * never ends the process. `version` is answered by main.ts before this file is loaded.
 */
import { Command, CommanderError } from "commander";
import { UsageError } from "../../base/app_error.ts";
import { nearest } from "../../kernel/settings/nearest.ts";
import { buildAcp } from "./commands/acp.ts";
import { buildAccounts } from "./commands/accounts.ts";
import { buildAgent } from "./commands/agent.ts";
import { buildBackup } from "./commands/backup.ts";
import { buildConfig } from "./commands/config.ts";
import { buildInspect } from "./commands/inspect.ts";
import { buildOnboard } from "./commands/onboard.ts";
import { buildOAuth } from "./commands/oauth.ts";
import { buildSecrets } from "./commands/secrets.ts";
import { buildService } from "./commands/service.ts";
import { buildPermissions } from "./commands/permissions.ts";
import { buildInstructions } from "./commands/instructions.ts";
import { buildCost } from "./commands/cost.ts";
import { buildChannels } from "./commands/channels.ts";
import { buildMcp } from "./commands/mcp.ts";
import { buildStart } from "./commands/start.ts";
import { buildModels } from "./commands/models.ts";
import { buildSessions } from "./commands/sessions.ts";
import { buildProfile } from "./commands/profile.ts";
import { profileName } from "./commands/arguments.ts";
import type { CommandSink } from "./commands/sink.ts";
import { checkModelFlag } from "./model_flag.ts";
import type { CommonFlags, ParsedCommand } from "./parsed_command.ts";

/**
 * Parses ward's arguments.
 *
 * @param argv Arguments without the program's name.
 * @param columns Width of the help text.
 * @throws {UsageError} `cli.usage`, with the command that was meant as its hint where one is near.
 */
export function parseCommandLine(argv: readonly string[], columns: number = 80): ParsedCommand {
  // To know all commands takes a while: only where there is something to say of them, or of another.
  if (argv.includes("agent")) {
    try {
      const command = parseWith([buildAgent], argv, columns);
      if (command.type === "agent") return command;
    } catch {
      // Said below, by those that know all of them.
    }
  }
  return parseWith(ALL, argv, columns);
}

type Build = (sink: CommandSink) => void;

function parseWith(
  commands: readonly Build[],
  argv: readonly string[],
  columns: number,
): ParsedCommand {
  let parsed: ParsedCommand | null = null;
  let helpText = "";
  const program = build(commands, (command) => parsed = command);
  program.configureOutput({
    writeOut: (text) => helpText += text,
    writeErr: () => {},
    getOutHelpWidth: () => columns,
    getErrHelpWidth: () => columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  program.exitOverride();
  inEach(program, (command) => command.copyInheritedSettings(program));
  try {
    program.parse(argv.length === 0 ? ["help"] : [...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { type: "help", text: helpText };
    throw usageError(error, program, argv);
  }
  if (program.opts<{ version?: true }>().version) {
    parsed = { type: "version", ...commonFlags(program) };
  }
  if (parsed === null) throw new UsageError("cli.usage", "No command was given");

  checkModelFlag(parsed);
  return parsed;
}

/** All commands with their options, for what is printed from them. */
export function commandTree(): Command {
  return build(ALL, () => {});
}

const ALL: readonly Build[] = [
  buildAgent,
  buildStart,
  buildAcp,
  buildSessions,
  buildModels,
  buildCost,
  buildInstructions,
  buildPermissions,
  buildOnboard,
  buildAccounts,
  buildOAuth,
  buildMcp,
  buildChannels,
  buildConfig,
  buildSecrets,
  buildBackup,
  buildProfile,
  buildService,
  buildInspect,
];

function build(commands: readonly Build[], done: (command: ParsedCommand) => void): Command {
  const program = new Command("ward")
    .description("A personal agent that the runtime and the system hold, not the model")
    .usage("<command> [options]")
    .option("-w, --workspace <folder>", "folder the agent works in")
    .option("-p, --profile <name>", "profile to use", profileName)
    .option("-i, --instance <name>", "the same as --profile", profileName)
    .option("-M, --model <model>", "model to use, as provider/model; ? is a menu")
    .option("--json", "print JSON, for programs")
    .option("--debug", "show the causes of errors")
    .option("-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help of a command")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", '\nExample:\n  ward agent -w . -m "what is in this folder?"');
  const common = () => commonFlags(program);
  const example = (command: Command, text: string) =>
    command.addHelpText("after", `\nExample:\n  ${text}`);

  program.action(() => {
    if (!program.opts<{ version?: true }>().version) program.help();
  });

  const sink = { program, done, common, example };
  for (const one of commands) one(sink);
  example(
    program.command("version").summary("print the version")
      .description("Prints the version of ward")
      .action(() => done({ type: "version", ...common() })),
    "ward version --json",
  );
  inEach(program, (command) => {
    const summary = command.summary();
    if (command.description() === "") {
      command.description(summary.charAt(0).toUpperCase() + summary.slice(1));
    }
  });
  return program;
}

function commonFlags(program: Command): CommonFlags {
  const flags = program.opts<{
    json?: true;
    debug?: true;
    workspace?: string;
    profile?: string;
    instance?: string;
    model?: string;
  }>();
  const { profile, instance } = flags;
  if (profile !== undefined && instance !== undefined && profile !== instance) {
    throw new UsageError("cli.usage", `Two profiles were given: "${profile}" and "${instance}"`, {
      hint: "-p and -i are the same flag; give one",
    });
  }
  return {
    json: flags.json ?? false,
    debug: flags.debug ?? false,
    workspace: flags.workspace ?? null,
    profile: profile ?? instance ?? null,
    model: flags.model ?? null,
  };
}

function usageError(error: CommanderError, program: Command, argv: readonly string[]): UsageError {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = /\(Did you mean ([^()?]+)\?\)/.exec(rest.join(" "))?.[1];
  let command = program;
  let stray: string | null = null;
  for (const word of argv) {
    if (word.startsWith("-") || (word === "help" && command === program)) continue;
    const next = command.commands.find((one) =>
      one.name() === word || one.aliases().includes(word)
    );
    if (!next) {
      stray = word;
      break;
    }
    command = next;
  }
  const isStray = error.code === "commander.excessArguments" ||
    error.code === "commander.unknownCommand" || error.code === "commander.help" ||
    // The options of a misspelt command are unknown too; the command is what was wrong.
    (error.code === "commander.unknownOption" && command === program);
  const names = command.commands.flatMap((one) => [one.name(), ...one.aliases()]);
  const meant = suggestion ?? (isStray && stray !== null ? nearest(stray, names) : null);
  const path = command === program ? "ward" : pathOf(command);
  const hint = meant
    ? `Did you mean ${suggestion?.startsWith("-") ? suggestion : `${path} ${meant}`}?`
    : isStray && command.name() === "agent"
    ? 'Give the message with -m: ward agent -m "…"'
    : `See ${path} --help`;
  const message = isStray && stray !== null
    ? `Unknown command or argument "${stray}" after "${path}"`
    : first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/, "");
  return new UsageError("cli.usage", message, { cause: error, hint });
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function inEach(command: Command, run: (command: Command) => void): void {
  for (const one of command.commands) {
    run(one);
    inEach(one, run);
  }
}
