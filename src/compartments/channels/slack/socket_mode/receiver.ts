/**
 * Socket Mode: a socket whose address is asked for each time, envelopes that are acknowledged once
 * what is in them is stored, and a second socket beside one that Slack is about to end. What is not
 * acknowledged, Slack sends again, over whichever socket there is.
 * Source: docs.slack.dev, "Using Socket Mode".
 */
import * as z from "zod";
import { AppError } from "../../../../base/app_error.ts";
import { parseShallowJson } from "../../../../base/shallow_json.ts";
import type { ChannelEvent } from "../../api.ts";
import { reconnectWaitMs, type ThreadTime } from "../../thread_time.ts";
import type { Directory } from "../directory.ts";
import { hearCommand, type Heard, hearEvent, hearPress, type Listener } from "./hear.ts";
import { identify, type SlackIdentity } from "../identify.ts";
import { answerOf, isOwnAddress, malformed, type SlackLine } from "../line.ts";
import { missed, Position } from "./catch_up.ts";
import { complete } from "./complete.ts";
import type { OpenSocket, TextSocket } from "./web_socket.ts";

/** Longest until Slack greets, ms. */
const HELLO_MS = 15_000;
/** A connection that lasted this long was a good one: the next is made at once, ms. */
const STABLE_MS = 30_000;
/** How long the old socket is kept beside the new one, ms. */
const OVERLAP_MS = 30_000;
/** Longest that is waited because Slack says so, ms. */
const MAX_LIMIT_MS = 300_000;
/** Envelopes that wait to be stored. What is more is not taken, and comes again. */
const MAX_WAITING = 1_000;

/** What receiving needs. */
export interface Receiving {
  readonly line: SlackLine;
  readonly directory: Directory;
  readonly time: ThreadTime;
  readonly open: OpenSocket;
  readonly emit: (event: ChannelEvent) => void;
  /** As far as the last message that was told and stored. */
  readonly cursor: string | null;
}

const envelope = z.object({
  type: z.string(),
  envelope_id: z.string().max(200).optional(),
  payload: z.unknown().optional(),
  reason: z.string().optional(),
  num_connections: z.number().optional(),
});

/** One socket, from its greeting on. */
interface Connection {
  readonly socket: TextSocket;
  readonly sinceMs: number;
  /** Resolves when another one is wanted: Slack is about to end it, or has. */
  readonly over: Promise<{ readonly why: string }>;
  /** Connections of the app, this one included, as Slack counts them. */
  readonly count: number;
}

/** Receives for one bot. */
export class Receiver {
  readonly #parts: Receiving;
  readonly #waiting = new Map<number, { readonly socket: TextSocket; readonly id: string }>();
  #seq = 0;
  /** Keeps the order while names are asked for. */
  #order: Promise<void> = Promise.resolve();
  #queued = 0;
  /** How long Slack wants no request for another address. */
  #limitMs = 0;

  readonly #position: Position;
  /** Whether nobody received for a while. */
  #isGap: boolean;

  /** Does nothing before {@linkcode run}. */
  constructor(parts: Receiving) {
    this.#parts = parts;
    this.#position = new Position(parts.cursor);
    this.#isGap = parts.cursor !== null;
  }

  /** Acknowledges all up to `seq`. */
  stored(seq: number): void {
    for (const [number, { socket, id }] of this.#waiting) {
      if (number > seq) continue;
      this.#waiting.delete(number);
      socket.send(JSON.stringify({ envelope_id: id }));
    }
  }

  /** Until it is aborted. @throws {AppError} `channel.token`. */
  async run(signal: AbortSignal): Promise<void> {
    const { line, time, emit } = this.#parts;
    const sockets = new Set<TextSocket>();
    let as: SlackIdentity | null = null;
    let failures = 0;
    let why = "";
    let tellWaiting = () => {};
    try {
      while (!signal.aborted) {
        try {
          as ??= await identify(line, signal);
          const connection = await this.#connect(as, signal);
          this.#retire(sockets, signal);
          sockets.add(connection.socket);
          connection.socket.ended.then(() => {
            sockets.delete(connection.socket);
            this.#isGap ||= sockets.size === 0;
            tellWaiting();
          });
          const { id, username, name, team } = as;
          const note = noteOf(as, connection.count - sockets.size);
          emit({ type: "connected", as: { id, username, name, team }, ...note });
          ({ why } = await connection.over);
          const isStable = time.clock.monotonic() - connection.sinceMs >= STABLE_MS;
          failures = isStable ? 0 : failures + 1;
          if (isStable) continue;
        } catch (error) {
          if (signal.aborted) break;
          if (!(error instanceof AppError) || error.code === "channel.token") throw error;
          failures++;
          why = error.message;
        }
        const waitMs = Math.max(reconnectWaitMs(failures, time.random), this.#limitMs);
        this.#limitMs = 0;
        // The old socket may be there still, and end while the next one is waited for.
        tellWaiting = () => {
          if (sockets.size === 0) emit({ type: "waiting", why, waitMs });
        };
        tellWaiting();
        await time.clock.delay(waitMs, signal).catch(() => {});
        tellWaiting = () => {};
      }
    } finally {
      for (const socket of sockets) socket.close();
    }
  }

  /** Ends the sockets of before, a while after there is a new one. */
  #retire(sockets: ReadonlySet<TextSocket>, signal: AbortSignal): void {
    for (const socket of sockets) {
      this.#parts.time.clock.delay(OVERLAP_MS, signal).then(() => socket.close(), () => {});
    }
  }

  async #connect(as: SlackIdentity, signal: AbortSignal): Promise<Connection> {
    const { line, time, open } = this.#parts;
    const reply = await line.callAsApp("apps.connections.open", signal);
    if (reply.type === "limited") this.#limitMs = Math.min(reply.afterS * 1000, MAX_LIMIT_MS);
    const { body } = answerOf(line, "app", reply);
    const read = z.object({ url: z.url() }).safeParse(body);
    if (!read.success) throw malformed(new URL(line.setup.apiUrl).host);
    const url = new URL(read.data.url);
    // What is said there is taken for Slack's, and the ticket in it is a key.
    if (!isOwnAddress(url, line.setup.apiUrl)) throw malformed(new URL(line.setup.apiUrl).host);
    const listener: Listener = {
      userId: as.id,
      botId: as.botId,
      threads: line.setup.threads,
    };
    const hello = Promise.withResolvers<number>();
    const over = Promise.withResolvers<{ why: string }>();
    const early: string[] = [];
    let socket: TextSocket | null = null;
    const onText = (text: string) => {
      if (socket === null) return void early.push(text);
      const said = parseEnvelope(text);
      if (said === null) return;
      if (said.type === "hello") {
        // Before what comes after it: else that would be newer than what was missed.
        if (this.#isGap) this.#catchUp(listener, signal);
        hello.resolve(said.num_connections ?? 1);
      }
      if (said.type === "disconnect") over.resolve({ why: disconnectWords(said.reason) });
      else if (said.envelope_id !== undefined) {
        this.#take(socket, said.envelope_id, said.type, said.payload, listener);
      }
    };
    const opened = await open(url, onText, signal).catch((error) => {
      throw unreachable(url, error instanceof Error ? error.message : "could not connect");
    });
    socket = opened;
    opened.ended.then((why) => {
      over.resolve({ why });
      hello.reject(unreachable(url, why));
    });
    const limit = new AbortController();
    time.clock.delay(HELLO_MS, limit.signal)
      .then(() => hello.reject(unreachable(url, "it did not greet")), () => {});
    for (const text of early.splice(0)) onText(text);
    try {
      const count = await hello.promise;
      return { socket: opened, sinceMs: time.clock.monotonic(), over: over.promise, count };
    } catch (error) {
      opened.close();
      throw error;
    } finally {
      limit.abort();
    }
  }

  #take(
    socket: TextSocket,
    id: string,
    type: string,
    payload: unknown,
    listener: Listener,
  ): void {
    const heard = type === "events_api"
      ? hearEvent(payload, listener)
      : type === "interactive"
      ? hearPress(payload)
      : type === "slash_commands"
      ? hearCommand(payload)
      : null;
    // Slack shows nothing for an acknowledgement without words; the answer is a message.
    if (heard === null) return socket.send(JSON.stringify({ envelope_id: id }));
    if (this.#waiting.size + this.#queued >= MAX_WAITING) return;
    this.#queued++;
    this.#order = this.#order.then(async () => {
      await this.#tell(heard, { socket, id });
      this.#queued--;
    });
  }

  /** Tells what was missed, before anything that comes from now on. */
  #catchUp(listener: Listener, signal: AbortSignal): void {
    const { line, time } = this.#parts;
    this.#isGap = false;
    this.#order = this.#order.then(async () => {
      const { places } = this.#position;
      // It fails only when nobody listens any more.
      const all = await missed(line, listener, places, time, signal).catch(() => []);
      for (const heard of all) await this.#tell(heard, null);
    });
  }

  /** @param confirm What is acknowledged once it is stored. */
  async #tell(
    heard: Heard,
    confirm: { readonly socket: TextSocket; readonly id: string } | null,
  ): Promise<void> {
    const { directory, line, time, emit } = this.#parts;
    const told = await complete(heard, line.setup.name, directory, time.clock.now());
    const seq = ++this.#seq;
    if (confirm !== null) this.#waiting.set(seq, confirm);
    if (told.type === "press") return emit({ ...told, seq, cursor: null });
    this.#position.note(told.message);
    emit({ ...told, seq, cursor: this.#position.toText() });
  }
}

function parseEnvelope(text: string): z.infer<typeof envelope> | null {
  try {
    return envelope.parse(parseShallowJson(text));
  } catch {
    // Nothing of Slack's; what it was cannot be answered.
    return null;
  }
}

function disconnectWords(reason: string | undefined): string {
  return reason === "link_disabled"
    ? "Socket Mode is switched off for the app; switch it on under Settings, Socket Mode"
    : "Slack ended the connection";
}

/** What the owner should know. */
function noteOf({ lacks }: SlackIdentity, others: number): { note: string } | null {
  const notes = [
    ...(lacks.length > 0 ? [`The app has no scope ${lacks.join(", ")}`] : []),
    ...(others > 0
      ? [
        "Another program receives as this app and gets a part of what comes, or did so a minute ago",
      ]
      : []),
  ];
  return notes.length > 0 ? { note: notes.join(". ") } : null;
}

function unreachable({ host }: URL, why: string): AppError {
  return new AppError("channel.unreachable", `Cannot reach Slack at ${host}: ${why}`);
}
