/**
 * Where a channel's messages belong: which chat, which thread, and who can be there. Discord says a
 * channel's id with each message and no more, so it is asked once for each channel and server.
 */
import type { ChatPlace } from "../../../model/channels/message.ts";
import { channel, guild } from "./payloads.ts";
import type { RestClient } from "./rest/rest_client.ts";

/** Channels and servers that are remembered. */
const MAX_KNOWN = 2000;

/** Types of channels. Source: Discord's documentation, "Channel Types". */
const DIRECT = 1;
const THREADS: ReadonlySet<number> = new Set([10, 11, 12]);
const PRIVATE_THREAD = 12;
/** Text and announcements. */
const TAKES_THREADS: ReadonlySet<number> = new Set([0, 5]);

/** Seeing a channel. Source: Discord's documentation, "Permissions". */
const VIEW_CHANNEL = 1n << 10n;

/** A place, with what it takes to see who is spoken to there. */
export interface Known {
  readonly place: ChatPlace;
  /** The role that Discord made for the bot, which people take for the bot; null: there is none. */
  readonly botRole: string | null;
  /** Whether the bot opened the thread: what is said in it is said to the bot. */
  readonly isOwnThread: boolean;
  /** Whether a message in it can begin a thread. */
  readonly takesThreads: boolean;
}

interface Server {
  /** Whether anybody may join it. */
  readonly isOpen: boolean;
  readonly botRole: string | null;
  /** What everybody may do there. */
  readonly everyone: bigint;
}

/** Places of one bot. */
export class Places {
  readonly #name: string;
  readonly #rest: RestClient;
  readonly #places = new Map<string, Known>();
  readonly #servers = new Map<string, Server>();

  /**
   * @param name Of the bot, as configured.
   * @param rest Asks.
   */
  constructor(name: string, rest: RestClient) {
    this.#name = name;
    this.#rest = rest;
  }

  /**
   * The place of a channel or thread.
   *
   * @param me Id of the bot.
   * @throws {AppError} As `RestClient.read`.
   */
  async of(id: string, me: string, signal: AbortSignal): Promise<Known> {
    const known = this.#places.get(id) ?? await this.#ask(id, me, signal);
    bounded(this.#places).set(id, known);
    return known;
  }

  async #server(id: string, me: string, signal: AbortSignal): Promise<Server> {
    const known = this.#servers.get(id);
    if (known) return known;
    const { features, vanity_url_code, roles } = await this.#rest.read(
      guild,
      `guilds/${id}`,
      undefined,
      signal,
    );
    const server = {
      isOpen: Boolean(vanity_url_code) || features.includes("DISCOVERABLE") ||
        features.includes("COMMUNITY"),
      botRole: roles.find(({ tags }) => tags?.bot_id === me)?.id ?? null,
      everyone: BigInt(roles.find((role) => role.id === id)?.permissions ?? "0"),
    };
    bounded(this.#servers).set(id, server);
    return server;
  }

  /** Something of a channel or server changed: it is asked about anew. */
  forget(id: string): void {
    if (this.#servers.delete(id)) this.#places.clear();
    this.#places.delete(id);
    // Who may see a channel may see its threads.
    for (const [key, { place }] of this.#places) {
      if (place.chat === id) this.#places.delete(key);
    }
  }

  async #ask(id: string, me: string, signal: AbortSignal): Promise<Known> {
    const told = await this.#rest.read(channel, `channels/${id}`, id, signal);
    if (told.type === DIRECT || told.guild_id === undefined) {
      return {
        place: this.#place(id, "direct"),
        botRole: null,
        isOwnThread: false,
        takesThreads: false,
      };
    }
    if (THREADS.has(told.type) && told.parent_id) {
      const { place, botRole } = await this.of(told.parent_id, me, signal);
      const kind = told.type === PRIVATE_THREAD ? "group" : place.kind;
      return {
        place: { ...place, thread: id, kind },
        botRole,
        isOwnThread: told.owner_id === me,
        takesThreads: false,
      };
    }
    const { isOpen, everyone, botRole } = await this.#server(told.guild_id, me, signal);
    const ofEveryone = told.permission_overwrites.find((one) => one.id === told.guild_id);
    const seenByAll = (everyone & VIEW_CHANNEL & ~BigInt(ofEveryone?.deny ?? "0")) !== 0n;
    return {
      place: this.#place(id, isOpen && seenByAll ? "public" : "group"),
      botRole,
      isOwnThread: false,
      takesThreads: TAKES_THREADS.has(told.type),
    };
  }

  #place(chat: string, kind: ChatPlace["kind"]): ChatPlace {
    return { channel: this.#name, chat, thread: null, kind };
  }
}

function bounded<T>(known: Map<string, T>): Map<string, T> {
  if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? "");
  return known;
}
