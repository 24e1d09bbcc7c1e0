/**
 * The gateway of the fake Discord: sessions that outlive their connections, what came meanwhile,
 * and the codes that it closes with. Source: Discord's documentation, "Gateway", version 10.
 */
import type { World } from "./world.ts";

/** Intents that events are sent for. */
const GUILDS = 1 << 0;
const GUILD_MESSAGES = 1 << 9;
const DIRECT_MESSAGES = 1 << 12;
const MESSAGE_CONTENT = 1 << 15;

interface Session {
  readonly id: string;
  readonly intents: number;
  readonly sent: { op: 0; t: string; s: number; d: unknown }[];
  socket: WebSocket | null;
  sequence: number;
}

/** How it behaves. */
export interface GatewayRules {
  readonly token: string;
  /** Whether the application may read messages. */
  mayReadContent: boolean;
  /** Whether heartbeats are answered. */
  answersHeartbeats: boolean;
  heartbeatMs: number;
  /** Sessions that may still begin. */
  startsLeft: number;
}

/** What was seen of clients. */
export interface GatewayCounts {
  identified: number;
  resumed: number;
  heartbeats: (number | null)[];
  /** Codes that clients closed with. */
  closed: number[];
}

/** Speaks to clients. */
export class FakeGateway {
  readonly counts: GatewayCounts = { identified: 0, resumed: 0, heartbeats: [], closed: [] };
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Set<WebSocket>();
  #ids = 0;

  readonly world: World;
  readonly rules: GatewayRules;
  /** Where sessions are resumed. */
  readonly address: () => string;
  readonly onChange: () => void;

  constructor(world: World, rules: GatewayRules, address: () => string, onChange: () => void) {
    this.world = world;
    this.rules = rules;
    this.address = address;
    this.onChange = onChange;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Sessions that have a connection. */
  get attached(): number {
    return [...this.#sessions.values()].filter(({ socket }) => socket).length;
  }

  /** Takes a connection. */
  accept(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const search = new URL(request.url).searchParams;
    let session: Session | null = null;
    socket.onopen = () => {
      this.#sockets.add(socket);
      if (search.get("v") !== "10" || search.get("encoding") !== "json") return socket.close(4012);
      socket.send(
        JSON.stringify({
          op: 10,
          d: { heartbeat_interval: this.rules.heartbeatMs },
          s: null,
          t: null,
        }),
      );
      this.onChange();
    };
    socket.onmessage = ({ data }) => {
      const text = typeof data === "string" ? data : new TextDecoder().decode(data);
      const { op, d } = JSON.parse(text);
      if (op === 1) this.#beat(socket, session, d);
      else if (op === 2) {
        if (session) return socket.close(4005);
        session = this.#identify(socket, d);
      } else if (op === 6) {
        if (session) return socket.close(4005);
        session = this.#resume(socket, d);
      } else socket.close(session ? 4001 : 4003);
      this.onChange();
    };
    socket.onclose = ({ code }) => {
      this.#sockets.delete(socket);
      this.counts.closed.push(code);
      if (session?.socket === socket) {
        session.socket = null;
        if (code === 1000 || code === 1001) this.#sessions.delete(session.id);
      }
      this.onChange();
    };
    return response;
  }

  /** An event, to each session that wants it. */
  dispatch(t: string, d: Record<string, unknown>): void {
    for (const session of this.#sessions.values()) {
      const seen = visible(t, d, session.intents, this.world.bot.id);
      if (seen) this.#send(session, t, seen);
    }
  }

  /** Connections end as when a cable is cut; sessions stay. */
  drop(): void {
    for (const socket of this.#sockets) socket.close(4000);
  }

  /** Ends connections with a code of Discord's. */
  closeWith(code: number): void {
    for (const socket of this.#sockets) socket.close(code);
  }

  /** Says op 7. */
  askReconnect(): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ op: 7, d: null }));
  }

  /** Says op 9; sessions that are not to be resumed are over. */
  invalidate(resumable: boolean): void {
    if (!resumable) this.#sessions.clear();
    for (const socket of this.#sockets) socket.send(JSON.stringify({ op: 9, d: resumable }));
  }

  /** Wants a heartbeat at once. */
  askHeartbeat(): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ op: 1, d: null }));
  }

  /** Sessions without a connection are over, as some minutes after it was lost. */
  forgetSessions(): void {
    for (const { id, socket } of this.#sessions.values()) if (!socket) this.#sessions.delete(id);
  }

  #beat(socket: WebSocket, session: Session | null, sequence: number | null): void {
    if (sequence !== null && sequence > (session?.sequence ?? 0)) return socket.close(4007);
    this.counts.heartbeats.push(sequence);
    if (this.rules.answersHeartbeats) socket.send(JSON.stringify({ op: 11, d: null }));
  }

  #identify(socket: WebSocket, d: Record<string, unknown>): Session | null {
    const { token, intents, properties } = d as {
      token: unknown;
      intents: unknown;
      properties: Record<string, unknown> | undefined;
    };
    this.counts.identified++;
    this.rules.startsLeft--;
    const named = ["os", "browser", "device"].every((key) => typeof properties?.[key] === "string");
    const code = !named
      ? 4002
      : token !== this.rules.token
      ? 4004
      : typeof intents !== "number" || intents <= 0 || intents >= 1 << 26
      ? 4013
      : (intents & MESSAGE_CONTENT) !== 0 && !this.rules.mayReadContent
      ? 4014
      : null;
    if (code !== null) {
      socket.close(code);
      return null;
    }
    const id = `session-${++this.#ids}-${crypto.randomUUID()}`;
    const session = { id, intents: intents as number, sent: [], socket, sequence: 0 };
    this.#sessions.set(id, session);
    const { bot, applicationId, guilds } = this.world;
    this.#send(session, "READY", {
      v: 10,
      user: bot,
      guilds: [...guilds.keys()].map((guild) => ({ id: guild, unavailable: true })),
      session_id: id,
      resume_gateway_url: this.address(),
      application: { id: applicationId, flags: 0 },
      shard: [0, 1],
    });
    for (const guild of guilds.values()) this.#send(session, "GUILD_CREATE", { ...guild });
    return session;
  }

  #resume(socket: WebSocket, d: Record<string, unknown>): Session | null {
    const { token, session_id, seq } = d;
    const session = this.#sessions.get(String(session_id));
    if (token !== this.rules.token) socket.close(4004);
    else if (!session) socket.send(JSON.stringify({ op: 9, d: false }));
    else if (typeof seq !== "number" || seq > session.sequence) {
      this.#sessions.delete(session.id);
      socket.close(4007);
    } else {
      this.counts.resumed++;
      session.socket = socket;
      for (const sent of session.sent) if (sent.s > seq) socket.send(JSON.stringify(sent));
      this.#send(session, "RESUMED", {});
      return session;
    }
    return null;
  }

  #send(session: Session, t: string, d: unknown): void {
    const sent = { op: 0 as const, t, s: ++session.sequence, d };
    session.sent.push(sent);
    if (session.socket?.readyState === WebSocket.OPEN) session.socket.send(JSON.stringify(sent));
  }
}

/** What a session with these intents is told of an event; null: nothing. */
function visible(t: string, d: Record<string, unknown>, intents: number, bot: string) {
  if (t === "INTERACTION_CREATE") return d;
  if (!t.startsWith("MESSAGE_")) return (intents & GUILDS) !== 0 ? d : null;
  const isDirect = d["guild_id"] === undefined;
  if ((intents & (isDirect ? DIRECT_MESSAGES : GUILD_MESSAGES)) === 0) return null;
  const { author, mentions } = d as { author: { id: string }; mentions: { id: string }[] };
  const isReadable = isDirect || (intents & MESSAGE_CONTENT) !== 0 || author.id === bot ||
    mentions.some(({ id }) => id === bot);
  return isReadable ? d : { ...d, content: "", attachments: [], components: [] };
}
