/** What runs in the cells of one process, whatever session started it. */

/** Does something while no program runs; null: one does, and nothing was done. */
export type Alone = <T>(run: () => Promise<T>) => Promise<T> | null;

/** Programs that may change files under way, and what is done only while there is none. */
export class RunningPrograms {
  #count = 0;
  readonly #alone = new Set<Promise<unknown>>();

  /** Whether any runs now. */
  get any(): boolean {
    return this.#count > 0;
  }

  /**
   * One is to begin: waits for what is done {@linkcode alone}.
   *
   * @param signal Ends the wait.
   * @returns Says that it ended, with all that it left running; further calls change nothing.
   */
  async begin(signal?: AbortSignal): Promise<() => void> {
    while (this.#alone.size > 0) await settled(this.#alone, signal);
    signal?.throwIfAborted();
    this.#count++;
    let isOver = false;
    return () => {
      if (!isOver) this.#count--;
      isOver = true;
    };
  }

  /** See {@linkcode Alone}. */
  readonly alone: Alone = (run) => {
    if (this.any) return null;
    const doing = run();
    this.#alone.add(doing);
    const end = () => this.#alone.delete(doing);
    doing.then(end, end);
    return doing;
  };
}

/** Waits until all have settled, or the signal is aborted. */
async function settled(all: Iterable<Promise<unknown>>, signal?: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const stop = () => stopped.resolve();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  await Promise.race([Promise.allSettled(all), stopped.promise]);
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
}
