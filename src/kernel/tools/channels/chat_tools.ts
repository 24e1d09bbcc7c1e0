/** Tools of chats: a message, a file, what was said before. */
import * as z from "zod";
import { AppError, assertNever } from "../../../base/app_error.ts";
import { decodeBase64 } from "../../../base/base64.ts";
import type { HistoryMessage, SendOutcome } from "../../../model/channels/message.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolFlags, ToolResult } from "../../../model/conversation/tool.ts";
import { isRefusedFile, mediaTypeOf, safeFileName } from "../../channels/file_names.ts";
import { within } from "../../../model/cells/paths.ts";
import type { Tool } from "../../ports.ts";
import { resolveToolPath, shownPath } from "../files/paths.ts";
import { READ_FLAGS } from "../files/results.ts";
import type { HandsTrees } from "../hands_port.ts";
import { CHAT_FORM, chatAccesses, findChat } from "./chat_name.ts";
import type { ChatPort } from "./chat_port.ts";

/** Longest message to another chat: as long as a person reads before they say yes to it. */
const MAX_TEXT = 4_000;
const MAX_CAPTION = 900;
/** Characters of a history; a model gets about as much of any other result. */
const MAX_HISTORY = 48_000;

const SENDS: ToolFlags = {
  readOnly: false,
  externalSideEffect: true,
  needsApproval: true,
  idempotent: false,
  highImpactWrite: false,
};

/** What the tools work with. */
export interface ChatToolParts {
  readonly port: ChatPort;
  readonly hands: Pick<HandsTrees, "treeRead">;
  readonly workspace: string;
  /** Folders whose files may be sent, behind links. */
  readonly outbox: readonly string[];
  /** Where a path leads behind links. */
  realPath(path: string): string;
  /** Largest file that is sent, bytes. */
  readonly maxBytes: number;
}

/** Makes them; none where no bot is configured. */
export function createChatTools(parts: ChatToolParts): Tool[] {
  if (parts.port.bots().length === 0) return [];
  return [sendMessage(parts), sendFile(parts), channelHistory(parts)] as Tool[];
}

const message = z.strictObject({
  chat: z.string().describe(CHAT_FORM),
  text: z.string().min(1).max(MAX_TEXT).describe("Markdown"),
});

function sendMessage({ port }: ChatToolParts): Tool<z.infer<typeof message>> {
  return {
    name: "send_message",
    description: "Send a message to another chat; what you answer goes to the chat you are in",
    schema: message,
    flags: SENDS,
    plan({ chat: name, text }) {
      const chat = findChat(port, name);
      return {
        accesses: chatAccesses(chat, { method: "POST", detail: text }),
        title: `send a message to ${chat.shown}`,
        readOnly: false,
        execute: () =>
          chatResult(async () => {
            await port.post(chat.place, text);
            return {
              ok: true,
              content: `It is stored and goes out to ${chat.shown}.`,
              summary: `to ${chat.shown}`,
              effects: [`message to ${chat.shown}`],
            };
          }),
      };
    },
  };
}

const file = z.strictObject({
  path: z.string(),
  chat: z.string().optional().describe(`${CHAT_FORM}; left out: the chat you are in`),
  caption: z.string().max(MAX_CAPTION).default(""),
});

function sendFile(
  { port, hands, workspace, outbox, realPath, maxBytes }: ChatToolParts,
): Tool<z.infer<typeof file>> {
  return {
    name: "send_file",
    description: "Send a file to the user, in a chat",
    schema: file,
    flags: SENDS,
    plan({ path, chat: name, caption }) {
      const chat = findChat(port, name);
      const absolute = resolveToolPath(workspace, path);
      const shown = shownPath(workspace, absolute);
      const slash = absolute.lastIndexOf("/");
      const own = absolute.slice(slash + 1);
      if (isRefusedFile(absolute)) {
        throw new AppError("channel.file_refused", `Cannot send "${shown}": it may hold keys`, {
          hint: "Files of keys, logins and settings are never sent to a chat",
        });
      }
      requireOutbox(outbox, realPath(absolute), shown);
      const said = caption === "" ? "" : `, saying: ${caption}`;
      return {
        accesses: [
          { permission: "read", path: absolute },
          ...chatAccesses(chat, { method: "POST", detail: `the file ${absolute}${said}` }),
        ],
        title: `send ${shown} to ${chat.shown}`,
        readOnly: false,
        execute: ({ signal, leased }) =>
          chatResult(async () => {
            const { files: [found] } = await hands.treeRead({
              path: absolute.slice(0, slash) || "/",
              paths: [own],
              maxFileBytes: maxBytes,
            }, { signal, leased });
            if (!found || found.data === null || found.real === null) {
              throw new AppError("channel.file_unreadable", `Cannot send "${shown}"`, {
                hint: `It has to be a file, no link, of at most ${megabytes(maxBytes)}`,
              });
            }
            // A folder may have become a link since then: it counts where the bytes came from.
            requireOutbox(outbox, found.real, shown);
            const name = safeFileName(own, "");
            const outcome = await port.sendFile({
              place: chat.place,
              name,
              mediaType: mediaTypeOf(name),
              bytes: decodeBase64(found.data),
              caption,
            });
            return sentResult(outcome, `${shown} to ${chat.shown}`);
          }),
      };
    },
  };
}

/** @throws {AppError} `channel.file_refused`. */
function requireOutbox(outbox: readonly string[], real: string, shown: string): void {
  if (outbox.some((folder) => within(folder, real))) return;
  throw new AppError(
    "channel.file_refused",
    `Cannot send "${shown}": it is in none of the folders that files are sent from`,
    { hint: 'Copy it into the workspace, or add its folder to `outbox` of "[files]"' },
  );
}

function sentResult(outcome: SendOutcome, what: string): ToolResult {
  const failed = (content: string): ToolResult => ({
    ok: false,
    content,
    summary: content,
    effects: [],
  });
  switch (outcome.type) {
    case "sent":
      return { ok: true, content: `Sent ${what}.`, summary: what, effects: [`file ${what}`] };
    case "limited":
      return failed(
        `Not sent: the service asks to wait ${Math.ceil(outcome.afterMs / 1000)} s. Try it then.`,
      );
    case "refused":
      return failed(`Not sent: the service refused it: ${outcome.word}`);
    case "failed":
      return failed(
        outcome.isUnsure
          ? `It may have been sent or not: ${outcome.why}. Ask the user before you send it again.`
          : `Not sent: ${outcome.why}`,
      );
    default:
      return assertNever(outcome);
  }
}

const when = z.string().refine((text) => !Number.isNaN(Date.parse(text)), "an ISO 8601 time")
  .transform((text) => Date.parse(text)).optional();

const past = z.strictObject({
  chat: z.string().optional().describe(`${CHAT_FORM}; left out: the chat you are in`),
  since: when.describe("ISO 8601"),
  until: when.describe("ISO 8601"),
  limit: z.int().min(1).max(200).default(50),
});

function channelHistory({ port }: ChatToolParts): Tool<z.infer<typeof past>> {
  return {
    name: "channel_history",
    description: "What was said in a chat, oldest first; Telegram tells bots none",
    schema: past,
    flags: READ_FLAGS,
    plan({ chat: name, since, until, limit }) {
      const chat = findChat(port, name);
      return {
        accesses: chatAccesses(chat, { method: "GET", detail: `read up to ${limit} messages` }),
        title: `read what was said in ${chat.shown}`,
        readOnly: true,
        execute: () =>
          chatResult(async () => {
            const found = await port.history({
              place: chat.place,
              sinceMs: since ?? null,
              untilMs: until ?? null,
              limit,
            });
            const count = found.length === 1 ? "1 message" : `${found.length} messages`;
            return {
              ok: true,
              content: `${count}.`,
              ...found.length > 0 &&
                { outside: [Outside.of(`chat ${chat.shown}`, historyText(found))] },
              summary: count,
              effects: [],
            };
          }),
      };
    },
  };
}

/** A line a message; when there is too much the oldest are left out. */
function historyText(messages: readonly HistoryMessage[]): string {
  const lines: string[] = [];
  let length = 0;
  for (const { sender, text, atMs } of messages.toReversed()) {
    const who = `${sender.name} (${sender.id}${sender.isBot ? ", bot" : ""})`;
    const line = `[${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")}] ${who}: ` +
      text.replaceAll("\n", "\n    ");
    length += line.length + 1;
    if (length > MAX_HISTORY) {
      lines.push(`(${messages.length - lines.length} older messages are left out)`);
      break;
    }
    lines.push(line);
  }
  return lines.reverse().join("\n");
}

/** Runs a call and gives an expected failure back as a result. */
async function chatResult(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith("channel.")) throw error;
    const content = error.hint ? `${error.message}. ${error.hint}` : error.message;
    return { ok: false, content, summary: error.message, effects: [] };
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000)} MB`;
}
