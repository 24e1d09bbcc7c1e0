import type { Clock } from "../../kernel/ports.ts";

/** Two interrupts closer than this are one: `deno task` passes one Ctrl-C on twice. */
const SAME_INTERRUPT_MS = 300;

/** Who wants to stop what. */
export interface Interrupts {
  /** Aborted when ward is to end. */
  readonly leaving: AbortSignal;
  /** Ctrl-C: stops the answer; where there is none, or it was stopped already, ward leaves. */
  interrupt(): void;
  /** Whether an interrupt now belongs to the one before. */
  isSame(): boolean;
  /** SIGTERM: stops both. */
  terminate(): void;
  /** Runs an answer with a signal that an interrupt aborts. */
  during<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Builds it; one a process. */
export function createInterrupts(clock: Clock): Interrupts {
  const leaving = new AbortController();
  let stop: AbortController | null = null;
  let lastMs = -Infinity;
  const isSame = () => {
    const now = clock.monotonic();
    const same = now - lastMs < SAME_INTERRUPT_MS;
    if (!same) lastMs = now;
    return same;
  };
  return {
    leaving: leaving.signal,
    isSame,
    interrupt() {
      if (isSame()) return;
      // At the prompt, and when an answer does not stop at the first one, it means to leave.
      if (!stop || stop.signal.aborted) leaving.abort();
      stop?.abort();
    },
    terminate() {
      stop?.abort();
      leaving.abort();
    },
    async during(run) {
      stop = new AbortController();
      try {
        return await run(stop.signal);
      } finally {
        stop = null;
      }
    },
  };
}
