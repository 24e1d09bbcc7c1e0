/**
 * What every `channel:<name>` thread does, whatever its service. It knows no session and decides
 * nothing: it says what came in, and sends what it is told to.
 */
import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import type { BotIdentity } from "../../model/channels/channel.ts";
import type { ChannelEvent } from "../../model/channels/event.ts";
import {
  type ButtonPress,
  type ChatFile,
  type ChatPlace,
  type ChatSender,
  type EditRequest,
  type FindOutcome,
  type FindRequest,
  type HistoryMessage,
  type InboundMessage,
  type OutboundPart,
  type SendOutcome,
  type SendRequest,
} from "../../model/channels/message.ts";

export type { HistoryMessage } from "../../model/channels/message.ts";

export type { ChannelEvent };

/** Who it speaks as; the first call. */
export interface ChannelSetup {
  /** Name of the bot, as configured: it goes into places. */
  readonly name: string;
  /** Of the bot. */
  readonly token: string;
  /** Of the app, for Slack's Socket Mode; null: the service has no such thing. */
  readonly appToken: string | null;
  /** Base address of its API, ending in `/`. */
  readonly apiUrl: string;
  /**
   * Whether a message in a group begins a thread: its place is then the thread that answers to it
   * are in, also before there is any. Services without such threads leave it alone.
   */
  readonly threads: boolean;
}

/** Methods; each takes one value. Errors are of the family `channel`. */
export interface ChannelApi {
  /** Must be the first call; the last one counts. */
  configure(setup: ChannelSetup): Promise<void>;
  /** Who the bot is. @throws {AppError} `channel.token`, `channel.unreachable`, `channel.malformed`. */
  identify(): Promise<BotIdentity>;
  /**
   * Connects and tells {@linkcode ChannelEvent}s until it is cancelled; reconnects by itself, 5 to
   * 60 s after a failure, with jitter.
   *
   * @throws {AppError} For good only: `channel.token`; `channel.taken` (another process receives as
   *   this bot); `channel.intents` (Discord: what has to be switched on, and where).
   */
  receive(from: { readonly cursor: string | null }): Promise<void>;
  /** Told, not called: all up to `seq` is on the disk, and may be confirmed. */
  stored(done: { readonly seq: number }): void;
  /** Sends one message. */
  send(sent: SendRequest): Promise<SendOutcome>;
  /** Changes a message of the bot's; one that is so already is `sent`. */
  edit(edited: EditRequest): Promise<SendOutcome>;
  /** Takes a message away, where the bot may. */
  remove(which: { readonly place: ChatPlace; readonly messageId: string }): Promise<SendOutcome>;
  /** Whether a message with this key arrived; `unknown`: the service cannot tell. */
  find(which: FindRequest): Promise<FindOutcome>;
  /** Shows for some seconds that the bot writes. Failures are nobody's business. */
  typing(place: ChatPlace): Promise<void>;
  /** Answers whoever pressed a button, for them alone. */
  answerPress(answer: {
    readonly pressId: string;
    readonly place: ChatPlace;
    readonly text: string;
  }): Promise<void>;
  /** Fetches a file. @throws {AppError} `channel.too_large`, `channel.unreachable`. */
  readFile(which: { readonly ref: string; readonly limitBytes: number }): Promise<Uint8Array>;
  /** Sends a file; `key` as in `send`. */
  sendFile(sent: {
    readonly place: ChatPlace;
    readonly name: string;
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly caption: string;
    readonly key: string;
  }): Promise<SendOutcome>;
  /** Tells the service which commands there are, where it has lists of them. */
  setCommands(
    list: readonly { readonly name: string; readonly description: string }[],
  ): Promise<void>;
  /** Newest messages of a chat, oldest first. @throws {AppError} `channel.no_history`. */
  history(which: {
    readonly place: ChatPlace;
    readonly sinceMs: number | null;
    readonly untilMs: number | null;
    readonly limit: number;
  }): Promise<readonly HistoryMessage[]>;
}

const place: () => z.ZodType<ChatPlace> = lazily(() =>
  z.object({
    channel: z.string(),
    chat: z.string(),
    thread: z.string().nullable(),
    kind: z.enum(["direct", "group", "public"]),
  })
);

const sender: () => z.ZodType<ChatSender> = lazily(() =>
  z.object({
    id: z.string(),
    name: z.string(),
    isBot: z.boolean(),
  })
);

const file: () => z.ZodType<ChatFile> = lazily(() =>
  z.object({
    ref: z.string(),
    name: z.string().nullable(),
    mediaType: z.string(),
    bytes: z.number().nullable(),
  })
);

/** As it is stored, too. */
export const inboundMessage: () => z.ZodType<InboundMessage> = lazily(() =>
  z.object({
    eventId: z.string(),
    place: place(),
    sender: sender(),
    messageId: z.string().nullable(),
    text: z.string(),
    quotes: z.array(z.object({
      kind: z.enum(["forwarded", "answered"]),
      from: z.string(),
      text: z.string(),
    })).optional(),
    isAddressed: z.boolean(),
    files: z.array(file()),
    atMs: z.number(),
  })
);

const buttonPress: () => z.ZodType<ButtonPress> = lazily(() =>
  z.object({
    eventId: z.string(),
    pressId: z.string(),
    place: place(),
    sender: sender(),
    messageId: z.string(),
    data: z.string(),
  })
);

/** See {@linkcode BotIdentity}. */
export const botIdentity: () => z.ZodType<BotIdentity> = lazily(() =>
  z.object({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    team: z.string().nullable(),
  })
);

/** See {@linkcode ChannelEvent}. */
export const channelEvent: () => z.ZodType<ChannelEvent> = lazily(() =>
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("message"),
      seq: z.number(),
      cursor: z.string().nullable(),
      message: inboundMessage(),
    }),
    z.object({
      type: z.literal("press"),
      seq: z.number(),
      cursor: z.string().nullable(),
      press: buttonPress(),
    }),
    z.object({
      type: z.literal("moved"),
      seq: z.number(),
      cursor: z.string().nullable(),
      from: z.string(),
      to: z.string(),
    }),
    z.object({ type: z.literal("skip"), seq: z.number(), cursor: z.string() }),
    z.object({ type: z.literal("connected"), as: botIdentity(), note: z.string().optional() }),
    z.object({ type: z.literal("waiting"), why: z.string(), waitMs: z.number() }),
  ])
);

/** As it is stored, too. */
export const outboundPart: () => z.ZodType<OutboundPart> = lazily(() =>
  z.object({
    text: z.string(),
    plain: z.string(),
    buttons: z.array(z.array(z.object({ label: z.string(), data: z.string() }))).optional(),
  })
);

/** See {@linkcode SendOutcome}. */
export const sendOutcome: () => z.ZodType<SendOutcome> = lazily(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("sent"), messageId: z.string() }),
    z.object({ type: z.literal("limited"), afterMs: z.number() }),
    z.object({
      type: z.literal("refused"),
      cause: z.enum(["format", "gone", "token", "other"]),
      word: z.string(),
    }),
    z.object({ type: z.literal("failed"), isUnsure: z.boolean(), why: z.string() }),
  ])
);

/** What `find` answers. */
export const foundMessage: () => z.ZodType<FindOutcome> = lazily(() =>
  z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("found"), messageId: z.string() }),
      z.object({ type: z.enum(["absent", "unknown"]) }),
    ])
);

/** See {@linkcode HistoryMessage}. */
export const historyMessage: () => z.ZodType<HistoryMessage> = lazily(() =>
  z.object({
    messageId: z.string(),
    sender: sender(),
    text: z.string(),
    atMs: z.number(),
  })
);
