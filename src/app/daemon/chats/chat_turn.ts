/** One turn of a chat: what is seen of it while it runs, and what is stored at its ends. */
import type { DaemonBot } from "../bots.ts";
import { isOfStore } from "../commands/command_work.ts";
import type { ChatConversations, ChatKey } from "./conversations.ts";
import { takeFiles } from "./received_files.ts";
import { createTurnView } from "./turn_view.ts";
import type { Conversation } from "../../conversation/open_conversation.ts";
import type { Ward } from "../../ward.ts";
import { AppError } from "../../../base/app_error.ts";
import { createLiveMessage } from "../../../daemon/live_message.ts";
import type { Questions } from "../../../daemon/questions.ts";
import { describeError } from "../../../kernel/agent/prepare_call.ts";
import type { Ending, TurnSteps } from "../../../kernel/agent/turn.ts";
import { draftPart, formatAnswer } from "../../../kernel/channels/format/format_answer.ts";
import { turnMessage } from "../../../kernel/channels/turn_message.ts";
import type { Role } from "../../../kernel/policy/roles.ts";
import type { Mailbox } from "../../../kernel/mail_ports.ts";
import type { Store, StoredAnswer, TurnEnd } from "../../../kernel/store_ports.ts";
import type { Clock, Log, Random, TurnEvent } from "../../../kernel/ports.ts";
import type { InboundRow } from "../../../model/channels/mail.ts";
import type { OutboundPart } from "../../../model/channels/message.ts";
import type { UserMessage } from "../../../model/conversation/message.ts";
import { createResultCard } from "../../../surfaces/channels/result_card.ts";

const PARKED = "ward is stopping. It goes on with this after its next start.";
const GOING_ON = "*Going on after a restart*";

/** How long the end of a turn waits for a change of its message that is under way. */
const CHANGE_MS = 1_000;

/** Notices that an answer takes along. */
const MAX_NOTICES = 5;

/** What turns of chats work with. */
export interface ChatTurnParts {
  readonly mailbox: Mailbox;
  readonly conversations: ChatConversations;
  readonly questions: Questions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of each event of each turn. */
  onEvent(event: TurnEvent): void;
}

/** Which turn. */
export interface ChatTurn {
  readonly row: InboundRow;
  readonly chat: ChatKey;
  readonly bot: DaemonBot;
  /** Row of what was shown of it before; null: nothing. */
  readonly liveId: number | null;
  /** Parks it. */
  readonly stop: AbortSignal;
  /** Ends it for good. */
  readonly cancel: AbortSignal;
}

/**
 * Runs it; its message is done afterwards, or parked.
 *
 * @throws {AppError} What the store threw: the message stays as it is.
 */
export async function runChatTurn(parts: ChatTurnParts, turn: ChatTurn): Promise<void> {
  const { mailbox, clock } = parts;
  const { row, chat, bot, stop, cancel } = turn;
  const { message } = row;
  const { kind } = bot.settings;
  const { place, sessionId, role } = chat;
  const where = { place, replyTo: message.messageId, inboundId: row.id };
  let forRoom = (text: string) => text;
  let store: Pick<Store, "appendAssistant"> | null = null;
  let isBegun = row.sessionId !== null;
  const notices: string[] = [];
  const card = createResultCard(() => clock.monotonic());
  const view = createTurnView({
    kind,
    forRoom: (text) => forRoom(text),
    begin: isBegun ? GOING_ON : "",
    onChange: () => live.touch(),
  });
  const live = createLiveMessage({
    mailbox,
    outbox: bot.outbox,
    clock,
    ...where,
    id: turn.liveId,
    render: view.render,
  });
  if (isBegun) live.touch();
  const messageOf = async ({ takesImages }: Conversation, room: Ward): Promise<UserMessage> => {
    const { settings } = room.start;
    // What was begun is stored with its files.
    const { texts, images } = await takeFiles(isBegun ? [] : message.files, role, {
      client: bot.port,
      data: room.data,
      settings: settings.files,
      seesImages: takesImages,
      clock,
      random: parts.random,
    });
    const words = await turnMessage(message, role, {
      mark: parts.random.id(),
      files: texts,
      nowMs: clock.now(),
    });
    return images.length === 0 ? words : { ...words, images };
  };
  /** The answer of the turn, until it is stored. */
  let unstored: StoredAnswer | undefined;
  const finish = async (
    ending: TurnEnd & { text: string },
    audit: Parameters<TurnSteps["end"]>[1],
  ) => {
    const { outcome, reason } = ending;
    const closing = live.close();
    // A service may take a minute for a change: nobody should have to ask the model again for that.
    if (store && unstored && !await isSoon(closing, clock)) {
      await store.appendAssistant(sessionId, unstored);
      unstored = undefined;
    }
    await closing;
    const answer = unstored;
    await mailbox.finishInbound({
      id: row.id,
      turn: isBegun ? { sessionId, outcome, reason, answer } : null,
      liveId: await closing,
      replies: formatAnswer(
        kind,
        forRoom(answerText(endingFor(role, ending), notices, card.line(outcome))),
      ),
    }, audit);
  };
  const stepsOf = (said: UserMessage): TurnSteps => ({
    begin: isBegun ? null : async () => {
      await mailbox.beginInbound({ id: row.id, sessionId, message: said });
      isBegun = true;
    },
    async end(ending, audit) {
      const isParked = stop.aborted && !cancel.aborted && ending.outcome === "stopped";
      unstored = ending.answer;
      if (!isParked) return await finish(ending, audit);
      const liveId = await live.close();
      await mailbox.parkInbound({ id: row.id, liveId, part: parkedPart(kind) });
    },
  });
  const onEvent = (event: TurnEvent) => {
    view.onEvent(event);
    card.onEvent(event);
    parts.onEvent(event);
    if (event.type === "notice") notices.push(event.text);
    else if (event.type === "unproven") {
      for (const claim of event.claims) notices.push(`Not in the audit log: ${claim}`);
    }
  };
  const approver = parts.questions.approver({
    ...where,
    form: bot.form,
    before: () => live.seal(),
  });
  try {
    await parts.conversations.use(chat, { approver, onEvent }, async (conversation, room) => {
      forRoom = conversation.forRoom;
      store = room.store;
      const said = await messageOf(conversation, room);
      await conversation.say(said, AbortSignal.any([stop, cancel]), stepsOf(said));
    });
  } catch (error) {
    if (isOfStore(error)) throw error;
    parts.log.write("error", "chat_turn", { id: row.id, code: codeOf(error) });
    const reason = `ward cannot answer: ${describeError(error)}`;
    await finish({ outcome: "failed", reason, text: "" }, []);
  } finally {
    await live.close();
  }
}

/** Whether something is done soon. */
async function isSoon(done: Promise<unknown>, clock: Clock): Promise<boolean> {
  const enough = new AbortController();
  const late = clock.delay(CHANGE_MS, enough.signal).then(() => false, () => true);
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    enough.abort();
  }
}

/** An ending as somebody is told it: why a model failed says how the owner set it up. */
export function endingFor<T extends Ending>(role: Role, ending: T): T {
  return role === "owner" || ending.outcome === "complete"
    ? ending
    : { ...ending, reason: "its owner knows more" };
}

/** The answer as the chat gets it, in Markdown. */
export function answerText(
  { outcome, reason, text }: Ending & { readonly text: string },
  notices: readonly string[] = [],
  card = "",
): string {
  const end = outcome === "complete"
    ? text.trim() === "" ? "(no answer)" : ""
    : outcome === "stopped"
    ? "(stopped)"
    : `(${outcome}: ${reason})`;
  const more = [...new Set(notices)].slice(0, MAX_NOTICES).map((notice) => `! ${notice}`);
  return [text.trimEnd(), end, ...more, card].filter((part) => part !== "").join("\n\n");
}

function parkedPart(kind: DaemonBot["settings"]["kind"]): OutboundPart {
  return draftPart(kind, PARKED) ?? { text: PARKED, plain: PARKED };
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : "internal";
}
