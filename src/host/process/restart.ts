import { AppError } from "../../base/app_error.ts";

/** Signals that end or stop a turn; the started process decides what they mean. */
const FORWARDED: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Fixed path, never by PATH: `setpriv` of util-linux. */
const SETPRIV = "/usr/bin/setpriv";

/**
 * Starts ward again with another environment and waits for it.
 *
 * The new process has the same terminal; signals are passed on. Where util-linux is there, the
 * kernel ends it when this one dies, so that `kill -9` leaves nothing behind.
 *
 * A Ctrl-C in a terminal reaches both processes: the new one may see SIGINT twice at once, as
 * under `deno task`.
 *
 * @param inputs `execPath`: `Deno.execPath()`. `runtimeArguments`: what stands before ward's own
 * arguments when it runs from source (`run`, flags, `main.ts`); empty in a compiled binary.
 * `loopGuard`: names already taken out by an earlier start.
 * @returns The exit code to end with; 128 + the signal's number when a signal ended it.
 * @throws {AppError} `start.environment` when a variable comes back, or ward cannot start again.
 */
export async function restartWithout(inputs: {
  names: readonly string[];
  environment: Readonly<Record<string, string>>;
  loopGuard: readonly string[];
  execPath: string;
  runtimeArguments: readonly string[];
  args: readonly string[];
}): Promise<number> {
  const back = inputs.names.filter((name) => inputs.loopGuard.includes(name));
  const list = inputs.names.join(", ");
  const hint = `Unset it, or confirm it in config.toml: [environment] trust = ${
    JSON.stringify(inputs.names)
  }`;
  if (back.length > 0) {
    throw new AppError("start.environment", `Cannot start: ${back.join(", ")} is set again`, {
      hint,
    });
  }
  const line = [inputs.execPath, ...inputs.runtimeArguments, ...inputs.args];
  const bound = hasSetpriv() ? [SETPRIV, "--pdeathsig", "KILL", "--", ...line] : line;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(bound[0]!, {
      args: bound.slice(1),
      clearEnv: true,
      env: { ...inputs.environment },
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (cause) {
    throw new AppError("start.environment", `Cannot start without ${list}`, { cause, hint });
  }
  const handlers = FORWARDED.map((signal) => {
    const handler = () => {
      try {
        child.kill(signal);
      } catch {
        // It has just ended; its status follows.
      }
    };
    Deno.addSignalListener(signal, handler);
    return { signal, handler };
  });
  try {
    return (await child.status).code;
  } finally {
    for (const { signal, handler } of handlers) Deno.removeSignalListener(signal, handler);
  }
}

function hasSetpriv(): boolean {
  try {
    const info = Deno.statSync(SETPRIV);
    // Only root's own file: whatever runs here sees the whole environment.
    return info.isFile && info.uid === 0 &&
      ((info.mode ?? 0o022) & 0o022) === 0;
  } catch {
    return false;
  }
}
