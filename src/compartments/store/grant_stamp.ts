/**
 * Tells other processes that the grants changed, without asking the database: `grants.stamp` holds
 * a text that is new after each change. While a change is under way it says so, and whoever reads
 * that, or finds no file, asks the database. A crash in between leaves it so, which is only slower.
 */
import { GRANTS_CHANGING, GRANTS_STAMP } from "../../model/cells/grant_stamp.ts";

/** Writes the stamp around changes of the grants. Used while the store's lock is not held. */
export class GrantStamp {
  readonly #path: string;

  /** Writes nothing yet. */
  constructor(dataDir: string) {
    this.#path = `${dataDir}/${GRANTS_STAMP}`;
  }

  /** Makes the stamp of a new profile. */
  ensure(): void {
    try {
      Deno.writeTextFileSync(this.#path, crypto.randomUUID(), { createNew: true, mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }

  /** Runs a change; nobody trusts an older look once this has begun. */
  async around<T>(change: () => Promise<T>): Promise<T> {
    this.#write(GRANTS_CHANGING);
    const result = await change();
    this.#write(crypto.randomUUID());
    return result;
  }

  #write(text: string): void {
    Deno.writeTextFileSync(this.#path, text, { mode: 0o600 });
  }
}
