/** The REST API of the fake Discord. Source: Discord's documentation, version 10. */
import type { FakeInteractions } from "./interactions.ts";
import { commandProblems, messageProblems } from "./rules.ts";
import type { FakeMessage, SaidWith, World } from "./world.ts";

/** How it behaves. */
export interface RestRules {
  readonly token: string;
  /** Whether the application may read messages. */
  mayReadContent: boolean;
  startsLeft: number;
  /** Sessions begin again after that, ms. */
  startsAfterMs: number;
}

/** An answer, before it is one. */
export type Answer = readonly [status: number, body?: unknown];

const NO_CONTENT: Answer = [204];

/** Answers requests. */
export class FakeRest {
  /** The list of slash commands. */
  commands: unknown[] = [];
  /** Chats that the bot may neither see nor write in. */
  readonly closed = new Set<string>();
  /** So many looks at channels fail by a fault of Discord's. */
  fails = 0;
  /** Whether it may open threads. */
  mayOpenThreads = true;
  /** Chats where somebody saw the bot write. */
  readonly typed: string[] = [];
  /** Messages by their nonces, for some minutes. */
  readonly #nonces = new Map<string, FakeMessage>();

  readonly world: World;
  readonly rules: RestRules;
  readonly interactions: FakeInteractions;
  readonly gatewayUrl: () => string;
  readonly dispatch: (t: string, d: Record<string, unknown>) => void;

  constructor(
    world: World,
    rules: RestRules,
    interactions: FakeInteractions,
    gatewayUrl: () => string,
    dispatch: (t: string, d: Record<string, unknown>) => void,
  ) {
    this.world = world;
    this.rules = rules;
    this.interactions = interactions;
    this.gatewayUrl = gatewayUrl;
    this.dispatch = dispatch;
  }

  /** Some minutes are over: messages are known by their nonces no more. */
  forgetNonces(): void {
    this.#nonces.clear();
  }

  /** Answers one request to `/api/v10/`. */
  async answer(request: Request, asked: string): Promise<Answer> {
    const path = asked.replace("%40me", "@me");
    if (!/^DiscordBot \(.+, .+\)/.test(request.headers.get("user-agent") ?? "")) {
      return [403, { message: "the user agent is of no form that Discord takes", code: 40333 }];
    }
    const parts = path.split("/").filter((part) => part !== "");
    const [first = "", ...rest] = parts;
    if (first === "interactions" || first === "webhooks") {
      const body = await request.json();
      return this.interactions.answer(first, rest.map(decodeURIComponent), body);
    }
    if (request.headers.get("authorization") !== `Bot ${this.rules.token}`) {
      return [401, { message: "401: Unauthorized", code: 0 }];
    }
    const { world } = this;
    const what = `${request.method} ${first}`;
    if (path === "users/@me") return [200, world.bot];
    if (path === "applications/@me") {
      return [200, { id: world.applicationId, flags: this.rules.mayReadContent ? 1 << 19 : 0 }];
    }
    if (path === "gateway/bot") {
      const { startsLeft: remaining, startsAfterMs: reset_after } = this.rules;
      const session_start_limit = { total: 1000, remaining, reset_after, max_concurrency: 1 };
      return [200, { url: this.gatewayUrl(), shards: 1, session_start_limit }];
    }
    if (what === "PUT applications" && rest[1] === "commands") {
      const list = await request.json();
      const problems = commandProblems(list);
      if (problems.length > 0) return invalid(problems);
      this.commands = list;
      return [200, list];
    }
    if (what === "GET guilds") {
      const guild = world.guilds.get(rest[0] ?? "");
      return guild ? [200, guild] : [404, { message: "Unknown Guild", code: 10004 }];
    }
    return first === "channels"
      ? await this.#channel(request, rest)
      : [404, { message: "?", code: 0 }];
  }

  async #channel(request: Request, [id = "", ...rest]: string[]): Promise<Answer> {
    const channel = this.world.channels.get(id);
    if (!channel) return [404, { message: "Unknown Channel", code: 10003 }];
    if (this.closed.has(id)) return [403, { message: "Missing Access", code: 50001 }];
    const { method } = request;
    if (rest.length === 0 && this.fails > 0) {
      this.fails--;
      return [500, { message: "500: Internal Server Error", code: 0 }];
    }
    const [kind, messageId, more] = rest;
    if (kind === undefined) return [200, channel];
    if (kind === "typing" && method === "POST") {
      this.typed.push(id);
      return NO_CONTENT;
    }
    if (kind !== "messages") return [404, { message: "?", code: 0 }];
    if (messageId === undefined) {
      return method === "POST"
        ? await this.#create(request, id)
        : this.#list(id, new URL(request.url).searchParams);
    }
    const message = this.world.message(id, messageId);
    if (!message) return [404, { message: "Unknown Message", code: 10008 }];
    if (more === "threads") return this.#openThread(id, messageId, await request.json());
    if (method === "GET") return [200, stored(message)];
    const isOwn = message.author.id === this.world.bot.id;
    if (method === "DELETE") {
      if (!isOwn && channel.type === 1) {
        return [403, { message: "Cannot execute action on a DM channel", code: 50003 }];
      }
      const list = this.world.messages.get(id)!;
      list.splice(list.indexOf(message), 1);
      return NO_CONTENT;
    }
    if (!isOwn) {
      return [403, { message: "Cannot edit a message authored by another user", code: 50005 }];
    }
    const body = await request.json();
    const problems = messageProblems(body, 0);
    if (problems.length > 0) return invalid(problems);
    message.content = body.content;
    message.components = body.components ?? message.components;
    message.edited_timestamp = new Date().toISOString();
    this.dispatch("MESSAGE_UPDATE", { ...stored(message) });
    return [200, stored(message)];
  }

  async #create(request: Request, channel: string): Promise<Answer> {
    const isForm = request.headers.get("content-type")?.startsWith("multipart/form-data");
    const form = isForm ? await request.formData() : null;
    const body = form ? JSON.parse(String(form.get("payload_json"))) : await request.json();
    const files: NonNullable<SaidWith["files"]>[number][] = [];
    for (const [key, value] of form ?? []) {
      if (!(value instanceof File)) continue;
      if (!/^files\[\d\]$/.test(key)) return invalid([`${key} is no file`]);
      const bytes = new Uint8Array(await value.arrayBuffer());
      files.push({ name: value.name, type: value.type, bytes });
    }
    const problems = messageProblems(body, files.length);
    if (problems.length > 0) return invalid(problems);
    const { content = "", nonce, enforce_nonce, components, flags, message_reference } = body;
    const known = enforce_nonce ? this.#nonces.get(nonce) : undefined;
    if (known) return [200, known];
    const answered = message_reference?.message_id;
    const isThere = answered && this.world.message(channel, answered);
    if (answered && !isThere && message_reference.fail_if_not_exists !== false) {
      return invalid(["the message that it answers is not in the channel"]);
    }
    const message = this.world.write(channel, this.world.bot, content, {
      files,
      nonce,
      components,
      flags,
      ...(isThere ? { replyTo: answered } : {}),
    });
    if (nonce !== undefined) this.#nonces.set(nonce, message);
    this.dispatch("MESSAGE_CREATE", { ...message });
    return [200, message];
  }

  /** As Discord does: newest first, also where it begins after a message. */
  #list(channel: string, search: URLSearchParams): Answer {
    const limit = Number(search.get("limit") ?? 50);
    if (limit < 1 || limit > 100) return invalid(["limit is not from 1 to 100"]);
    const [after, before] = [search.get("after"), search.get("before")];
    const all = (this.world.messages.get(channel) ?? []).filter(({ id }) =>
      (after === null || BigInt(id) > BigInt(after)) &&
      (before === null || BigInt(id) < BigInt(before))
    );
    const page = after === null ? all.slice(-limit) : all.slice(0, limit);
    return [200, page.reverse().map(stored)];
  }

  #openThread(parent: string, id: string, { name }: { name?: unknown }): Answer {
    if (!this.mayOpenThreads) return [403, { message: "Missing Permissions", code: 50013 }];
    if (typeof name !== "string" || name === "" || name.length > 100) {
      return invalid(["the name of a thread is empty or longer than 100"]);
    }
    if (this.world.channels.has(id)) {
      return [400, { message: "A thread has already been created", code: 160004 }];
    }
    this.world.thread(parent, { id, name });
    const thread = this.world.channels.get(id)!;
    this.dispatch("THREAD_CREATE", { ...thread });
    return [201, thread];
  }
}

/** A message as it is given out later: its nonce is lost. */
function stored({ nonce: _lost, ...message }: FakeMessage): Omit<FakeMessage, "nonce"> {
  return message;
}

function invalid(problems: readonly string[]): Answer {
  return [400, { message: "Invalid Form Body", code: 50035, errors: problems }];
}
