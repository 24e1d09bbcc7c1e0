/**
 * Lists in pages. A cursor is opaque to whoever gets one; it holds nothing but a place, so one that
 * somebody makes up leads to a page or to an error, never to something else.
 */
import { UsageError } from "./app_error.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";

/** One page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Null: it was the last one. */
  readonly nextCursor: string | null;
}

/** Before the place, so that no other text of base64 passes. */
const PREFIX = "at:";

/** The cursor of a place. */
export function cursorOf(at: number): string {
  return encodeBase64(new TextEncoder().encode(PREFIX + at));
}

/**
 * The place of a cursor; 0 without one.
 *
 * @throws {UsageError} `list.cursor`: it is none of ours.
 */
export function placeOf(cursor: string | null | undefined): number {
  if (cursor === null || cursor === undefined) return 0;
  let text = "";
  try {
    text = new TextDecoder().decode(decodeBase64(cursor));
  } catch {
    // No base64.
  }
  const at = /^at:(\d{1,15})$/.exec(text)?.[1];
  if (at !== undefined) return Number(at);
  throw new UsageError("list.cursor", "That is no cursor of this list", {
    hint: "Begin without one",
  });
}

/**
 * The page of a list.
 *
 * @param read What was read from there, one more than `size` where there is more.
 * @param from Place of the first.
 */
export function pageOf<T>(read: readonly T[], from: number, size: number): Page<T> {
  return {
    items: read.slice(0, size),
    nextCursor: read.length > size ? cursorOf(from + size) : null,
  };
}
