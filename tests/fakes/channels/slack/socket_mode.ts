/**
 * Slack's end of Socket Mode: tickets that are good once, up to ten sockets, envelopes that come
 * again over another one where they were not acknowledged.
 * Source: docs.slack.dev, "Using Socket Mode", "Events API" (retries).
 */
import { inTime } from "./in_time.ts";
import { BOT } from "./workspace.ts";

/** Something that the app has to acknowledge. */
interface Envelope {
  readonly type: "events_api" | "interactive" | "slash_commands";
  readonly payload: unknown;
  attempt: number;
  /** The socket that it went over last; null: it waits for one. */
  over: WebSocket | null;
  /** Ids that it went out under. */
  readonly ids: string[];
}

/** Slack's end. */
export class SocketMode {
  readonly #tickets = new Set<string>();
  readonly #open: WebSocket[] = [];
  readonly #unacknowledged = new Set<Envelope>();
  readonly #watchers = new Set<() => void>();
  /** What was acknowledged, in order. */
  readonly acknowledged: unknown[] = [];
  /** Acknowledgements of what was never sent, or twice. */
  readonly wrong: unknown[] = [];
  /** How often somebody connected. */
  connections = 0;
  /** Whether sockets greet. @default true */
  greets = true;

  /** Address for one connection. */
  newAddress(host: string): string {
    const ticket = crypto.randomUUID();
    this.#tickets.add(ticket);
    return `ws://${host}/link/?ticket=${ticket}&app_id=${BOT.appId}`;
  }

  /** Sockets that are open, oldest first. */
  get open(): readonly WebSocket[] {
    return this.#open;
  }

  /** Envelopes without an acknowledgement. */
  get pending(): number {
    return this.#unacknowledged.size;
  }

  /** Takes a socket. */
  upgrade(request: Request): Response {
    if (!this.#tickets.delete(new URL(request.url).searchParams.get("ticket") ?? "")) {
      return new Response("no such ticket", { status: 404 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      this.#open.push(socket);
      this.connections++;
      if (this.greets) this.#greet(socket);
      this.#changed();
    };
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onerror = () => {};
    socket.onclose = () => {
      const place = this.#open.indexOf(socket);
      if (place >= 0) this.#open.splice(place, 1);
      this.#changed();
    };
    return response;
  }

  /** Sends something for the app. */
  send(type: Envelope["type"], payload: unknown): void {
    const envelope: Envelope = { type, payload, attempt: -1, over: null, ids: [] };
    this.#unacknowledged.add(envelope);
    this.#deliver(envelope);
  }

  /** Sends what is not acknowledged once more, as Slack does after some seconds. */
  retry(): void {
    for (const envelope of this.#unacknowledged) this.#deliver(envelope);
  }

  /** Says that a socket will end, and keeps it. */
  disconnect(
    reason: "warning" | "refresh_requested" | "link_disabled",
    socket = this.#open[0],
  ): void {
    if (socket) {
      this.#tell(socket, { type: "disconnect", reason, debug_info: { host: "applink-1" } });
    }
  }

  /** Something that is none of Slack's forms. */
  say(text: string): void {
    this.#open.at(-1)?.send(text);
  }

  /** Resolves when `test` holds, which is tried after everything that happens. */
  async until(test: () => boolean): Promise<void> {
    while (!test()) {
      const change = new Promise<void>((resolve) => this.#watchers.add(resolve));
      await inTime(change, `it does not come to this: ${test}`);
    }
  }

  /** Ends all of them. */
  closeAll(): void {
    for (const socket of [...this.#open]) socket.close();
  }

  #greet(socket: WebSocket): void {
    this.#tell(socket, {
      type: "hello",
      num_connections: this.#open.length,
      debug_info: { host: "applink-1", build_number: 1, approximate_connection_time: 18_060 },
      connection_info: { app_id: BOT.appId },
    });
    for (const envelope of this.#unacknowledged) {
      const { over } = envelope;
      if (over === null || over.readyState !== WebSocket.OPEN) this.#deliver(envelope);
    }
  }

  #deliver(envelope: Envelope): void {
    const socket = this.#open.at(-1);
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    const id = crypto.randomUUID();
    envelope.ids.push(id);
    envelope.over = socket;
    envelope.attempt++;
    this.#tell(socket, {
      envelope_id: id,
      type: envelope.type,
      payload: envelope.payload,
      accepts_response_payload: envelope.type !== "events_api",
      ...(envelope.type === "events_api"
        ? { retry_attempt: envelope.attempt, retry_reason: envelope.attempt > 0 ? "timeout" : "" }
        : {}),
    });
  }

  #hear(text: string): void {
    const said = JSON.parse(text) as { envelope_id?: unknown };
    const found = [...this.#unacknowledged].find(({ ids }) =>
      ids.includes(String(said.envelope_id))
    );
    if (found) {
      this.#unacknowledged.delete(found);
      this.acknowledged.push(found.payload);
    } else this.wrong.push(said);
    this.#changed();
  }

  #tell(socket: WebSocket, value: unknown): void {
    socket.send(JSON.stringify(value));
  }

  #changed(): void {
    const waiting = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of waiting) wake();
  }
}
