/** One process: the command line to an exit code. */
import { loginPaths } from "./accounts/login_files.ts";
import type { CommandContext } from "./commands/context.ts";
import { formOf } from "./start/code_base.ts";
import {
  dispatch,
  dispatchFolders,
  mendsChoice,
  needsFoldersOnly,
  needsHomeAlone,
  type WardCommand,
} from "./dispatch.ts";
import { compileEngine } from "./start/engine.ts";
import { openLog } from "./start/logging.ts";
import {
  exposedWarning,
  openProfile,
  type ProcessStart,
  type Profile,
  reloadProfile,
  startProcess,
  withoutExposed,
} from "./start/process.ts";
import { VERSION } from "./start/version.ts";
import { openWard } from "./ward.ts";
import type { Machine } from "../host/process/machine.ts";
import { machineFor } from "./start/machine_for.ts";
import type { Secrets } from "../host/keys/secrets.ts";
import { exists } from "../host/files/file_exists.ts";
import { AppError } from "../base/app_error.ts";
import type { BegunProvider } from "./provider.ts";
import { inputsFor } from "../kernel/models/providers/model_ref.ts";
import { systemClock } from "../host/process/system.ts";
import { terminalInput, terminalOutput } from "../host/process/terminal.ts";
import { KeyInput } from "../surfaces/cli/key_input.ts";
import { ASK_MODEL } from "../surfaces/cli/model_flag.ts";
import { parseCommandLine } from "../surfaces/cli/parse_command_line.ts";
import type { LogFields } from "../model/log.ts";
import type { Output } from "../surfaces/cli/output.ts";
import type { CommonFlags } from "../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../surfaces/cli/sanitize_terminal.ts";
import { reportError } from "../surfaces/cli/report_error.ts";

/**
 * Runs a command line.
 *
 * @param mainUrl `import.meta.url` of `main.ts`.
 * @param args The command line without the program.
 * @param machineOf What to change of the machine as it is found; tests hide a sandbox.
 * @returns Exit code: 0 done, 1 failed, 2 bad input, 130 stopped.
 */
export async function run(
  mainUrl: string,
  args: readonly string[],
  machineOf: (found: Machine) => Machine = (found) => found,
): Promise<number> {
  const noColor = Deno.noColor ? "1" : undefined;
  let stdout = terminalOutput(Deno.stdout, noColor);
  let stderr = terminalOutput(Deno.stderr, noColor);
  let printing: Pick<CommonFlags, "json" | "debug"> = {
    json: args.includes("--json"),
    debug: args.includes("--debug"),
  };
  const plainWhenDumb = ({ environment }: Profile) => {
    if (environment.variables["TERM"] !== "dumb") return;
    // A terminal that knows no sequences.
    stdout = terminalOutput(Deno.stdout, "1");
    stderr = terminalOutput(Deno.stderr, "1");
  };
  try {
    const command = parseCommandLine(args);
    if (command.type === "help") {
      stdout.write(command.text);
      return 0;
    }
    printing = command;
    if (command.type === "version") {
      stdout.write(
        command.json ? JSON.stringify({ version: VERSION }) + "\n" : `ward ${VERSION}\n`,
      );
      return 0;
    }
    if (command.type === "completion") {
      const { completion } = await import("./commands/completion.ts");
      const variables = { TERM: Deno.env.get("TERM"), SHELL: Deno.env.get("SHELL") };
      return await completion(command, {
        stdout,
        stderr,
        ...typed(),
        json: command.json,
        variables,
      });
    }
    const { json } = command;
    // Whoever reads JSON from a terminal, such as a program on a pty, reads no colours.
    if (json) stderr = terminalOutput(Deno.stderr, "1");
    if (needsFoldersOnly(command)) {
      const isDoctor = command.type === "doctor";
      const opened = await openProfile(mainUrl, args, {
        profile: command.profile,
        standIn: mendsChoice(command),
        inspect: isDoctor,
        alone: needsHomeAlone(command),
      });
      if ("exitCode" in opened) return opened.exitCode;
      const isAsking = isDoctor || command.type === "models";
      const profile = isAsking ? await withFound(opened, null) : opened;
      plainWhenDumb(profile);
      warnOfChoice(profile, stderr);
      if (SHOWS_CONFIG.has(command.type)) warnOfExposed(profile, stderr);
      return await dispatchFolders(command, { profile, stdout, stderr, ...typed(), json });
    }
    // Compiled while settings are read; a failure is reported by what needs it.
    const engine = compileEngine(formOf(mainUrl));
    engine.catch(() => {});
    const found = await openProfile(mainUrl, args, { profile: command.profile });
    if ("exitCode" in found) return found.exitCode;
    const opened = command.type === "status" ? withoutExposed(found) : found;
    const secrets = Promise.withResolvers<Secrets>();
    const profile = ASKS_PROVIDER.has(command.type)
      ? await withFound(opened, secrets.promise)
      : opened;
    plainWhenDumb(profile);
    warnOfChoice(profile, stderr);
    const flags = {
      workspace: command.workspace,
      model: command.model === ASK_MODEL ? null : command.model,
    };
    const start = startProcess(
      profile,
      command.type === "agent"
        ? {
          ...flags,
          provider: command.provider,
          redact: command.redact,
          effort: command.effort,
          mode: command.mode,
        }
        : flags,
    );
    if (command.type === "agent") {
      for (const text of profile.configWarnings) stderr.write(`! ${revealHidden(text)}\n`);
    }
    const { removed } = start.environment;
    if (removed.length > 0 && stderr.isTerminal && !json) {
      stderr.write(`! ${removed.join(", ")} not used; see \`ward status\`\n`);
    }
    const log = openLog(start, (path, error) => {
      stderr.write(`! No log is written: ${problemText(path, error)}\n`);
    });
    const begunAt = systemClock.monotonic();
    log.write("info", "start", {
      version: VERSION,
      command: command.type,
      profile: start.profile.name,
    });
    let exitCode: number;
    try {
      const machine = machineOf(machineFor(start.environment));
      const opening = openWard(start, machine, engine, log, { isLate: isOwnWords(command) });
      const running = prepare(command, start, async () => {
        const { findSaved } = await import("./keys/found.ts");
        const { secrets: own } = await opening;
        const found = await findSaved(reloadProfile(profile), Promise.resolve(own), own);
        return startProcess(found, flags);
      });
      const ward = await opening;
      secrets.resolve(ward.secrets);
      try {
        exitCode = await running({ ward, stdout, stderr, ...typed(), json });
      } finally {
        await ward.close();
      }
    } catch (error) {
      log.write("error", "error", errorFields(error));
      exitCode = reportError(error, stderr, printing);
    }
    log.write("info", "stop", { exitCode, ms: Math.round(systemClock.monotonic() - begunAt) });
    log.flush();
    return exitCode;
  } catch (error) {
    return reportError(error, stderr, printing);
  }
}

/**
 * Whether only the owner's words on the command line come before the first request to a model: then
 * the launcher is made while that is under way. What else there may be, the command itself sees to.
 */
function isOwnWords(command: WardCommand): boolean {
  return command.type === "agent" && command.message !== null && command.resume.type === "no" &&
    command.images.length === 0;
}

/** The provider of a model that is asked for. */
async function beginPicked(start: ProcessStart, context: CommandContext): Promise<BegunProvider> {
  const { pickModel } = await import("./models/pick_model.ts");
  const model = await pickModel(start, context);
  const { beginProvider } = await import("./provider.ts");
  const from = "flag --model";
  const providerInputs = inputsFor(start.providerInputs, model, { current: null, from });
  return await beginProvider({ ...start, providerInputs });
}

/** Commands that look for the provider, and so for its saved key. */
const ASKS_PROVIDER: ReadonlySet<string> = new Set([
  "acp",
  "agent",
  "start",
  "status",
  "permissions",
  "explain",
  "mcp_serve",
]);

/**
 * The profile with its saved secrets and logins, where there are any; while programs can still be
 * started.
 *
 * @param secrets Where renewed logins go; null: the profile's, by programs that this process starts.
 */
async function withFound(profile: Profile, secrets: Promise<Secrets> | null): Promise<Profile> {
  const { home } = profile.paths;
  if (!exists(`${home}/secrets.enc`) && !Object.values(loginPaths(profile)).some(exists)) {
    return profile;
  }
  const { findSaved } = await import("./keys/found.ts");
  return await findSaved(profile, secrets);
}

/** What is logged of an error; the text of one that is not ward's own may hold anything. */
function errorFields(error: unknown): LogFields {
  return error instanceof AppError
    ? { code: error.code, message: error.message }
    : { code: "internal", name: error instanceof Error ? error.name : typeof error };
}

/** Why a file cannot be written, in a line. */
function problemText(path: string, error: unknown): string {
  const why = error instanceof Error ? error.message.replace(/:.*$/s, "") : "it failed";
  return revealHidden(`"${path}": ${why}`);
}

/** Standard input, and its one reader by keys. */
function typed(): Pick<CommandContext, "input" | "keys"> {
  const input = terminalInput();
  return { input, keys: new KeyInput(input, systemClock) };
}

/** Says when the profile on the command line is not the one that counts. */
function warnOfChoice({ paths }: Profile, stderr: Output): void {
  const { ignored, home } = paths.profile;
  if (ignored === null) return;
  stderr.write(
    `! -p ${ignored} has no effect: WARD_HOME is set to another home, "${revealHidden(home)}"\n`,
  );
}

/** Commands that show or change the configuration also while others can change it. */
const SHOWS_CONFIG: ReadonlySet<string> = new Set([
  "config_get",
  "config_set",
  "config_unset",
  "config_edit",
  "config_restore",
]);

/** Says when the configuration counts for nothing because others can change it. */
function warnOfExposed({ config }: Profile, stderr: Output): void {
  if (config.ok || !config.exposed) return;
  stderr.write(`! ${revealHidden(exposedWarning(config.error))}\n`);
}

/**
 * Loads what a command needs while the profile is being opened.
 *
 * @param reread The start with the configuration as it is then.
 * @returns Runs it. Failures of the preparation show up there.
 */
function prepare(
  command: WardCommand,
  start: ProcessStart,
  reread: () => Promise<ProcessStart>,
): (context: CommandContext) => Promise<number> {
  if (command.type === "start") {
    return async (context) =>
      await (await import("./commands/daemon/start.ts")).startCommand(context, reread);
  }
  if (command.type !== "agent") return (context) => dispatch(command, context);
  const isAsked = command.model === ASK_MODEL;
  const provider = isAsked
    ? null
    : import("./provider.ts").then(({ beginProvider }) => beginProvider(start));
  // The thread of the provider is made first: it has more to load.
  const loading = import("./provider.ts").then(() => import("./commands/agent/agent.ts"));
  // What renders answers where a person sees them.
  const rendering = Deno.stdout.isTerminal() && !command.json
    ? import("../surfaces/terminal/markdown/stream.ts")
    : loading;
  for (const early of [provider, loading, rendering]) early?.catch(() => {});
  return async (context) => {
    const begun = provider ?? beginPicked(start, context);
    // It is reported by whoever waits for it.
    begun.catch(() => {});
    return await (await loading).agent(command, context, begun);
  };
}
