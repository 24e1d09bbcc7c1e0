/**
 * A Discord on this machine: its REST API, its gateway and its files, with its limits and codes.
 * `tests/channels/discord/sdk_test.ts` drives it with Discord's usual SDK, so that it is known to
 * speak what that does.
 */
import { canaries, type ReportedRequest } from "../../canaries.ts";
import { FakeGateway } from "./gateway.ts";
import { FakeInteractions } from "./interactions.ts";
import { FakeRest } from "./rest.ts";
import { type FakeMessage, type FakeUser, type SaidWith, World } from "./world.ts";

/** Token of its bot. */
export const DISCORD_TOKEN = "MTE2.canary.discord-5d1f0a77c3";

/** Longest that a test waits for something to happen, ms: it hangs, else. */
const PATIENCE_MS = 30_000;

/** A limit on routes. */
interface Limit {
  readonly pattern: RegExp;
  readonly count: number;
  readonly resetS: number;
  left: number;
}

/** A Discord on this machine. */
export class DiscordService implements AsyncDisposable {
  readonly world: World;
  readonly rest: FakeRest;
  readonly gateway: FakeGateway;
  readonly interactions: FakeInteractions;
  readonly requests: (ReportedRequest & { readonly line: string })[] = [];
  readonly rules = {
    token: DISCORD_TOKEN,
    mayReadContent: true,
    answersHeartbeats: true,
    heartbeatMs: 41_250,
    startsLeft: 1000,
    startsAfterMs: 3_600_000,
  };
  /** Nothing is answered but by 503, and nobody can connect. */
  isDown = false;
  /** So many messages are written whose answer is lost. */
  losesAnswers = 0;
  /** Seconds that Discord's front refuses everything for; 0: it does not. */
  closesFrontS = 0;
  /** Where requests for files are sent on to; null: nowhere. */
  redirects: string | null = null;
  readonly #limits: Limit[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #check: () => void;

  constructor() {
    canaries.plant(this.rules.token);
    this.#check = canaries.watchService(this);
    const dispatch = (t: string, d: Record<string, unknown>) => {
      this.gateway.dispatch(t, d);
      this.#changed();
    };
    this.world = new World(() => `${this.url}cdn/attachments/`);
    this.interactions = new FakeInteractions(this.world, dispatch);
    const address = (path: string) => `${this.url.replace("http", "ws")}${path}`;
    this.rest = new FakeRest(
      this.world,
      this.rules,
      this.interactions,
      () => address("gateway"),
      dispatch,
    );
    this.gateway = new FakeGateway(
      this.world,
      this.rules,
      () => address("resume"),
      () => this.#changed(),
    );
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#handle(request),
    );
  }

  /** Ending in `/`. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** As `[channels.<name>] api_url`. */
  get apiUrl(): string {
    return `${this.url}api/`;
  }

  /** Somebody writes. */
  say(channel: string, author: FakeUser, content: string, how: SaidWith = {}): FakeMessage {
    const message = this.world.write(channel, author, content, how);
    this.gateway.dispatch("MESSAGE_CREATE", { ...message });
    this.#changed();
    return message;
  }

  /** What the bot wrote in a chat. */
  sent(channel: string): FakeMessage[] {
    const all = this.world.messages.get(channel) ?? [];
    return all.filter(({ author }) => author.id === this.world.bot.id);
  }

  /** Routes that match take so many requests until {@linkcode refill}. */
  limit(pattern: RegExp, count: number, resetS: number): void {
    this.#limits.push({ pattern, count, resetS, left: count });
  }

  /** The time of all limits is over. */
  refill(): void {
    for (const limit of this.#limits) limit.left = limit.count;
  }

  /** Resolves when it holds; it is looked at after everything that happens here. */
  async until(holds: () => boolean, what: string): Promise<void> {
    if (holds()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (holds()) resolve();
    };
    this.#waiting.add(look);
    const timer = setTimeout(() => reject(new Error(`never: ${what}`)), PATIENCE_MS);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gateway.drop();
    await this.#server.shutdown();
    this.#check();
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  async #handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (this.closesFrontS > 0) {
      const headers = { "retry-after": String(this.closesFrontS) };
      return new Response("error code: 1015", { status: 429, headers });
    }
    if (this.isDown) return Response.json({ message: "down", code: 0 }, { status: 503 });
    if (request.headers.get("upgrade") === "websocket") return this.gateway.accept(request);
    const line = `${request.method} ${pathname}`;
    const { headers, method, url } = request;
    const bytes = await request.arrayBuffer();
    const body = new TextDecoder().decode(bytes);
    this.requests.push({ line, path: pathname, headers, body });
    const read = new Request(url, { method, headers, body: bytes.byteLength > 0 ? bytes : null });
    try {
      if (pathname.startsWith("/cdn/")) return this.#file(pathname);
      const path = /^\/api\/v10\/(.*)$/.exec(pathname)?.[1];
      if (path === undefined) return new Response(null, { status: 404 });
      const limited = this.#limited(`${request.method} ${path}`);
      if (limited instanceof Response) return limited;
      const [status, body] = await this.rest.answer(read, path);
      const isMessage = request.method === "POST" && /\/messages$/.test(path);
      if (isMessage && status === 200 && this.losesAnswers > 0) {
        this.losesAnswers--;
        return new Response(null, { status: 502 });
      }
      return body === undefined
        ? new Response(null, { status, headers: limited })
        : Response.json(body, { status, headers: limited });
    } finally {
      this.#changed();
    }
  }

  #file(pathname: string): Response {
    if (this.redirects) return Response.redirect(this.redirects);
    const bytes = this.world.files.get(pathname.split("/")[4] ?? "");
    return bytes ? new Response(bytes) : new Response(null, { status: 404 });
  }

  /** The headers of its limit, or its refusal. */
  #limited(line: string): Response | Record<string, string> {
    const limit = this.#limits.find(({ pattern }) => pattern.test(line));
    if (!limit) return {};
    const headers = {
      "x-ratelimit-bucket": `bucket-${this.#limits.indexOf(limit)}`,
      "x-ratelimit-limit": String(limit.count),
      "x-ratelimit-remaining": String(Math.max(0, limit.left - 1)),
      "x-ratelimit-reset-after": String(limit.resetS),
    };
    if (limit.left > 0) {
      limit.left--;
      return headers;
    }
    const body = {
      message: "You are being rate limited.",
      retry_after: limit.resetS,
      global: false,
    };
    return Response.json(body, {
      status: 429,
      headers: { ...headers, "retry-after": String(limit.resetS), "x-ratelimit-scope": "user" },
    });
  }
}
