/**
 * Sends what is stored for webhooks: each in order by itself, so that a slow one holds no other. A
 * message may come twice, where ward ended before it noted an answer; its id is the same.
 */
import type { Clock, Random } from "../../kernel/ports.ts";
import type { DeliveryBook } from "../../kernel/task_ports.ts";
import { webhookHeaders, type WebhookKey } from "../../kernel/webhooks/sign.ts";
import type { DaemonService } from "../service.ts";
import { afterTry, type TryOutcome } from "./retry_plan.ts";

/** Longest sleep, ms: a clock that was set is noticed after that. */
const MAX_SLEEP_MS = 60_000;

/** A webhook that can be told. */
export interface SignedHook {
  readonly name: string;
  readonly url: string;
  readonly key: WebhookKey;
}

/** What it needs. */
export interface WebhookSenderParts {
  readonly hooks: readonly SignedHook[];
  readonly book: DeliveryBook;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  /** Posts JSON. Throws nothing but the signal's reason. */
  post(
    url: string,
    message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
    signal: AbortSignal,
  ): Promise<TryOutcome>;
  /** Told of each try, for the log. */
  onTry(hook: string, event: string, end: "delivered" | "again" | "given_up"): void;
}

/** See {@linkcode createWebhookSender}. */
export interface WebhookSender extends DaemonService {
  /** There may be something to send. */
  wake(): void;
}

/** Makes it. */
export function createWebhookSender(parts: WebhookSenderParts): WebhookSender {
  const { hooks, book, clock } = parts;
  let woken = Promise.withResolvers<void>();

  const sendAll = async (hook: SignedHook, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      // Taken before the look: what is added after it wakes this one.
      const { promise } = woken;
      const nowMs = clock.now();
      const { due, nextAtMs } = await book.nextDelivery({ hook: hook.name, nowMs });
      if (due === null) {
        await sleep(promise, nextAtMs === null ? null : nextAtMs - nowMs, signal);
        continue;
      }
      const headers = await webhookHeaders(hook.key, { id: due.id, atMs: nowMs, body: due.body });
      const outcome = await parts.post(hook.url, { headers, body: due.body }, signal);
      const end = afterTry(outcome, {
        attempts: due.attempts,
        nowMs: clock.now(),
        fraction: parts.random.fraction(),
      });
      await book.endDelivery(due.id, end);
      parts.onTry(hook.name, due.event, end.type);
    }
  };

  const sleep = async (wakes: Promise<void>, ms: number | null, signal: AbortSignal) => {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const stopped = Promise.withResolvers<void>();
    both.addEventListener("abort", () => stopped.resolve(), { once: true });
    const late = ms === null
      ? stopped.promise
      : clock.delay(Math.min(Math.max(ms, 0), MAX_SLEEP_MS), both).catch(() => {});
    await Promise.race([wakes, late, stopped.promise]);
    ended.abort();
  };

  return {
    name: "webhooks",
    wake() {
      woken.resolve();
      woken = Promise.withResolvers();
    },
    async run(signal) {
      await book.keepHooks(hooks.map(({ name }) => name));
      const failed = new AbortController();
      const both = AbortSignal.any([signal, failed.signal]);
      await Promise.all(hooks.map((hook) =>
        sendAll(hook, both).catch((error) => {
          if (signal.aborted) return;
          failed.abort();
          throw error;
        })
      ));
    },
  };
}
