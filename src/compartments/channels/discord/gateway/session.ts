/** A session at the gateway, and how far it is read: what a start after a crash goes on from. */
import * as z from "zod";
import { snowflake } from "../payloads.ts";

/** Chats whose newest message is kept. */
const MAX_SEEN = 50;

/** What is kept. */
export interface Position {
  /** What to resume; null: nothing. */
  readonly session: {
    readonly id: string;
    /** Where it is resumed. */
    readonly url: string;
    readonly sequence: number;
  } | null;
  /** Newest messages of the last chats that it was spoken to in, by channel: what was missed is asked for by them. */
  readonly seen: ReadonlyMap<string, string>;
  /** Whether what was missed has still to be asked for. */
  readonly isBehind: boolean;
}

/** Nothing was ever read. */
export const NOWHERE: Position = { session: null, seen: new Map(), isBehind: false };

const cursor = z.object({
  session: z.object({
    id: z.string(),
    url: z.string(),
    sequence: z.number().int().nonnegative(),
  }).nullable(),
  seen: z.array(z.tuple([snowflake, snowflake])).max(MAX_SEEN),
  isBehind: z.boolean(),
});

/** What {@linkcode writeCursor} wrote; of another form: nothing was read. */
export function readCursor(text: string | null): Position {
  if (text === null) return NOWHERE;
  try {
    const { seen, ...rest } = cursor.parse(JSON.parse(text));
    return { ...rest, seen: new Map(seen) };
  } catch {
    return NOWHERE;
  }
}

/** A position as it is stored. */
export function writeCursor({ seen, ...rest }: Position): string {
  return JSON.stringify({ ...rest, seen: [...seen] });
}

/** The same with a message that was read. */
export function withSeen(position: Position, channel: string, message: string): Position {
  const seen = new Map(position.seen);
  const before = seen.get(channel);
  seen.delete(channel);
  seen.set(channel, before !== undefined && BigInt(before) > BigInt(message) ? before : message);
  if (seen.size > MAX_SEEN) seen.delete(seen.keys().next().value ?? "");
  return { ...position, seen };
}

/** The same after an event of the session. */
export function withSequence(position: Position, sequence: number): Position {
  return position.session === null
    ? position
    : { ...position, session: { ...position.session, sequence } };
}
