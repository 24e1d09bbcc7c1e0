import { DONE } from "../../base/done.ts";
import type { Clock } from "../ports.ts";

/** Caps of a turn; each stands for a setting that the user can raise. Tokens: see `budget/`. */
export interface TurnCaps {
  /** Model calls. */
  readonly iterations: number;
  /** Milliseconds, waiting for people not counted. */
  readonly turnMs: number;
  /** @default {CAP_SETTINGS} */
  readonly settings?: CapSettings | undefined;
}

/** Names of the settings behind the caps. */
export interface CapSettings {
  readonly iterations: string;
  readonly turnMs: string;
}

/** Setting behind each cap, named when it ends a turn. */
export const CAP_SETTINGS = {
  iterations: "limits.iterations",
  turnMs: "limits.turn_s",
  maxOutputTokens: "model.max_output_tokens",
} as const;

/** A timer can't be longer; a turn that long is not a case. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a turn has used of its caps. */
export class TurnBudget {
  readonly #caps: TurnCaps;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #pausedMs = 0;
  #iterations = 0;
  #timeUp = false;

  /** Starts the time of the turn. */
  constructor(caps: TurnCaps, clock: Clock) {
    this.#caps = caps;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  /** Model calls made. */
  get iterations(): number {
    return this.#iterations;
  }

  /** Counts a model call. */
  startIteration(): void {
    this.#iterations++;
  }

  /** Which cap forbids another model call, or null. */
  beforeModelCall(): string | null {
    const { iterations, settings = CAP_SETTINGS } = this.#caps;
    if (this.#iterations >= iterations) {
      return `the turn reached its cap of ${iterations} model calls (${settings.iterations})`;
    }
    return this.beforeToolCall();
  }

  /** Which cap forbids another tool call, or null. */
  beforeToolCall(): string | null {
    const { turnMs, settings = CAP_SETTINGS } = this.#caps;
    if (this.#timeUp || this.#remainingMs() <= 0) {
      return `the turn reached its cap of ${Math.round(turnMs / 1000)} s (${settings.turnMs})`;
    }
    return null;
  }

  /**
   * Does work under the time that is left: its signal aborts with `signal` or when time is up,
   * which {@linkcode beforeToolCall} then reports.
   */
  async within<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timer = new AbortController();
    const late = new AbortController();
    const ms = Math.min(Math.max(0, this.#remainingMs()), LONGEST_TIMER_MS);
    this.#clock.delay(ms, timer.signal).then(() => {
      this.#timeUp = true;
      late.abort(new DOMException("The time of the turn is up", "TimeoutError"));
    }, () => {});
    try {
      return await work(AbortSignal.any([signal, late.signal]));
    } finally {
      timer.abort(DONE);
    }
  }

  /** Does work, such as asking a person, whose time does not count. */
  async paused<T>(work: () => Promise<T>): Promise<T> {
    const from = this.#clock.monotonic();
    try {
      return await work();
    } finally {
      this.#pausedMs += this.#clock.monotonic() - from;
    }
  }

  #remainingMs(): number {
    return this.#caps.turnMs - (this.#clock.monotonic() - this.#startedAt - this.#pausedMs);
  }
}
