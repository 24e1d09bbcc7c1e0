/**
 * What went wrong with a request, in words of ward's own. An error of `fetch` names the address,
 * and the token stands in that: no text of one ever leaves this file.
 */
import { GrammyError, HttpError } from "grammy";
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import { wasNeverSent } from "../../../base/never_sent.ts";
import type { SendOutcome } from "../../../model/channels/message.ts";
import { NoBotApiAnswer, TooLarge } from "./bot_api.ts";

/** Everything that a request to the Bot API can end with but an answer. */
export type Trouble =
  /** The token is of no bot. */
  | { readonly type: "token" }
  | { readonly type: "limited"; readonly afterMs: number }
  /** Another process receives, or a webhook is set. */
  | { readonly type: "conflict"; readonly isWebhook: boolean }
  /** A group has become a supergroup. */
  | { readonly type: "moved"; readonly chat: string }
  | { readonly type: "refused"; readonly code: number; readonly word: string }
  /** An answer of no known form. */
  | { readonly type: "malformed" }
  | { readonly type: "failed"; readonly isUnsure: boolean; readonly why: string };

/** Reads an error that a request threw. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof GrammyError) return refusalOf(error);
  const inner = error instanceof HttpError ? error.error : error;
  if (inner instanceof NoBotApiAnswer) {
    const { status } = inner;
    if (status === 413) return { type: "refused", code: 413, word: "Request Entity Too Large" };
    return { type: "failed", isUnsure: status >= 500 || status === 200, why: `HTTP ${status}` };
  }
  if (inner instanceof TooLarge) {
    return { type: "failed", isUnsure: true, why: "the answer is too large" };
  }
  if (inner instanceof DOMException) {
    return { type: "failed", isUnsure: true, why: "no answer in time" };
  }
  if (inner instanceof SyntaxError || inner instanceof z.ZodError) return { type: "malformed" };
  const isUnsure = !wasNeverSent(inner);
  return { type: "failed", isUnsure, why: isUnsure ? "the connection broke" : "could not connect" };
}

function refusalOf({ error_code: code, description, parameters }: GrammyError): Trouble {
  if (!Number.isInteger(code)) return { type: "malformed" };
  const word = plain(description);
  // A token of the wrong form has no address at all.
  if (code === 401 || (code === 404 && word === "Not Found")) return { type: "token" };
  if (code === 409) return { type: "conflict", isWebhook: /webhook/i.test(word) };
  const { retry_after: afterS, migrate_to_chat_id: chat } = parameters;
  if (code === 429) {
    const seconds = typeof afterS === "number" && afterS >= 0 ? afterS : 1;
    return { type: "limited", afterMs: seconds * 1000 };
  }
  if (typeof chat === "number") return { type: "moved", chat: String(chat) };
  if (code >= 500) return { type: "failed", isUnsure: true, why: `HTTP ${code}` };
  return { type: "refused", code, word };
}

/** The service's word without what could do something where it is shown. */
function plain(description: unknown): string {
  return String(description).slice(0, 200).replace(/[^\x20-\x7e]/g, "?");
}

/** Refusals after which nothing can be written there, or to that message. */
const GONE = [
  "chat not found",
  "group chat was deactivated",
  "have no rights",
  "not enough rights",
  "CHAT_WRITE_FORBIDDEN",
  "message thread not found",
  "TOPIC_DELETED",
  "TOPIC_CLOSED",
  "message to edit not found",
  "message to delete not found",
  "message can't be edited",
  "message can't be deleted",
  "MESSAGE_ID_INVALID",
  "PEER_ID_INVALID",
];

/** Refusals of the markup, which plain text does not get. */
const FORMAT = [
  "can't parse entities",
  "message is too long",
  "MESSAGE_TOO_LONG",
  "ENTITIES_TOO_LONG",
  "ENTITY_",
  "text must be non-empty",
];

/** How a request that should change something ended. */
export function outcomeOf(trouble: Trouble): SendOutcome {
  switch (trouble.type) {
    case "limited":
    case "failed":
      return trouble;
    case "malformed":
      return { type: "failed", isUnsure: true, why: "the answer is of no known form" };
    case "token":
      return { type: "refused", cause: "token", word: "Unauthorized" };
    case "refused": {
      const { code, word } = trouble;
      const has = (words: readonly string[]) => words.some((one) => word.includes(one));
      const cause = code === 403 || has(GONE) ? "gone" : has(FORMAT) ? "format" : "other";
      return { type: "refused", cause, word };
    }
    case "moved":
    case "conflict":
      return { type: "refused", cause: "other", word: "Conflict" };
  }
}

/** The same as an error, for requests that bring something. */
export function failureOf(trouble: Trouble, host: string): AppError {
  switch (trouble.type) {
    case "token":
      return tokenFailure(host);
    case "conflict":
      return takenFailure(trouble.isWebhook);
    case "limited":
      return unreachable(host, `it wants a pause of ${Math.ceil(trouble.afterMs / 1000)} s`);
    case "moved":
      return unreachable(host, "the group has another id now");
    case "refused":
      return new AppError("channel.refused", `Telegram refused it: ${trouble.word}`);
    case "malformed":
      return new AppError("channel.malformed", `The answer of ${host} is of no known form`);
    case "failed":
      return unreachable(host, trouble.why);
  }
}

/** The token is of no bot. */
export function tokenFailure(host: string): AppError {
  return new AppError("channel.token", `Telegram at ${host} knows no bot with this token`, {
    hint: "Get the token from @BotFather (/mybots, API Token) and save it anew",
  });
}

/** Nobody else may receive as this bot. */
export function takenFailure(isWebhook: boolean): AppError {
  return isWebhook
    ? new AppError(
      "channel.taken",
      "This bot's messages go to a webhook that another program set",
      {
        hint: "End that program and its webhook, or make another bot at @BotFather",
      },
    )
    : new AppError("channel.taken", "Another process receives as this bot, too", {
      hint: "End the other one (`ward status` there), or make a bot for each at @BotFather",
    });
}

function unreachable(host: string, why: string): AppError {
  return new AppError("channel.unreachable", `Cannot reach Telegram at ${host}: ${why}`, {
    hint: "Check the network and try again",
  });
}
