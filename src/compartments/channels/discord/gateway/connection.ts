/**
 * One connection to the gateway: it keeps the heartbeat, and gives out payloads in order until it
 * ends. A peer that leaves heartbeats unanswered is dead, whatever the network says.
 * Source: Discord's documentation, "Gateway".
 */
import * as z from "zod";
import { AppError } from "../../../../base/app_error.ts";
import type { ThreadTime } from "../../thread_time.ts";
import { type GatewayPayload, payload } from "../payloads.ts";

/** Codes of operations. */
export const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const;

/** Longest until the gateway says hello, and until it takes the session, ms. */
const OPEN_LIMIT_MS = 20_000;

/** Longest until a heartbeat is answered, ms; after a sleep the other end is often gone. */
const ACK_LIMIT_MS = 15_000;

/** Payloads that wait to be worked off; one that is over it comes again with the next connection. */
const MAX_WAITING = 1000;

/** By this code ours closes: 1000 and 1001 would end the session. */
const KEEP_SESSION = 4000;

/** How it ended; `code` 0: the network's doing, or ours. */
export interface Ended {
  readonly type: "ended";
  readonly code: number;
  /** Safe to show. */
  readonly why: string;
}

/** A connection that said hello. */
export interface Connection {
  /** The next payload, or how it ended. */
  next(): Promise<{ readonly type: "payload"; readonly payload: GatewayPayload } | Ended>;
  send(op: number, data: unknown): void;
  /** The session is taken: no more limit on the wait. */
  opened(): void;
  /** Ends it; the session can be gone on with. */
  close(why: string): void;
}

/** What it works with. */
export interface ConnectionSetup extends ThreadTime {
  openSocket(url: string): WebSocket;
  /** How far the session is on the disk. */
  sequence(): number | null;
  /** Called with each heartbeat. */
  onHeartbeat(): void;
}

const hello = z.object({ heartbeat_interval: z.number().min(100).max(600_000) });

/** Connects to an address. @throws {AppError} `channel.unreachable`: none that it may connect to. */
export function connect(url: string, setup: ConnectionSetup, signal: AbortSignal): Connection {
  const { clock, random } = setup;
  const waiting: GatewayPayload[] = [];
  let ended: Ended | null = null;
  let wake: (() => void) | null = null;
  let isAnswered = true;
  const life = new AbortController();
  const socket = opened(url, setup);

  const end = (code: number, why: string) => {
    if (ended) return;
    ended = { type: "ended", code, why };
    life.abort(ended);
    signal.removeEventListener("abort", stop);
    try {
      socket.close(KEEP_SESSION);
    } catch {
      // Not open yet, or no more.
    }
    wake?.();
  };
  const stop = () => end(0, "stopped");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });

  const send = (op: number, data: unknown) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ op, d: data }));
  };
  const beat = () => {
    isAnswered = false;
    send(OP.heartbeat, setup.sequence());
    setup.onHeartbeat();
  };
  const keepBeating = async (intervalMs: number) => {
    await clock.delay(intervalMs * random.fraction(), life.signal);
    for (;;) {
      beat();
      const limitMs = Math.min(intervalMs, ACK_LIMIT_MS);
      await clock.delay(limitMs, life.signal);
      if (!isAnswered) return end(0, "the gateway left a heartbeat unanswered");
      await clock.delay(intervalMs - limitMs, life.signal);
    }
  };
  const limit = new AbortController();
  clock.delay(OPEN_LIMIT_MS, AbortSignal.any([life.signal, limit.signal])).then(
    () => end(0, "the gateway did not answer"),
    () => {},
  );

  const take = (text: unknown) => {
    const read = payload.safeParse(typeof text === "string" ? parsed(text) : null);
    if (!read.success) return end(0, "the gateway sent something of no known form");
    const { op, d } = read.data;
    if (op === OP.heartbeatAck) isAnswered = true;
    else if (op === OP.heartbeat) beat();
    else if (waiting.length >= MAX_WAITING) end(0, "more came than could be stored");
    else {
      if (op === OP.hello) {
        const said = hello.safeParse(d);
        if (!said.success) return end(0, "the gateway sent something of no known form");
        keepBeating(said.data.heartbeat_interval).catch(() => {});
      }
      waiting.push(read.data);
      wake?.();
    }
  };
  socket.onmessage = ({ data }) => take(data);
  socket.onclose = ({ code }) =>
    end(code, code > 1006 ? `the gateway closed with ${code}` : "the connection was lost");
  socket.onerror = () => end(0, "could not connect to the gateway");

  return {
    async next() {
      for (;;) {
        const first = waiting.shift();
        // What came before the end counts, unless ours stops.
        if (first && !signal.aborted) return { type: "payload", payload: first };
        if (ended) return ended;
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    },
    send,
    opened: () => limit.abort(),
    close: (why) => end(0, why),
  };
}

function opened(url: string, { openSocket }: ConnectionSetup): WebSocket {
  try {
    return openSocket(url);
  } catch {
    throw new AppError("channel.unreachable", "Discord named a gateway that is none of its hosts");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
