/** What a batch of updates says: an album, which comes as a message for each picture, is one. Pure. */
import { type Reader, type ReadUpdate, readUpdate } from "./read_update.ts";
import type { Update } from "./updates.ts";

/** What some updates come to, and the number of the last of them. */
export interface ReadItem {
  readonly cursor: string;
  readonly read: ReadUpdate;
}

/** Reads updates that came together; parts of an album that come later are messages of their own. */
export function readBatch(updates: readonly Update[], by: Reader): ReadItem[] {
  const items: ReadItem[] = [];
  let album: string | null = null;
  for (const update of updates) {
    const read = readUpdate(update, by);
    const cursor = String(update.update_id);
    const group = update.message?.media_group_id;
    const key = read.type === "message" && group !== undefined
      ? JSON.stringify([read.message.place.chat, group])
      : null;
    const last = items.at(-1);
    if (key !== null && key === album && last) {
      items[items.length - 1] = { cursor, read: joined(last.read, read) };
    } else items.push({ cursor, read });
    album = key;
  }
  return items;
}

function joined(first: ReadUpdate, next: ReadUpdate): ReadUpdate {
  if (first.type !== "message" || next.type !== "message") return first;
  const { message: one } = first;
  const { message: other } = next;
  return {
    type: "message",
    message: {
      ...one,
      text: [one.text, other.text].filter((text) => text !== "").join("\n"),
      isAddressed: one.isAddressed || other.isAddressed,
      files: [...one.files, ...other.files],
    },
  };
}
