import type { Clock } from "../../kernel/ports.ts";
import type { Input } from "./output.ts";

/** Time without input after which typed-ahead text counts as gone. */
const QUIET_MS = 60;

/** Longest that draining may take: a stuck key must not hold the question back for ever. */
const MAX_DRAIN_MS = 2000;

/**
 * The one reader of a terminal's input. A read cannot be taken back once it is under way, so the
 * chunk of a reader that gave up goes to the next one instead of being lost; lives as long as the
 * process. The line loop and the approver share one.
 */
export class KeyInput {
  readonly #input: Input;
  readonly #clock: Clock;
  #pending: Promise<Uint8Array | null> | null = null;

  /** Reads nothing yet. */
  constructor(input: Input, clock: Clock) {
    this.#input = input;
    this.#clock = clock;
  }

  /** Whether a person can answer. */
  get isTerminal(): boolean {
    return this.#input.isTerminal;
  }

  /**
   * The next chunk; null at the end of the input.
   *
   * @throws The signal's reason, when it is aborted first; the chunk then stays for the next call.
   */
  async next(signal: AbortSignal): Promise<Uint8Array | null> {
    signal.throwIfAborted();
    const pending = this.#pending ??= this.#input.read();
    const stop = Promise.withResolvers<never>();
    const onAbort = () => stop.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const chunk = await Promise.race([pending, stop.promise]);
      this.#pending = null;
      return chunk;
    } catch (error) {
      // A broken read is told once; after an abort the read goes on for the next caller.
      if (signal.aborted) pending.catch(() => {});
      else this.#pending = null;
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Throws away what was typed before now, and what still comes in the same breath. */
  async drain(signal: AbortSignal): Promise<void> {
    const endsAt = this.#clock.monotonic() + MAX_DRAIN_MS;
    while (this.#clock.monotonic() < endsAt) {
      const quiet = new AbortController();
      const timer = new AbortController();
      this.#clock.delay(QUIET_MS, timer.signal).then(() => quiet.abort(QUIET), () => {});
      try {
        if (await this.next(AbortSignal.any([signal, quiet.signal])) === null) return;
      } catch (reason) {
        if (reason === QUIET) return;
        throw reason;
      } finally {
        timer.abort();
      }
    }
  }

  /** Runs with keys one by one; the terminal is put back whatever happens. */
  async withRawKeys<T>(run: () => Promise<T>): Promise<T> {
    this.#input.setRaw(true);
    try {
      return await run();
    } finally {
      this.#input.setRaw(false);
    }
  }
}

const QUIET = Symbol("quiet");
