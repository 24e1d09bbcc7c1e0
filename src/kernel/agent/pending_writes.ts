/**
 * What a turn has handed to the store and not heard of yet. The store works it off in order, so a
 * step that touches nothing may go on meanwhile; one that acts waits for all of it.
 */

/** Writes of one turn that are under way. */
export class PendingWrites {
  #all: Promise<unknown> = Promise.resolve();
  readonly #onFailure: () => void;

  /** @param onFailure Called when a write fails: nothing of the turn should go on. */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
  }

  /** Takes a write; its failure comes out of the next {@linkcode PendingWrites.settled}. */
  add(write: Promise<void>): void {
    this.#all = Promise.all([this.#all, write]);
    this.#all.catch(this.#onFailure);
  }

  /** Waits until all of it is stored. @throws what the first failed one threw */
  async settled(): Promise<void> {
    await this.#all;
  }
}
