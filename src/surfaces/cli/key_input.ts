import type { Clock } from "../../kernel/ports.ts";
import { createKeyDecoder, type Key } from "../terminal/editor/keys.ts";
import type { Input } from "./output.ts";

/** Time without input after which typed-ahead text counts as gone. */
const QUIET_MS = 60;

/** Longest that draining may take: a stuck key must not hold the question back for ever. */
const MAX_DRAIN_MS = 2000;

/** A chunk as keys. */
export interface KeyChunk {
  readonly keys: readonly Key[];
  /** The bytes as they came; a key is an answer only when it came alone. */
  readonly bytes: Uint8Array;
}

/**
 * The one reader of a terminal's input. A read cannot be taken back once it is under way, so the
 * chunk of a reader that gave up goes to the next one instead of being lost; lives as long as the
 * process. The line editor and the approver share one, and with it one decoder: a paste that begins
 * at the prompt is still a paste when a question comes.
 */
export class KeyInput {
  readonly #input: Input;
  readonly #clock: Clock;
  readonly #decoder = createKeyDecoder();
  #pending: Promise<Uint8Array | null> | null = null;
  /** What came behind the key that ended a question; the next question begins with it. */
  typedAhead: readonly Key[] = [];
  #rawDepth = 0;
  /** Stops the reader in the background; set while one runs. */
  #pause: AbortController | null = null;
  /** Resolves when the reader in the background may go on. */
  #released: PromiseWithResolvers<void> | null = null;

  /** Reads nothing yet. */
  constructor(input: Input, clock: Clock) {
    this.#input = input;
    this.#clock = clock;
  }

  /** Whether a person can answer. */
  get isTerminal(): boolean {
    return this.#input.isTerminal;
  }

  /** A bracketed paste has begun and not ended. */
  get isPasting(): boolean {
    return this.#decoder.isPasting;
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

  /** The next chunk as keys; null at the end of the input. Throws as {@linkcode next} does. */
  async nextKeys(signal: AbortSignal): Promise<KeyChunk | null> {
    const bytes = await this.next(signal);
    if (bytes === null) return null;
    // Ctrl-C alone always gets through: the end of a paste may never come.
    if (bytes.length === 1 && bytes[0] === 3) this.#decoder.reset();
    return { keys: this.#decoder.push(bytes), bytes };
  }

  /** Forgets a sequence that has begun; a paste goes on. */
  forgetSequence(): void {
    if (this.#decoder.isWaiting) this.#decoder.reset();
  }

  /**
   * Reads in the background, for the time of `run`, whatever nobody else reads.
   *
   * @param onKeys Called with each chunk; with null at the end of the input, once.
   */
  async readAside<T>(
    onKeys: (chunk: KeyChunk | null) => void,
    run: () => Promise<T>,
  ): Promise<T> {
    const stop = new AbortController();
    const reading = (async () => {
      while (!stop.signal.aborted) {
        while (this.#released) await this.#released.promise;
        const pause = this.#pause = new AbortController();
        try {
          const chunk = await this.nextKeys(AbortSignal.any([stop.signal, pause.signal]));
          onKeys(chunk);
          if (chunk === null) return;
        } catch (error) {
          if (!stop.signal.aborted && !pause.signal.aborted) throw error;
        }
      }
    })();
    // A broken input shows when the next line is read.
    reading.catch(() => {});
    try {
      return await run();
    } finally {
      stop.abort();
      this.#pause = null;
      await reading.catch(() => {});
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
        if (await this.nextKeys(AbortSignal.any([signal, quiet.signal])) === null) return;
      } catch (reason) {
        if (reason === QUIET) return;
        throw reason;
      } finally {
        timer.abort();
      }
    }
  }

  /**
   * Runs with keys one by one, and alone with them: nothing is read aside meanwhile. The terminal
   * is put back whatever happens.
   */
  async withRawKeys<T>(run: () => Promise<T>): Promise<T> {
    const released = this.#released = Promise.withResolvers<void>();
    this.#pause?.abort();
    try {
      return await this.raw(run);
    } finally {
      if (this.#released === released) this.#released = null;
      released.resolve();
    }
  }

  /** Runs with keys one by one. */
  async raw<T>(run: () => Promise<T>): Promise<T> {
    if (this.#rawDepth++ === 0) this.#input.setRaw(true);
    try {
      return await run();
    } finally {
      if (--this.#rawDepth === 0) this.#input.setRaw(false);
    }
  }
}

const QUIET = Symbol("quiet");
