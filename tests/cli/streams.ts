import type { Clock } from "../../src/kernel/ports.ts";
import type { Input, Output } from "../../src/surfaces/cli/output.ts";

/** An output that keeps what was written. */
export function memoryOutput(options: { isTerminal?: boolean; hasColor?: boolean } = {}): Output & {
  text: string;
} {
  return {
    text: "",
    isTerminal: options.isTerminal ?? false,
    hasColor: options.hasColor ?? false,
    write(text) {
      this.text += text;
    },
  };
}

/** A terminal's input that is typed into by the test; records raw mode. */
export class TypedInput implements Input {
  readonly isTerminal = true;
  isRaw = false;
  #queue: (Uint8Array | null)[] = [];
  #waiting: ((chunk: Uint8Array | null) => void) | null = null;

  /** Types a chunk; null ends the input. */
  type(text: string | null): void {
    const chunk = text === null ? null : new TextEncoder().encode(text);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting(chunk);
    else this.#queue.push(chunk);
  }

  read(): Promise<Uint8Array | null> {
    const chunk = this.#queue.shift();
    if (chunk !== undefined) return Promise.resolve(chunk);
    return new Promise((resolve) => this.#waiting = resolve);
  }

  setRaw(raw: boolean): void {
    this.isRaw = raw;
  }
}

/** Time that moves when the test says so. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { atMs: number; fire(): void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const timer = { atMs: this.#now + ms, fire: resolve };
      this.#timers.push(timer);
      signal?.addEventListener("abort", () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** Moves on and lets everything that waits run. */
  async advance(ms: number): Promise<void> {
    await settle();
    this.#now += ms;
    const due = this.#timers.filter((one) => one.atMs <= this.#now);
    this.#timers = this.#timers.filter((one) => one.atMs > this.#now);
    for (const timer of due) timer.fire();
    await settle();
  }
}

/** Lets all promises that can go on do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
