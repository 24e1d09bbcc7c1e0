import type { RunLimits } from "../../../model/cells/hands.ts";
import type { PipePool } from "./pipe_pool.ts";

/** Why a run was ended before its line was. */
export type RunEnd = "timeout" | "output" | "cancelled";

/** Thrown through the executor once a run has been ended. */
export class RunEnded extends Error {}

/** One run: its programs, and whether it goes on. */
export class Run {
  readonly pool: PipePool;
  readonly env: Readonly<Record<string, string>>;
  /** Programs by name, absolute paths. */
  readonly programs: Readonly<Record<string, string>>;
  /** Programs as they were started, words after expansion. */
  readonly started: string[][] = [];
  /** Rejects with {@linkcode RunEnded} once the run has been ended; else never settles. */
  readonly whenEnded: Promise<never>;
  readonly #children = new Set<Deno.ChildProcess>();
  readonly #rejectEnded: (reason: RunEnded) => void;
  #ended: RunEnd | null = null;

  /** Starts with no program. */
  constructor(
    limits: Pick<RunLimits, "env">,
    programs: Readonly<Record<string, string>>,
    pool: PipePool,
  ) {
    this.env = limits.env;
    this.programs = programs;
    this.pool = pool;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.whenEnded = promise;
    this.#rejectEnded = reject;
  }

  /** Why it was ended, or null. */
  get ended(): RunEnd | null {
    return this.#ended;
  }

  /** Kills what runs and lets nothing further start. */
  end(why: RunEnd): void {
    this.#ended ??= why;
    this.#rejectEnded(new RunEnded(this.#ended));
    for (const child of this.#children) kill(child);
  }

  /** @throws {RunEnded} Once the run has been ended. */
  check(): void {
    if (this.#ended) throw new RunEnded(this.#ended);
  }

  /** Waits for a program; its exit code as a shell gives it. */
  async wait(child: Deno.ChildProcess): Promise<number> {
    this.#children.add(child);
    if (this.#ended) kill(child);
    try {
      return (await child.status).code;
    } finally {
      this.#children.delete(child);
    }
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}
