/**
 * The command line of ward. Parsing touches nothing: it reads no variable, writes nothing and
 * never ends the process. `version` is answered by main.ts before this file is loaded.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../base/app_error.ts";
import { nearest } from "../../kernel/settings/nearest.ts";
import { PERMISSION_KINDS, type PermissionKind } from "../../model/permission.ts";
import type { CommonFlags, ParsedCommand, ScopeFlag } from "./parsed_command.ts";

/**
 * Parses ward's arguments.
 *
 * @param argv Arguments without the program's name.
 * @param columns Width of the help text.
 * @throws {UsageError} `cli.usage`, with the command that was meant as its hint where one is near.
 */
export function parseCommandLine(argv: readonly string[], columns: number = 80): ParsedCommand {
  let parsed: ParsedCommand | null = null;
  let helpText = "";
  const program = build((command) => parsed = command);
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
    return { type: "version", ...commonFlags(program) };
  }
  if (parsed === null) throw new UsageError("cli.usage", "No command was given");
  return parsed;
}

function build(done: (command: ParsedCommand) => void): Command {
  const program = new Command("ward")
    .description("A personal agent that the runtime and the system hold, not the model")
    .usage("<command> [options]")
    .option("-w, --workspace <folder>", "folder the agent works in")
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

  example(
    program.command("agent").summary("talk with the agent")
      .description("Answers one message, or asks for messages in a terminal")
      .option("-m, --message <text>", "the message; piped input is attached to it")
      .option("--resume [id]", "go on with a session; the newest one without an id")
      .option("-M, --model <id>", "model to use")
      .option("--provider <name>", "provider to use")
      .option("--quiet", "only the answer: no progress")
      .action((options: AgentOptions) =>
        done({
          type: "agent",
          message: options.message ?? null,
          resume: options.resume === undefined
            ? { type: "no" }
            : options.resume === true
            ? { type: "latest" }
            : { type: "id", id: options.resume },
          model: options.model ?? null,
          provider: options.provider ?? null,
          quiet: options.quiet ?? false,
          ...common(),
        })
      ),
    'cat log | ward agent -m "why did this fail?" > answer.md',
  );

  buildPermissions(program, done, common, example);

  example(
    program.command("doctor").summary("check this installation")
      .description("Checks the layers, the folders and the environment; fails when one is broken")
      .option("--prove", "try what must fail, one line each")
      .action((options: { prove?: true }) =>
        done({ type: "doctor", prove: options.prove ?? false, ...common() })
      ),
    "ward doctor --prove",
  );
  example(
    program.command("status").summary("show provider, workspace and layers")
      .description("Prints which model answers and why, where it works, and what holds it")
      .action(() => done({ type: "status", ...common() })),
    "ward status --json",
  );
  const audit = program.command("audit").summary("show what was done and decided")
    .description("Prints the newest rows of the audit log, newest last")
    .option("-n, --limit <rows>", "newest rows to show", wholeNumber, 50)
    .action((options: { limit: number }) =>
      done({ type: "audit", limit: options.limit, ...common() })
    );
  example(audit, "ward audit -n 20");
  example(
    audit.command("verify").summary("check the chain of the audit log")
      .description("Fails when a row was changed, removed, reordered or put back")
      .action(() => done({ type: "audit_verify", ...common() })),
    "ward audit verify",
  );
  program.command("version").summary("print the version")
    .action(() => done({ type: "version", ...common() }));
  return program;
}

function commonFlags(program: Command): CommonFlags {
  const flags = program.opts<{ json?: true; debug?: true; workspace?: string }>();
  return {
    json: flags.json ?? false,
    debug: flags.debug ?? false,
    workspace: flags.workspace ?? null,
  };
}

function buildPermissions(
  program: Command,
  done: (command: ParsedCommand) => void,
  common: () => CommonFlags,
  example: (command: Command, text: string) => Command,
): void {
  const permissions = program.command("permissions").summary("who may touch what")
    .description("Prints each compartment with what it may touch now, and the grants")
    .action(() => done({ type: "permissions", ...common() }));
  example(permissions, "ward permissions explain read /etc/passwd");
  example(
    permissions.command("explain").summary("say who may, by which rule, or what grant it takes")
      .argument("<kind>", PERMISSION_KINDS.join(", "), kind)
      .argument("<value...>", "path, host, program with its words, or variable")
      .action((permission: PermissionKind, value: string[]) =>
        done({ type: "explain", permission, value: words(value), ...common() })
      ),
    "ward permissions explain run git push",
  );
  const scope = (flags: string, text: string) =>
    new Option(flags, text).conflicts(
      ["once", "session", "for", "always"].filter((name) => !flags.startsWith(`--${name}`)),
    );
  example(
    permissions.command("grant").summary("let a compartment touch more")
      .argument("<kind>", PERMISSION_KINDS.join(", "), kind)
      .argument("<value...>", "path, host, program with its words, or variable")
      .addOption(scope("--once", "for one use (the default)"))
      .addOption(scope("--session", "for the newest session"))
      .addOption(scope("--for <time>", "for a time: 90s, 15m, 2h, 7d").argParser(duration))
      .addOption(scope("--always", "until it is revoked"))
      .option("--compartment <id>", "compartment it is for")
      .action((permission: PermissionKind, value: string[], options: GrantOptions) =>
        done({
          type: "grant",
          permission,
          value: words(value),
          scope: scopeOf(options),
          compartment: options.compartment ?? null,
          ...common(),
        })
      ),
    'ward permissions grant run "npm test" --for 2h',
  );
  example(
    permissions.command("grants").summary("list the grants")
      .action(() => done({ type: "grants", ...common() })),
    "ward permissions grants --json",
  );
  example(
    permissions.command("revoke").summary("take a grant back").argument("<id>", "id of the grant")
      .action((id: string) => done({ type: "revoke", id, ...common() })),
    "ward permissions revoke g1a2b3c4d",
  );
}

interface AgentOptions {
  message?: string;
  resume?: string | true;
  model?: string;
  provider?: string;
  quiet?: true;
}

interface GrantOptions {
  once?: true;
  session?: true;
  for?: number;
  always?: true;
  compartment?: string;
}

function scopeOf(options: GrantOptions): ScopeFlag {
  if (options.for !== undefined) return { type: "for", ms: options.for };
  if (options.always) return { type: "always" };
  return { type: options.session ? "session" : "once" };
}

function words(value: readonly string[]): string {
  return value.join(" ").trim();
}

function kind(text: string): PermissionKind {
  const found = PERMISSION_KINDS.find((one) => one === text);
  if (found) return found;
  const meant = nearest(text, PERMISSION_KINDS);
  throw new InvalidArgumentError(
    meant ? `Did you mean ${meant}?` : `Allowed: ${PERMISSION_KINDS.join(", ")}.`,
  );
}

function wholeNumber(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError("Allowed: a whole number from 1 to 999999.");
  return value;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A grant by time ends within a year; longer is `--always`. */
const MAX_DURATION_MS = 365 * 86_400_000;

function duration(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0) : 0;
  if (ms <= 0 || ms > MAX_DURATION_MS) {
    throw new InvalidArgumentError("Allowed: a number with s, m, h or d, at most 365d.");
  }
  return ms;
}

function usageError(error: CommanderError, program: Command, argv: readonly string[]): UsageError {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = /\(Did you mean (.+?)\?\)/.exec(rest.join(" "))?.[1];
  let command = program;
  let stray: string | null = null;
  for (const word of argv) {
    if (word.startsWith("-") || (word === "help" && command === program)) continue;
    const next = command.commands.find((one) => one.name() === word);
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
  const names = command.commands.map((one) => one.name());
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
