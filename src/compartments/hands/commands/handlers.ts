import { AppError } from "../../../base/app_error.ts";
import type { CommandPlan } from "../../../model/cells/command.ts";
import type { RunLimits, RunOutcome, RunOutput } from "../../../model/cells/hands.ts";
import type { CallContext } from "../../wire.ts";
import { Capture, OutputBudget } from "./capture.ts";
import type { Descriptors } from "./descriptors.ts";
import { PipePool, type PipeSource } from "./pipe_pool.ts";
import { runPlan } from "./run_plan.ts";
import { Run, RunEnded } from "./run_state.ts";

/** What a run uses of its call; output goes to `emit` only with `follow`. */
type RunContext = Pick<CallContext, "signal"> & Partial<Pick<CallContext, "emit">>;

/** What the cell gives its commands. */
export interface CommandHandlerOptions {
  /** Absolute path in the cell by name. Nothing else starts. */
  readonly allowedPrograms: Readonly<Record<string, string>>;
  /** Absolute path of `sh`, in a cell made for one line; null elsewhere. */
  readonly shell: string | null;
  /**
   * How pipes are made. The program must be on the worker's run list, not among
   * `allowedPrograms`; the folder must be writable and this cell's own.
   *
   * @default { program: "/usr/bin/mkfifo", folder: "/tmp" }
   */
  readonly pipes?: PipeSource | undefined;
  /** `TMPDIR` of the programs. @default what the call brings along */
  readonly tmp?: string | undefined;
  /** Address of the proxy that programs are told of. @default null */
  readonly proxy?: string | null | undefined;
}

/** The methods of {@linkcode HandsApi} that run programs. */
export interface CommandHandlers {
  runPlan(
    params: RunLimits & { plan: CommandPlan; cwd: string },
    context: RunContext,
  ): Promise<RunOutcome>;
  runLine(
    params: RunLimits & { line: string; cwd: string },
    context: RunContext,
  ): Promise<RunOutcome>;
}

/** Dropped output after which a run is ended. */
const FLOOD_BYTES = 64 * 1024 * 1024;
const END_CODES = { timeout: 124, output: 137, cancelled: 137 } as const;

/**
 * Makes the handlers that run commands in the cell. Runs go side by side when the kernel asks so,
 * which it does for lines that only read.
 *
 * A run's own programs are killed when it ends early; what they left behind is the business of
 * the process outside the worker, which holds the PID namespace.
 */
export function createCommandHandlers(options: CommandHandlerOptions): CommandHandlers {
  const pool = new PipePool(options.pipes ?? { program: "/usr/bin/mkfifo", folder: "/tmp" });
  const told = {
    ...options.tmp === undefined ? {} : { TMPDIR: options.tmp },
    ...proxyVariables(options.proxy ?? null),
  };
  const one = (
    limits: RunLimits,
    programs: Readonly<Record<string, string>>,
    context: RunContext,
    plan: CommandPlan,
    cwd: string,
  ) =>
    runOnce(
      new Run({ env: { ...limits.env, ...told } }, programs, pool),
      limits,
      context,
      plan,
      cwd,
    );
  return {
    runPlan: ({ plan, cwd, ...limits }, context) =>
      one(limits, options.allowedPrograms, context, plan, cwd),
    runLine: async ({ line, cwd, ...limits }, context) => {
      if (options.shell === null) {
        throw new AppError("hands.no_shell", "This cell has no shell to run a line");
      }
      return await one(limits, { sh: options.shell }, context, shellPlan(line), cwd);
    },
  };
}

/** The names that programs look for; curl reads `http_proxy` in lower case alone. */
function proxyVariables(proxy: string | null): Record<string, string> {
  if (proxy === null) return {};
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  return Object.fromEntries(
    names.flatMap((name) => [[name, proxy], [name.toLowerCase(), proxy]]),
  );
}

/** `sh -c LINE`, the one program of a cell made for that line. */
function shellPlan(line: string): CommandPlan {
  const args = ["-c", line].map((text) => ({ parts: [{ type: "text" as const, text }] }));
  return {
    type: "pipeline",
    negated: false,
    stages: [
      { type: "program", program: "sh", args, env: {}, redirects: [], pipeStderr: false },
    ],
  };
}

async function runOnce(
  run: Run,
  limits: RunLimits,
  { signal, emit }: RunContext,
  plan: CommandPlan,
  cwd: string,
): Promise<RunOutcome> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  const budget = new OutputBudget(
    limits.outputLimitBytes,
    FLOOD_BYTES,
    () => run.end("output"),
  );
  const told = (stream: RunOutput["stream"]) =>
    limits.follow ? (text: string) => emit?.({ stream, text } satisfies RunOutput) : null;
  told("stdout")?.("");
  const stdout = new Capture(run.pool.open(), budget, told("stdout"));
  const stderr = new Capture(run.pool.open(), budget, told("stderr"));
  const timer = setTimeout(() => run.end("timeout"), limits.timeoutMs);
  const cancel = () => run.end("cancelled");
  signal.addEventListener("abort", cancel, { once: true });
  let exitCode = 0;
  let failure: unknown = null;
  try {
    const descriptors: Descriptors = ["null", stdout.write, stderr.write];
    exitCode = await runPlan(run, plan, { cwd, descriptors });
  } catch (error) {
    if (error instanceof RunEnded) exitCode = END_CODES[run.ended ?? "cancelled"];
    else failure = error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
    // Nothing of this run goes on, whatever failed.
    if (failure !== null) run.end("cancelled");
  }
  const texts = await Promise.all([stdout.finish(), stderr.finish()]);
  if (failure !== null) throw failure;
  if (run.ended === "cancelled") throw signal.reason;
  return {
    exitCode,
    stdout: texts[0],
    stderr: texts[1],
    droppedBytes: budget.dropped,
    endedBy: run.ended,
    durationMs: Math.round(performance.now() - startedAt),
    started: run.started,
  };
}
