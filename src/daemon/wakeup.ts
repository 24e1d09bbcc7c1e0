/** A bell: whoever waits for it goes on once it rang, also where it rang before they came. */
export class Wakeup {
  #rang = false;
  #wake: (() => void) | null = null;

  /** Rings; many rings before anybody comes are one. */
  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** Waits for the next ring, or the end of the signal. One at a time waits. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#rang && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener("abort", this.#wake);
      await promise;
      signal.removeEventListener("abort", this.#wake);
      this.#wake = null;
    }
    this.#rang = false;
  }
}
