/**
 * Files in and out. The bot's token goes to Slack's own hosts alone, and to none by a redirect.
 * Source: docs.slack.dev, "Working with files", "files.completeUploadExternal".
 */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { SendOutcome } from "../../../model/channels/message.ts";
import type { SlackReply } from "../../slack_request.ts";
import type { ChannelApi } from "../api.ts";
import { answerOf, isOwnAddress, malformed, type SlackLine } from "./line.ts";
import { outcomeOf } from "./send.ts";
import { escapeText } from "./text.ts";

/** Longest transfer of a file, ms. */
const TRANSFER_MS = 120_000;

const fileInfo = z.object({
  file: z.object({
    mimetype: z.string().nullish(),
    size: z.number().nullish(),
    url_private: z.string().nullish(),
  }),
});

/** Fetches a file. @throws {AppError} `channel.{too_large,unreachable,gone,refused}`. */
export async function readFile(
  line: SlackLine,
  { ref, limitBytes }: Parameters<ChannelApi["readFile"]>[0],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const asked = await line.call("files.info", { file: ref }, signal);
  if (asked.type === "refused" && /^file_(?:not_found|deleted)$/.test(asked.word)) {
    throw new AppError("channel.gone", "Slack has this file no more");
  }
  const read = fileInfo.safeParse(answerOf(line, "bot", asked).body);
  if (!read.success) throw malformed(new URL(line.setup.apiUrl).host);
  const { mimetype, size, url_private } = read.data.file;
  if ((size ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const address = URL.parse(url_private ?? "");
  if (address === null || !isOwnAddress(address, line.setup.apiUrl)) {
    throw new AppError("channel.refused", "The file is kept outside Slack", {
      hint: "Upload the file itself instead of a link to it",
    });
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRANSFER_MS)]);
  const response = await fetch(address, {
    headers: { authorization: `Bearer ${line.setup.token}` },
    redirect: "manual",
    signal: limit,
  }).catch(() => null);
  signal.throwIfAborted();
  if (response === null) throw unreachable(address);
  const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
  // Whoever may not read it is led to a page for logging in.
  if (response.status !== 200 || (isPage && !mimetype?.startsWith("text/html"))) {
    await response.body?.cancel();
    throw new AppError(
      "channel.refused",
      `Slack does not give the file (HTTP ${response.status})`,
      {
        hint: "The app needs the scope files:read, and the bot has to be in the channel",
      },
    );
  }
  return await bounded(response, limitBytes, address);
}

async function bounded(response: Response, limitBytes: number, address: URL): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for await (const piece of response.body ?? []) {
      size += piece.byteLength;
      if (size > limitBytes) break;
      pieces.push(piece);
    }
  } catch {
    throw unreachable(address);
  }
  if (size > limitBytes) throw tooLarge(limitBytes);
  return await new Blob(pieces).bytes();
}

const uploadAddress = z.object({ file_id: z.string(), upload_url: z.string() });

/** Sends a file. Nobody sees anything of it before the last of three requests. */
export async function sendFile(
  line: SlackLine,
  { place, name, bytes, caption }: Parameters<ChannelApi["sendFile"]>[0],
  signal: AbortSignal,
): Promise<SendOutcome> {
  const args = { filename: name, length: bytes.byteLength };
  const asked = await line.call("files.getUploadURLExternal", args, signal);
  const read = asked.type === "answered" ? uploadAddress.safeParse(asked.body).data : undefined;
  const address = URL.parse(read?.upload_url ?? "");
  if (read === undefined || address === null || !isOwnAddress(address, line.setup.apiUrl)) {
    return undone(asked);
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRANSFER_MS)]);
  const body = new Blob([Uint8Array.from(bytes)]);
  const put = await fetch(address, { method: "POST", body, redirect: "manual", signal: limit })
    .catch(() => null);
  await put?.body?.cancel();
  if (put?.status !== 200) {
    const why = put === null ? "the upload broke off" : `the upload: HTTP ${put.status}`;
    return { type: "failed", isUnsure: false, why };
  }
  const done = await line.call("files.completeUploadExternal", {
    files: [{ id: read.file_id, title: name }],
    channel_id: place.chat,
    ...(place.thread === null ? {} : { thread_ts: place.thread }),
    ...(caption === "" ? {} : { initial_comment: escapeText(caption) }),
  }, signal);
  return outcomeOf(done, (answer) => messageOf(answer, place.chat) ?? read.file_id);
}

/** How it ended before anything could be seen. */
function undone(asked: SlackReply): SendOutcome {
  const outcome = outcomeOf(asked, () => null);
  return outcome.type === "failed" ? { ...outcome, isUnsure: false } : outcome;
}

const shared = z.object({
  files: z.array(z.object({
    shares: z.record(z.string(), z.record(z.string(), z.array(z.object({ ts: z.string() })))),
  })).min(1),
});

/** The message that a file came with, where Slack has made it already. */
function messageOf(answer: unknown, chat: string): string | null {
  const read = shared.safeParse(answer);
  if (!read.success) return null;
  const [first] = read.data.files.flatMap(({ shares }) => Object.values(shares));
  return first?.[chat]?.[0]?.ts ?? null;
}

function tooLarge(limitBytes: number): AppError {
  return new AppError("channel.too_large", `The file is larger than ${limitBytes} bytes`);
}

function unreachable({ host }: URL): AppError {
  return new AppError("channel.unreachable", `Cannot fetch the file from ${host}`);
}
