/**
 * Receives for good: connects, resumes, begins anew, and asks for what was missed when a session
 * was lost. What is told has the position with it that a start after a crash goes on from.
 * Source: Discord's documentation, "Gateway".
 */
import { AppError } from "../../../../base/app_error.ts";
import type { BotIdentity } from "../../../../model/channels/channel.ts";
import type { ButtonPress, InboundMessage } from "../../../../model/channels/message.ts";
import type { ChannelEvent } from "../../api.ts";
import { reconnectWaitMs, type ThreadTime } from "../../thread_time.ts";
import { gatewayBot, type GatewayPayload, ready } from "../payloads.ts";
import { API_VERSION, type RestClient } from "../rest/rest_client.ts";
import { endsForGood, keepsSession } from "./close_codes.ts";
import { connect, type Connection, type Ended, OP } from "./connection.ts";
import { Progress } from "./progress.ts";
import { type Position, readCursor, withSeen, withSequence, writeCursor } from "./session.ts";

/**
 * Servers and their channels, messages in them and in direct chats, and what they say.
 * Source: Discord's documentation, "Gateway Intents".
 */
export const INTENTS = (1 << 0) | (1 << 9) | (1 << 12) | (1 << 15);

/** A connection that lasted as long lets the backoff begin anew. */
const STABLE_MS = 60_000;

/** Failures in a row after which a session is resumed where new ones begin. */
const RESUME_TRIES = 3;

/** Events that may wait for the disk before no more is read. */
const MAX_WAITING = 500;

/** Errors that no further connection mends. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  "channel.token",
  "channel.intents",
  "channel.unsupported",
]);

/** What an event was. */
export type Read =
  | { readonly type: "message"; readonly message: InboundMessage; readonly channel: string }
  | { readonly type: "press"; readonly press: ButtonPress }
  | null;

/** What it works with. */
export interface ReceiveSetup extends ThreadTime {
  readonly token: string;
  readonly rest: RestClient;
  openSocket(url: string): WebSocket;
  /** Who the bot is. @throws {AppError} As `ChannelApi.identify`. */
  identify(signal: AbortSignal): Promise<BotIdentity>;
  /** Reads an event. @throws {AppError} `channel.unreachable`: it must be read again later. */
  read(
    event: { readonly name: string; readonly data: unknown },
    me: BotIdentity,
    signal: AbortSignal,
  ): Promise<Read>;
  /** What was written in a channel after a message, oldest first. */
  readMissed(
    channel: string,
    after: string,
    me: BotIdentity,
    signal: AbortSignal,
  ): Promise<readonly Exclude<Read, null>[]>;
  /** Called when a message or a press with this id is on the disk. */
  onStored(eventId: string): void;
  emit(event: ChannelEvent): void;
}

/** A reception under way. */
export interface Reception {
  stored(told: number): void;
  /** Ends when it is cancelled, with the signal's reason, or for good. */
  readonly ended: Promise<void>;
}

/** Begins to receive. */
export function startReception(
  from: string | null,
  setup: ReceiveSetup,
  signal: AbortSignal,
): Reception {
  const progress = new Progress();
  return {
    stored: (told) => progress.stored(told),
    ended: receive(readCursor(from), progress, setup, signal),
  };
}

async function receive(
  from: Position,
  progress: Progress,
  setup: ReceiveSetup,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, emit } = setup;
  let position = from;
  let me: BotIdentity | null = null;
  let failures = 0;
  if (from.session) progress.begin(from.session.sequence);

  for (;;) {
    signal.throwIfAborted();
    let openedAt: number | null = null;
    let why: string;
    let leastMs = 0;
    try {
      me ??= await setup.identify(signal);
      const ended = await once(me, () => openedAt = clock.monotonic());
      const error = endsForGood(ended.code);
      if (error) throw error;
      if (!keepsSession(ended.code)) loseSession();
      why = ended.why;
      leastMs = ended.leastMs;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError) || FOR_GOOD.has(error.code)) throw error;
      why = error.message;
    }
    signal.throwIfAborted();
    const lasted = openedAt === null ? 0 : clock.monotonic() - openedAt;
    if (lasted >= STABLE_MS) failures = 0;
    // A connection that worked and was lost is made anew at once, but not again and again.
    const isAtOnce = openedAt !== null && failures === 0;
    const stepMs = isAtOnce ? 0 : reconnectWaitMs(Math.max(1, failures), random);
    failures++;
    const waitMs = Math.max(leastMs, stepMs);
    if (waitMs > 0) {
      emit({ type: "waiting", why, waitMs });
      await clock.delay(waitMs, signal);
    }
  }

  function loseSession() {
    position = { ...position, session: null, isBehind: true };
  }

  /** One connection, to its end. */
  async function once(
    me: BotIdentity,
    onOpen: () => void,
  ): Promise<Ended & { readonly leastMs: number }> {
    const resumed = failures < RESUME_TRIES ? position.session?.url : undefined;
    const address = resumed ?? await freshAddress();
    if (typeof address !== "string") return address;
    const connection = connect(`${address.replace(/\/$/, "")}/?v=${API_VERSION}&encoding=json`, {
      ...setup,
      sequence: () => progress.confirmed,
      onHeartbeat: () => {
        if (!progress.isAhead || !position.session) return;
        emit({ type: "skip", seq: progress.tell(), cursor: writeCursor(position) });
      },
    }, signal);
    try {
      for (;;) {
        const next = await connection.next();
        if (next.type === "ended") return { ...next, leastMs: 0 };
        const ended = await take(next.payload, connection, me, onOpen);
        if (ended) return ended;
      }
    } finally {
      connection.close("left");
    }
  }

  /** @returns How the connection has to end, or null. */
  async function take(
    { op, d, s, t }: GatewayPayload,
    connection: Connection,
    me: BotIdentity,
    onOpen: () => void,
  ): Promise<Ended & { readonly leastMs: number } | null> {
    if (op === OP.hello) {
      if (position.session) {
        const { id, sequence } = position.session;
        connection.send(OP.resume, { token: setup.token, session_id: id, seq: sequence });
      } else {
        connection.send(OP.identify, {
          token: setup.token,
          intents: INTENTS,
          properties: { os: Deno.build.os, browser: "ward", device: "ward" },
        });
      }
    } else if (op === OP.reconnect) {
      return ending("Discord asked for a new connection");
    } else if (op === OP.invalidSession) {
      if (d !== true) loseSession();
      return ending("Discord ended the session", 1000 + Math.round(setup.random.fraction() * 4000));
    } else if (op === OP.dispatch && typeof s === "number" && t) {
      connection.opened();
      // Read before it counts: what cannot be read now comes again.
      const read = await setup.read({ name: t, data: d }, me, signal);
      if (t === "READY") {
        const begun = ready.safeParse(d);
        if (!begun.success) return ending("Discord began a session of no known form");
        const { session_id: id, resume_gateway_url: url } = begun.data;
        position = { ...position, session: { id, url, sequence: s } };
        progress.begin(s);
      } else position = withSequence(position, s);
      progress.received(s);
      if (t === "READY" || t === "RESUMED") {
        onOpen();
        emit({ type: "connected", as: me });
        await catchUp(me);
      } else await tell(read);
    }
    return null;
  }

  async function tell(read: Read): Promise<void> {
    if (!read) return;
    const { eventId } = read.type === "message" ? read.message : read.press;
    if (read.type === "message") {
      const { isAddressed } = read.message;
      // Where nobody speaks to it, nothing is missed: a busy server leaves room for other chats.
      if (isAddressed || position.seen.has(read.channel)) {
        // The id of the message or of the slash command: both are in the order of time.
        position = withSeen(position, read.channel, eventId);
      }
    }
    const seq = progress.tell(() => setup.onStored(eventId));
    const cursor = writeCursor(position);
    if (read.type === "message") emit({ type: "message", seq, cursor, message: read.message });
    else emit({ type: "press", seq, cursor, press: read.press });
    if (progress.waiting >= MAX_WAITING) await progress.drained(signal);
  }

  /** Asks for what was written while there was no session. */
  async function catchUp(me: BotIdentity): Promise<void> {
    if (!position.isBehind) return;
    for (const [channel, after] of position.seen) {
      for (const missed of await setup.readMissed(channel, after, me, signal)) await tell(missed);
    }
    position = { ...position, isBehind: false };
  }

  async function freshAddress(): Promise<string | (Ended & { readonly leastMs: number })> {
    const { url, session_start_limit } = await setup.rest.read(
      gatewayBot,
      "gateway/bot",
      undefined,
      signal,
    );
    const { remaining, reset_after } = session_start_limit;
    // At none, Discord resets the token.
    if (remaining > 1) return url;
    return ending("The bot connected too often today", Math.min(reset_after, 86_400_000));
  }
}

function ending(why: string, leastMs = 0): Ended & { readonly leastMs: number } {
  return { type: "ended", code: 0, why, leastMs };
}
