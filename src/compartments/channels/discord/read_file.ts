/**
 * Files of messages. Their addresses end after a day, so a new one is asked for; the bot's token is
 * sent to the API and never along with the request for a file.
 */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import { filesOf, message } from "./payloads.ts";
import type { RestClient } from "./rest/rest_client.ts";

/** Where files are. Source: Discord's documentation, "Signed Attachment CDN URLs". */
const FILE_HOSTS: ReadonlySet<string> = new Set(["cdn.discordapp.com"]);

/** Longest for a file, ms. */
const TIMEOUT_MS = 120_000;

const REF = /^(\d{1,20})\/(\d{1,20})\/(\d{1,20})$/;

/** Fetches one. @throws {AppError} `channel.too_large`, `channel.unreachable`, `channel.gone`. */
export async function readFile(
  { ref, limitBytes }: { readonly ref: string; readonly limitBytes: number },
  { rest, apiUrl, fetch }: {
    readonly rest: RestClient;
    readonly apiUrl: string;
    readonly fetch: typeof globalThis.fetch;
  },
): Promise<Uint8Array> {
  const [, channel = "", id = "", fileId = ""] = REF.exec(ref) ?? [];
  if (channel === "") throw gone();
  const found = await rest.read(message, `channels/${channel}/messages/${id}`, channel);
  const file = filesOf(found).find((one) => one.id === fileId);
  if (!file || !isOfDiscord(file.url, apiUrl)) throw gone();
  if (file.size > limitBytes) throw tooLarge(limitBytes);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    const response = await fetch(file.url, {
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw unreachable(`HTTP ${response.status}`);
    }
    for await (const piece of response.body ?? []) {
      size += piece.byteLength;
      if (size > limitBytes) throw tooLarge(limitBytes);
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof AppError ? error : unreachable("no whole answer");
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

const address = z.url();

function isOfDiscord(url: string, apiUrl: string): boolean {
  if (!address.safeParse(url).success) return false;
  const { protocol, host, origin } = new URL(url);
  return (protocol === "https:" && FILE_HOSTS.has(host)) || origin === new URL(apiUrl).origin;
}

function gone(): AppError {
  return new AppError("channel.gone", "Discord has this file no more");
}

function unreachable(why: string): AppError {
  return new AppError("channel.unreachable", `Cannot fetch the file from Discord: ${why}`);
}

function tooLarge(limitBytes: number): AppError {
  const megabytes = Math.floor(limitBytes / 1024 / 1024);
  return new AppError("channel.too_large", `The file is larger than ${megabytes} MB`, {
    hint: "Send a smaller one",
  });
}
