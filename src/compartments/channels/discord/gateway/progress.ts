/** What was told to the kernel, and what of it is on the disk. */

interface Told {
  /** null: of a session that is over. */
  readonly sequence: number | null;
  readonly then: (() => void) | undefined;
}

/** Counts events of one `receive`. */
export class Progress {
  readonly #open = new Map<number, Told>();
  #told = 0;
  #received: number | null = null;
  #confirmed: number | null = null;
  #drained: (() => void) | null = null;

  /** Events that are not on the disk yet. */
  get waiting(): number {
    return this.#open.size;
  }

  /** Whether something came that no event tells of. */
  get isAhead(): boolean {
    return this.#open.size === 0 && this.#received !== this.#confirmed;
  }

  /** How far the gateway's own order is on the disk; null: no session. */
  get confirmed(): number | null {
    return this.#confirmed;
  }

  /** A session that begins, or is gone on with after that number. */
  begin(sequence: number): void {
    this.#received = sequence;
    this.#confirmed = sequence;
    for (const [told, { then }] of this.#open) this.#open.set(told, { sequence: null, then });
  }

  /** The gateway sent the event of this number. */
  received(sequence: number): void {
    this.#received = sequence;
  }

  /**
   * An event is told.
   *
   * @param then Called when it is on the disk.
   * @returns Its number for the kernel.
   */
  tell(then?: () => void): number {
    this.#told++;
    this.#open.set(this.#told, { sequence: this.#received, then });
    return this.#told;
  }

  /** All up to this one is on the disk. */
  stored(told: number): void {
    for (const [number, { sequence, then }] of this.#open) {
      if (number > told) break;
      this.#open.delete(number);
      if (sequence !== null) this.#confirmed = sequence;
      then?.();
    }
    if (this.#open.size === 0) this.#drained?.();
  }

  /** Resolves when all that was told is on the disk. */
  async drained(signal: AbortSignal): Promise<void> {
    if (this.#open.size === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    this.#drained = resolve;
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
