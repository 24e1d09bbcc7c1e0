/** A bot of Discord, as every `channel:<name>` thread is one. See `ChannelApi` for the contract. */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { BotIdentity } from "../../../model/channels/channel.ts";
import type { CallContext, Handlers } from "../../wire.ts";
import type { ChannelApi, ChannelSetup } from "../api.ts";
import type { ThreadTime } from "../thread_time.ts";
import { intentsError } from "./gateway/close_codes.ts";
import { type Read, type Reception, startReception } from "./gateway/receive.ts";
import { readAfter, readHistory } from "./history.ts";
import {
  COMMAND_OPTION,
  isNobodys,
  readCommand,
  readHistoryMessage,
  readMessage,
  readPress,
} from "./inbound.ts";
import { Interactions } from "./interactions.ts";
import {
  application,
  type DiscordMessage,
  interaction,
  message,
  snowflake,
  user,
} from "./payloads.ts";
import { Places } from "./places.ts";
import { readFile } from "./read_file.ts";
import { createRest, errorOf, type RestClient } from "./rest/rest_client.ts";
import { checked, createSender, nonceOf, type Sender } from "./sending.ts";

/** Flags of an application that may read what people write, in few servers or in many. */
const READS_CONTENT = (1 << 18) | (1 << 19);

/** As long Discord surely knows a message of ours again by its number, ms; "some minutes". */
const KNOWN_AGAIN_MS = 60_000;

/** Messages of ours that were seen to arrive. */
const MAX_ARRIVED = 1000;

/** The world outside. */
export interface DiscordEffects extends ThreadTime {
  readonly fetch: typeof fetch;
  openSocket(url: string): WebSocket;
}

interface Bot {
  readonly setup: ChannelSetup;
  readonly rest: RestClient;
  readonly sender: Sender;
  readonly places: Places;
  readonly interactions: Interactions;
  /** By their numbers for Discord, ids of messages of ours that it told of. */
  readonly arrived: Map<string, string>;
}

/** Events after which a channel or server is asked about anew. */
const CHANGES = /^(CHANNEL|THREAD|GUILD)_(UPDATE|DELETE)$/;

const changed = z.object({ id: snowflake });

/** The methods of its thread. */
export function createDiscordChannel(effects: DiscordEffects): Handlers {
  const { clock, fetch } = effects;
  let configured: Bot | null = null;
  let reception: Reception | null = null;
  const bot = (): Bot => {
    if (!configured) throw new AppError("channel.not_configured", "The bot is not configured");
    return configured;
  };

  const api: Omit<ChannelApi, "receive"> = {
    configure(setup) {
      const rest = createRest({ apiUrl: setup.apiUrl, token: setup.token, clock, fetch });
      configured = {
        setup,
        rest,
        sender: createSender(rest),
        places: new Places(setup.name, rest),
        interactions: new Interactions(rest, clock),
        arrived: new Map(),
      };
      return Promise.resolve();
    },
    identify: () => identify(bot().rest),
    stored: ({ seq }) => reception?.stored(seq),
    send: (sent) => bot().sender.send(sent),
    edit: (edited) => bot().sender.edit(edited),
    remove: (which) => bot().sender.remove(which),
    async find({ place, key, sinceMs }) {
      const { rest, arrived } = bot();
      const nonce = await nonceOf(key);
      const seen = arrived.get(nonce);
      if (seen !== undefined) return { type: "found", messageId: seen };
      // Sent again, it is the same message.
      if (clock.now() - sinceMs < KNOWN_AGAIN_MS) return { type: "absent" };
      try {
        const me = await rest.read(user, "users/@me");
        const since = { sinceMs: sinceMs - KNOWN_AGAIN_MS, untilMs: null, limit: 500 };
        const messages = await readHistory(rest, checked(place.thread ?? place.chat), since);
        const own = messages.filter(({ author }) => author.id === me.id);
        const same = own.find((one) => String(one.nonce ?? "") === nonce);
        if (same) return { type: "found", messageId: same.id };
        // History has no numbers: one of the bot's own may be this one.
        return { type: own.length === 0 && messages.length < since.limit ? "absent" : "unknown" };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        // A thread that is opened by its first message is not there before it.
        return { type: error.code === "channel.no_history" && place.thread ? "absent" : "unknown" };
      }
    },
    typing: (place) => bot().sender.typing(place),
    answerPress: ({ pressId, text }) => bot().interactions.answer(pressId, text),
    readFile: (which) => readFile(which, { rest: bot().rest, apiUrl: bot().setup.apiUrl, fetch }),
    sendFile: (sent) => bot().sender.sendFile(sent),
    async setCommands(list) {
      const { rest, setup } = bot();
      const { id } = await rest.read(application, "applications/@me");
      const answer = await rest.ask({
        method: "PUT",
        path: `applications/${id}/commands`,
        body: list.map(commandOf),
      });
      if (answer.type !== "ok") throw errorOf(answer, new URL(setup.apiUrl).host);
    },
    async history({ place, ...which }) {
      const messages = await readHistory(bot().rest, checked(place.thread ?? place.chat), which);
      return messages.map(readHistoryMessage);
    },
  };

  async function receive({ cursor }: { cursor: string | null }, { signal, emit }: CallContext) {
    const own = bot();
    const readOne = (one: DiscordMessage, me: BotIdentity, until: AbortSignal) =>
      readWritten(own, one, me, until);
    reception = startReception(cursor, {
      ...effects,
      token: own.setup.token,
      rest: own.rest,
      identify: (until) => identify(own.rest, until),
      read: (event, me, until) => readEvent(own, event, me, until),
      async readMissed(channel, after, me, until) {
        try {
          const messages = await readAfter(own.rest, channel, after, until);
          const read = [];
          for (const one of messages) read.push(await readOne(one, me, until));
          return read.filter((one) => one !== null);
        } catch (error) {
          if (error instanceof AppError && error.code === "channel.no_history") return [];
          throw error;
        }
      },
      onStored: (id) => void own.interactions.stored(id),
      emit,
    }, signal);
    await reception.ended;
  }
  return { ...api, receive };
}

async function identify(rest: RestClient, signal?: AbortSignal): Promise<BotIdentity> {
  const { id, username, global_name } = await rest.read(user, "users/@me", undefined, signal);
  const { flags } = await rest.read(application, "applications/@me", undefined, signal);
  if ((flags & READS_CONTENT) === 0) throw intentsError();
  return { id, username, name: global_name ?? username, team: null };
}

async function readEvent(
  bot: Bot,
  { name, data }: { readonly name: string; readonly data: unknown },
  me: BotIdentity,
  signal: AbortSignal,
): Promise<Read> {
  if (CHANGES.test(name)) {
    const { data: which } = changed.safeParse(data);
    if (which) bot.places.forget(which.id);
  }
  const written = name === "MESSAGE_CREATE" ? message.safeParse(data).data : undefined;
  if (written) return await readWritten(bot, written, me, signal);
  const given = name === "INTERACTION_CREATE" ? interaction.safeParse(data).data : undefined;
  if (!given?.channel_id) return null;
  const known = await placeOf(bot, given.channel_id, me, signal);
  if (!known) return null;
  const command = readCommand(given, known.place);
  const press = readPress(given, known.place);
  const { id, token, application_id, data: what } = given;
  bot.interactions.came(id, {
    token,
    application: application_id,
    command: command ? what?.name ?? "" : null,
  });
  if (command) return { type: "message", message: command, channel: given.channel_id };
  return press ? { type: "press", press } : null;
}

async function readWritten(
  bot: Bot,
  written: DiscordMessage,
  me: BotIdentity,
  signal: AbortSignal,
): Promise<Exclude<Read, { type: "press" }>> {
  if (written.author.id === me.id && written.nonce) {
    const { arrived } = bot;
    if (arrived.size >= MAX_ARRIVED) arrived.delete(arrived.keys().next().value ?? "");
    arrived.set(String(written.nonce), written.id);
  }
  if (isNobodys(written, me)) return null;
  const known = await placeOf(bot, written.channel_id, me, signal);
  const read = known && readMessage(written, known, me, bot.setup.threads);
  return read && { type: "message", message: read, channel: written.channel_id };
}

/** null: the bot may not see it. @throws {AppError} `channel.unreachable`. */
async function placeOf(
  { places }: Bot,
  channel: string,
  me: BotIdentity,
  signal: AbortSignal,
) {
  try {
    return await places.of(channel, me.id, signal);
  } catch (error) {
    if (error instanceof AppError && error.code === "channel.refused") return null;
    throw error;
  }
}

/** Source: Discord's documentation, "Application Commands". */
function commandOf({ name, description }: { readonly name: string; readonly description: string }) {
  return {
    type: 1,
    name,
    description: description.slice(0, 100).toWellFormed(),
    // Servers, and the chat with the bot.
    contexts: [0, 1],
    options: [{
      type: 3,
      name: COMMAND_OPTION,
      description: "What the command is given",
      required: false,
    }],
  };
}
