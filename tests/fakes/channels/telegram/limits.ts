/**
 * How much may be sent: one message a second in a chat, twenty a minute in a group, thirty a second
 * in all. Source: core.telegram.org/bots/faq, "My bot is hitting limits".
 */
import type { SeenCall } from "./service.ts";
import { Refusal, type World } from "./world.ts";

const SENDING = ["sendMessage", "sendDocument"];

/** Counts what is sent, by the service's clock. */
export class Limits {
  readonly #sent: { readonly chat: number; readonly at: number }[] = [];

  /** @throws {Refusal} 429 with the seconds to wait. */
  check({ method, parameters }: SeenCall, world: World): void {
    if (!SENDING.includes(method)) return;
    const { now } = world;
    const chat = Number(parameters["chat_id"]);
    const within = (ms: number, one?: number) =>
      this.#sent.filter(({ chat, at }) => at > now - ms && (one === undefined || chat === one));
    const isGroup = chat < 0;
    const waitMs = within(1000, chat).length >= 1 || within(1000).length >= 30
      ? 1000
      : isGroup && within(60_000, chat).length >= 20
      ? 60_000
      : 0;
    if (waitMs > 0) {
      const retry_after = waitMs / 1000;
      throw new Refusal(429, `Too Many Requests: retry after ${retry_after}`, { retry_after });
    }
    this.#sent.push({ chat, at: now });
  }
}
