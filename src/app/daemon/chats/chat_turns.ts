/** Messages of chats that are worked on: who may, how often, and what can be stopped. */
import type { DaemonBots } from "../bots.ts";
import { type ChatTurnParts, runChatTurn } from "./chat_turn.ts";
import type { ChannelPort } from "../../../daemon/channel_port.ts";
import { formatAnswer } from "../../../kernel/channels/format/format_answer.ts";
import { conversationKey, receptionOf } from "../../../kernel/channels/roles_of.ts";
import type { Clock } from "../../../kernel/ports.ts";
import type { InboundRow } from "../../../model/channels/mail.ts";
import type { ChatPlace } from "../../../model/channels/message.ts";

/** Work on a message is begun so often; what ends ward each time would else go on for ever. */
const MAX_ATTEMPTS = 5;

/** Telegram shows for 5 s that somebody writes, Discord for 10. */
const TYPING_MS = 4_500;

const GIVEN_UP = `ward was cut off ${MAX_ATTEMPTS} times while it worked on this, and leaves it. ` +
  "Send it again to try once more; `ward logs` says more.";

/** Turns of chats. */
export interface ChatTurns {
  /** Works one off; see `DispatcherParts.work`. */
  work(row: InboundRow, stop: AbortSignal): Promise<void>;
  /** What runs, oldest first. */
  running(): readonly RunningTurn[];
}

/** A turn that runs. */
export interface RunningTurn {
  /** Of its row in the inbox. */
  readonly id: number;
  readonly place: ChatPlace;
  /** Key of its conversation. */
  readonly key: string;
  /** First words of the message. Text from outside, where a guest wrote it. */
  readonly title: string;
  readonly sinceMs: number;
  /** Stops it; what was done is kept. */
  cancel(): void;
}

/**
 * Builds it.
 *
 * @param parts.workspace Where sessions of chats are.
 */
export function createChatTurns(
  parts: ChatTurnParts & { readonly bots: DaemonBots; workspace(): string },
): ChatTurns {
  const { mailbox, bots, clock } = parts;
  const running = new Map<number, RunningTurn>();
  return {
    running: () => [...running.values()],
    async work(row, stop) {
      const { message, id } = row;
      const { place } = message;
      const bot = bots.get(place.channel);
      const reception = bot && receptionOf(bot.settings, message);
      if (reception?.type !== "answered") {
        // Its sender, or the bot, was taken out of the configuration since.
        return await mailbox.finishInbound({ id, turn: null, liveId: null, replies: [] });
      }
      const liveId = row.sessionId === null ? null : await mailbox.liveOutbound(id);
      const { role } = reception;
      const key = conversationKey(place, role);
      const taken = { id, key, place, workspace: parts.workspace() };
      const { attempts, sessionId } = await mailbox.takeUpInbound(taken);
      if (attempts > MAX_ATTEMPTS) {
        const turn = row.sessionId === null
          ? null
          : { sessionId, outcome: "failed", reason: GIVEN_UP } as const;
        const replies = formatAnswer(bot!.settings.kind, GIVEN_UP);
        await mailbox.finishInbound({ id, turn, liveId, replies });
        return bot!.outbox.wake();
      }
      const cancel = new AbortController();
      const over = new AbortController();
      running.set(id, {
        id,
        place,
        key,
        title: message.text.slice(0, 60).toWellFormed(),
        sinceMs: clock.now(),
        cancel: () => cancel.abort(),
      });
      keepTyping(bot!.port, place, clock, over.signal);
      try {
        await runChatTurn(parts, {
          row,
          chat: { key, place, role, sessionId },
          bot: bot!,
          liveId,
          stop,
          cancel: cancel.signal,
        });
      } finally {
        over.abort();
        running.delete(id);
        bot!.outbox.wake();
      }
    },
  };
}

/** Shows that the bot writes, until it is over. */
async function keepTyping(
  port: Pick<ChannelPort, "typing">,
  place: ChatPlace,
  clock: Clock,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    // Whether it shows is nobody's business.
    await port.typing(place).catch(() => {});
    await clock.delay(TYPING_MS, over).catch(() => {});
  }
}
