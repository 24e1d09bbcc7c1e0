/** What was written in a channel before. Source: Discord's documentation, "Get Channel Messages". */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import { type DiscordMessage, firstIdAt, message } from "./payloads.ts";
import type { RestClient } from "./rest/rest_client.ts";

/** Messages of one answer. */
const PAGE = 100;

/** Messages at most, of history and of what was missed. */
const MAX_HISTORY = 1000;
const MAX_MISSED = 500;

const page = z.array(message).max(PAGE);

/** Newest messages between two times, oldest first. @throws {AppError} `channel.no_history`. */
export async function readHistory(
  rest: RestClient,
  channel: string,
  { sinceMs, untilMs, limit }: {
    readonly sinceMs: number | null;
    readonly untilMs: number | null;
    readonly limit: number;
  },
): Promise<DiscordMessage[]> {
  const all: DiscordMessage[] = [];
  const most = Math.min(limit, MAX_HISTORY);
  let before = untilMs === null ? null : firstIdAt(untilMs + 1);
  const first = sinceMs === null ? 0n : BigInt(firstIdAt(sinceMs));
  while (all.length < most) {
    const count = Math.min(PAGE, most - all.length);
    const messages = await readPage(rest, channel, `limit=${count}${query("before", before)}`);
    const wanted = messages.filter(({ id }) => BigInt(id) >= first);
    all.push(...wanted);
    if (messages.length < count || wanted.length < messages.length) break;
    before = messages.at(-1)?.id ?? null;
  }
  return all.reverse();
}

/** All after a message, oldest first, within bounds. @throws {AppError} As {@linkcode readHistory}. */
export async function readAfter(
  rest: RestClient,
  channel: string,
  after: string,
  signal: AbortSignal,
): Promise<DiscordMessage[]> {
  const all: DiscordMessage[] = [];
  for (let last = after; all.length < MAX_MISSED;) {
    const messages = await readPage(rest, channel, `limit=${PAGE}&after=${last}`, signal);
    messages.sort((a, b) => BigInt(a.id) < BigInt(b.id) ? -1 : 1);
    all.push(...messages);
    if (messages.length < PAGE) break;
    last = messages.at(-1)?.id ?? last;
  }
  return all;
}

async function readPage(
  rest: RestClient,
  channel: string,
  search: string,
  signal?: AbortSignal,
): Promise<DiscordMessage[]> {
  try {
    return await rest.read(page, `channels/${channel}/messages?${search}`, channel, signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "channel.refused") throw error;
    throw new AppError("channel.no_history", "Discord does not show the bot this chat's history", {
      hint: "Give the bot's role View Channel and Read Message History there",
    });
  }
}

function query(name: string, value: string | null): string {
  return value === null ? "" : `&${name}=${value}`;
}
