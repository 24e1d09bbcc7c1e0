import { assertNever } from "../../../base/app_error.ts";
import type { CommandPlan, Redirect, Stage } from "../../../model/cells/command.ts";
import { runBuiltin } from "./builtins.ts";
import { type Descriptor, type Descriptors, OwnedDescriptors, writeAll } from "./descriptors.ts";
import { expandGlobs, GlobRefused } from "./expand_globs.ts";
import { openRedirects } from "./open_redirects.ts";
import type { Run } from "./run_state.ts";
import { startProgram } from "./start_program.ts";

/** What `cd` and `exit` change; a subshell gets its own. */
interface ShellState {
  cwd: string;
  /** Exit code of the last command. */
  status: number;
}

/** `exit` on its way to the end of its line or subshell. */
class Exit extends Error {}

/** Exit code of a program that wrote to a pipe nobody reads: 128 + SIGPIPE. */
const BROKEN_PIPE = 141;
const encoder = new TextEncoder();

/**
 * Runs a plan as bash would run its line: real pipes between programs, redirections opened in
 * order, the exit code of the last command.
 *
 * @param descriptors Where the line reads and writes; not closed here.
 * @returns The exit code.
 * @throws {RunEnded} When the run was ended meanwhile.
 */
export async function runPlan(
  run: Run,
  plan: CommandPlan,
  options: { readonly cwd: string; readonly descriptors: Descriptors },
): Promise<number> {
  const state = { cwd: options.cwd, status: 0 };
  return await inSubshell(state, () => runTree(run, plan, state, options.descriptors));
}

async function inSubshell(state: ShellState, body: () => Promise<void>): Promise<number> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  }
  return state.status;
}

async function runTree(
  run: Run,
  plan: CommandPlan,
  state: ShellState,
  descriptors: Descriptors,
): Promise<void> {
  run.check();
  switch (plan.type) {
    case "sequence":
      for (const item of plan.items) await runTree(run, item, state, descriptors);
      return;
    case "and":
    case "or":
      await runTree(run, plan.left, state, descriptors);
      if ((state.status === 0) === (plan.type === "and")) {
        await runTree(run, plan.right, state, descriptors);
      }
      return;
    case "pipeline": {
      const [only] = plan.stages;
      if (plan.stages.length === 1 && only) {
        await runStage(run, only, state, descriptors, new OwnedDescriptors());
      } else state.status = await runPipeline(run, plan.stages, state, descriptors);
      if (plan.negated) state.status = state.status === 0 ? 1 : 0;
      return;
    }
    default:
      assertNever(plan);
  }
}

/** Every member is a subshell; all run at once; the last one's exit code counts. */
async function runPipeline(
  run: Run,
  stages: readonly Stage[],
  state: ShellState,
  [first, out, err]: Descriptors,
): Promise<number> {
  const pipes = stages.slice(1).map(() => run.pool.open());
  const running: Promise<number>[] = [];
  let input: Descriptor = first;
  for (const [index, stage] of stages.entries()) {
    const owned = new OwnedDescriptors();
    if (index > 0 && input !== "null") owned.add(input);
    const pipe = pipes[index];
    if (pipe) owned.add(pipe.write);
    const own = { ...state };
    const descriptors: Descriptors = [input, pipe?.write ?? out, err];
    const body = () => runStage(run, stage, own, descriptors, owned);
    running.push(inSubshell(own, body).finally(() => owned.close()));
    input = pipe?.read ?? "null";
  }
  const results = await Promise.allSettled(running);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  const last = results.at(-1);
  return last?.status === "fulfilled" ? last.value : 0;
}

/** @param owned What ward closes as soon as the command has its own: pipe ends, opened files. */
async function runStage(
  run: Run,
  stage: Stage,
  state: ShellState,
  inherited: Descriptors,
  owned: OwnedDescriptors,
): Promise<void> {
  const say = (to: Descriptor, message: string) => tell(to, `ward: ${message}\n`);
  try {
    const args = stage.type === "group" ? [] : await expandGlobs(stage.args, state.cwd);
    const redirects: Redirect[] = [...stage.redirects];
    if (stage.pipeStderr) redirects.push({ type: "duplicate", fd: 2, to: 1 });
    const opened = await openRedirects(run, redirects, { cwd: state.cwd, inherited, owned });
    if ("problem" in opened) {
      await say(opened.stderr, opened.problem);
      state.status = 1;
      return;
    }
    const descriptors = opened.descriptors;
    if (stage.type === "group") {
      if (!stage.subshell) return await runTree(run, stage.body, state, descriptors);
      const own = { ...state };
      state.status = await inSubshell(own, () => runTree(run, stage.body, own, descriptors));
    } else if (stage.type === "builtin") {
      if (stage.name === "exit") {
        state.status = args[0] === undefined ? state.status : Number(args[0]) & 255;
        throw new Exit();
      }
      const home = run.env["HOME"] ?? "/";
      const result = await runBuiltin(stage.name, args, { cwd: state.cwd, home });
      if (result.cwd !== undefined) state.cwd = result.cwd;
      await tell(descriptors[2], result.stderr);
      const written = await tell(descriptors[1], result.stdout);
      state.status = written ? result.code : BROKEN_PIPE;
    } else {
      const { program, env } = stage;
      const child = await startProgram(run, { program, args, env, cwd: state.cwd }, descriptors);
      if ("message" in child) {
        await say(descriptors[2], child.message);
        state.status = child.code;
        return;
      }
      owned.close();
      state.status = await run.wait(child);
      run.check();
    }
  } catch (error) {
    if (!(error instanceof GlobRefused)) throw error;
    await say(inherited[2], error.message);
    state.status = 1;
  } finally {
    owned.close();
  }
}

/** Writes a text; false when nobody reads any more. */
async function tell(to: Descriptor, text: string): Promise<boolean> {
  if (text === "") return true;
  try {
    await writeAll(to, encoder.encode(text));
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "EPIPE") return false;
    throw error;
  }
}
