/**
 * What was written while nobody received. Slack sends an event again for some minutes and then never
 * more, so ward keeps how far it heard each of the chats that it heard from last, and reads there
 * what came after.
 */
import * as z from "zod";
import type { InboundMessage } from "../../../../model/channels/message.ts";
import type { ThreadTime } from "../../thread_time.ts";
import type { SlackLine } from "../line.ts";
import { pagesOf } from "../pages.ts";
import { hearAgain, type HeardMessage, type Listener } from "./hear.ts";

/** Chats and threads that are caught up with. */
const MAX_PLACES = 30;

/** Messages of each, the newest. */
const MAX_MISSED = 500;

/** How long is waited before it is tried once more, ms. */
const RETRY_MS = 10_000;

/** A chat or a thread, and its newest message. */
const seen = z.object({
  chat: z.string(),
  thread: z.string().nullable(),
  kind: z.enum(["direct", "group", "public"]),
  ts: z.string(),
});

type Seen = z.infer<typeof seen>;

/** How far ward heard. */
export class Position {
  /** In the order in which they were heard from; the newest last. */
  readonly #seen = new Map<string, Seen>();

  /** As {@linkcode toText} wrote it; empty where that cannot be read. */
  constructor(text: string | null) {
    try {
      for (const one of z.array(seen).parse(JSON.parse(text ?? "[]"))) this.#keep(one);
    } catch {
      // Of another version: what was missed is not read, and nothing is doubled.
    }
  }

  /** All of them. */
  get places(): readonly Seen[] {
    return [...this.#seen.values()];
  }

  /** One more message. */
  note({ place: { chat, thread, kind }, messageId: ts, isAddressed }: InboundMessage): void {
    // A slash command is in no chat, and cannot be read there.
    if (ts === null) return;
    this.#keep({ chat, thread: null, kind, ts });
    // What nobody answers opens no thread.
    const isThread = thread !== null && (thread !== ts || isAddressed);
    if (isThread) this.#keep({ chat, thread, kind, ts });
  }

  /** For {@linkcode Position}. */
  toText(): string {
    return JSON.stringify(this.places);
  }

  #keep(one: Seen): void {
    const key = JSON.stringify([one.chat, one.thread]);
    const before = this.#seen.get(key);
    this.#seen.delete(key);
    this.#seen.set(key, before && Number(before.ts) > Number(one.ts) ? before : one);
    if (this.#seen.size > MAX_PLACES) this.#seen.delete(this.#seen.keys().next().value!);
  }
}

/** What was missed, oldest first in each chat. Where the bot may not look, it is left out. */
export async function missed(
  line: SlackLine,
  listener: Listener,
  places: readonly Seen[],
  { clock }: Pick<ThreadTime, "clock">,
  signal: AbortSignal,
): Promise<HeardMessage[]> {
  const found: HeardMessage[] = [];
  for (const place of places) {
    let messages = await after(line, listener, place, signal);
    if (messages === null) {
      await clock.delay(RETRY_MS, signal);
      messages = await after(line, listener, place, signal);
    }
    found.push(...messages ?? []);
  }
  return found;
}

/** null: it can be tried again. */
async function after(
  line: SlackLine,
  listener: Listener,
  place: Seen,
  signal: AbortSignal,
): Promise<HeardMessage[] | null> {
  const heard: HeardMessage[] = [];
  for await (const page of pagesOf(line, place, { oldest: place.ts }, signal)) {
    if ("type" in page) return page.type === "refused" ? [] : null;
    for (const message of page.messages) {
      const one = hearAgain(message, place, listener);
      // The first message of a thread comes with each answer.
      if (one !== null && Number(one.ts) > Number(place.ts)) heard.push(one);
    }
    if (place.thread === null && heard.length >= MAX_MISSED) break;
  }
  return heard.sort((a, b) => Number(a.ts) - Number(b.ts)).slice(-MAX_MISSED);
}
