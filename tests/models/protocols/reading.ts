/** What the readers of streams are given in tests. */
import { type CallIds, callIds } from "../../../src/compartments/models/protocols/call_ids.ts";

/** The call that is read. */
export const CALL = { provider: "test", model: "m", keySource: null };

/** Chunks as they come. */
export async function* stream<Chunk>(chunks: readonly Chunk[]): AsyncGenerator<Chunk> {
  yield* chunks;
}

/** Ids of an answer to an empty conversation; those that are made are `new1`, `new2`. */
export function newIds(): CallIds {
  let count = 0;
  return callIds([], () => `new${++count}`);
}
