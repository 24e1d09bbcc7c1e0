/**
 * Receives updates by long polling. The number after the last stored one is what is asked for
 * next: by that Telegram forgets those before it, so that what is not on the disk comes again.
 * Source: core.telegram.org/bots/api#getupdates.
 */
import * as z from "zod";
import type { ChannelEvent } from "../api.ts";
import { reconnectWaitMs, type ThreadTime } from "../thread_time.ts";
import type { BotApi } from "./bot_api.ts";
import { whoAmI } from "./identify.ts";
import { readBatch } from "./read_batch.ts";
import type { Reader } from "./read_update.ts";
import { failureOf, takenFailure, tokenFailure, troubleOf } from "./trouble.ts";
import { type Update, update } from "./updates.ts";

/** How long Telegram holds a request when there is nothing, seconds. */
const POLL_S = 30;

/** Longest wait for its answer beyond that, ms; the connection is then taken for dead. */
const ANSWER_MS = 10_000;

/** Conflicts within {@linkcode CONFLICT_MS} after which the bot is taken. */
const CONFLICTS = 5;
const CONFLICT_MS = 10 * 60_000;

/** What receiving works with. */
export interface ReceiveParts {
  readonly api: BotApi;
  /** Name of the bot, as configured. */
  readonly channel: string;
  readonly time: ThreadTime;
  readonly stored: StoredMark;
  emit(event: ChannelEvent): void;
}

/** How far the kernel has stored what it was told. */
export class StoredMark {
  #upTo = 0;
  #waiting: { seq: number; wake(): void } | null = null;

  /** All up to `seq` is on the disk. */
  reach(seq: number): void {
    this.#upTo = Math.max(this.#upTo, seq);
    if (this.#waiting && this.#upTo >= this.#waiting.seq) this.#waiting.wake();
  }

  /** Waits for it. @throws The signal's reason. */
  wait(seq: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#upTo >= seq) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => reject(signal.reason);
    this.#waiting = { seq, wake: resolve };
    signal.addEventListener("abort", stop, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", stop));
  }
}

/**
 * Receives until it is aborted.
 *
 * @param cursor Number of the last stored update; null: from the oldest that Telegram has.
 * @throws {AppError} `channel.token`, `channel.taken`.
 */
export async function receive(
  cursor: string | null,
  parts: ReceiveParts,
  signal: AbortSignal,
): Promise<void> {
  const { api, time: { clock, random }, emit } = parts;
  let reader: Reader | null = null;
  let offset = cursor === null ? undefined : Number(cursor) + 1;
  let seq = 0;
  let isConnected = false;
  let failures = 0;
  let conflicts: number[] = [];
  while (!signal.aborted) {
    try {
      reader ??= await readerOf(parts, signal);
      const updates = await poll(api, offset, isConnected ? POLL_S : 0, signal);
      if (!isConnected) emit({ type: "connected", as: reader.me });
      isConnected = true;
      failures = 0;
      for (const { cursor, read } of readBatch(updates, reader)) {
        emit({ seq: ++seq, cursor, ...read });
      }
      const last = updates.at(-1);
      if (!last) continue;
      await parts.stored.wait(seq, signal);
      // Not the highest ever: after a quiet week the numbers start anew, lower or higher.
      offset = last.update_id + 1;
    } catch (error) {
      if (signal.aborted) return;
      const trouble = troubleOf(error);
      if (trouble.type === "token") throw tokenFailure(api.host);
      isConnected = false;
      failures++;
      if (trouble.type === "failed") api.renew();
      if (trouble.type === "conflict") {
        const now = clock.now();
        conflicts = [...conflicts.filter((at) => at > now - CONFLICT_MS), now];
        if (trouble.isWebhook || conflicts.length >= CONFLICTS) {
          throw takenFailure(trouble.isWebhook);
        }
      }
      const waitMs = trouble.type === "limited"
        ? trouble.afterMs
        : reconnectWaitMs(failures, random);
      emit({ type: "waiting", why: failureOf(trouble, api.host).message, waitMs });
      await clock.delay(waitMs, signal).catch(() => {});
    }
  }
}

async function readerOf({ api, channel }: ReceiveParts, signal: AbortSignal): Promise<Reader> {
  const { identity: me, seesAll } = await whoAmI(api, signal);
  return { channel, me, seesAll };
}

async function poll(
  api: BotApi,
  offset: number | undefined,
  seconds: number,
  signal: AbortSignal,
): Promise<Update[]> {
  const limit = AbortSignal.timeout(seconds * 1000 + ANSWER_MS);
  const answer = await api.methods.getUpdates({
    ...(offset === undefined ? {} : { offset }),
    timeout: seconds,
    limit: 100,
    allowed_updates: ["message", "callback_query"],
  }, AbortSignal.any([signal, limit]) as never);
  return z.array(update).parse(answer);
}
