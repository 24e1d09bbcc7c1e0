/**
 * The tool `sessions`: lists, searches and shows what was said before. What another session holds is
 * text from outside to whoever reads it here, and taints where that session read from outside.
 */
import * as z from "zod";
import { cursorOf, pageOf, placeOf } from "../../../base/cursor.ts";
import type { Message } from "../../../model/conversation/message.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { SearchHit, Session, StoredMessage } from "../../../model/conversation/session.ts";
import { findSession } from "../../sessions/find_session.ts";
import type { Tool } from "../../ports.ts";
import type { SessionArchive, Store } from "../../store_ports.ts";
import { lookingTool } from "./self_tool.ts";

/** What the tool reads. */
export interface SessionToolDeps {
  readonly store:
    & Pick<SessionArchive, "listSessions" | "findSessions" | "readMessages" | "searchMessages">
    & Pick<Store, "loadSession">;
  /** Sessions of another workspace are not there for it; null: all are. */
  readonly workspace: string | null;
}

/** Entries of a page, unless another number is asked for. */
const USUAL = 20;
const MOST = 100;
/** Characters of a page of messages; one message may be longer by itself. */
const PAGE_CHARS = 40_000;
/** Characters of one message. */
const MESSAGE_CHARS = 20_000;

const schema = z.strictObject({
  id: z.string().optional().describe("Show the messages of this session, oldest first"),
  query: z.string().min(1).optional().describe("Find messages by their words"),
  newest: z.boolean().optional().describe("With id: only the last messages"),
  limit: z.int().min(1).max(MOST).optional().describe(`Entries of a page; ${USUAL} if left out`),
  cursor: z.string().optional().describe("Next page, as the one before named it"),
});

type Arguments = z.infer<typeof schema>;

/** Makes the tool. */
export function createSessionTool(deps: SessionToolDeps): Tool {
  return lookingTool({
    name: "sessions",
    description: "List earlier sessions, newest first; find messages by words (query); or show " +
      "one session (id). Long answers come in pages: call again with the cursor given",
    schema,
    title: ({ id, query }) =>
      id !== undefined
        ? `show session ${id}`
        : query !== undefined
        ? `search sessions for ${query}`
        : "list sessions",
    async look(args) {
      if (args.id !== undefined) return await show(deps, args, args.id);
      if (args.query !== undefined) return await search(deps, args, args.query);
      return await list(deps, args);
    },
  });
}

async function list({ store, workspace }: SessionToolDeps, args: Arguments) {
  const from = placeOf(args.cursor);
  const size = args.limit ?? USUAL;
  const read = await store.listSessions({
    limit: from + size + 1,
    ...workspace === null ? {} : { workspace },
  });
  const { items, nextCursor } = pageOf(read.slice(from), from, size);
  // Titles are what users began with.
  return inPage("sessions", items.map(sessionRow), nextCursor, { taints: false });
}

async function search({ store, workspace }: SessionToolDeps, args: Arguments, query: string) {
  const from = placeOf(args.cursor);
  const size = args.limit ?? USUAL;
  const read = await store.searchMessages({ query, limit: from + size + 1 });
  const { items, nextCursor } = pageOf(read.slice(from), from, size);
  const seen = items.filter((hit) => workspace === null || hit.workspace === workspace);
  return inPage("sessions", seen.map(hitRow), nextCursor);
}

async function show({ store, workspace }: SessionToolDeps, args: Arguments, id: string) {
  const session = await findSession({
    findSessions: async (which) =>
      (await store.findSessions(which)).filter((one) =>
        workspace === null || one.workspace === workspace
      ),
  }, id);
  const limit = args.limit ?? USUAL;
  const read = await store.readMessages({
    sessionId: session.id,
    from: args.newest && !args.cursor ? "newest" : { afterId: placeOf(args.cursor) },
    limit,
  });
  const rows: ReturnType<typeof messageRow>[] = [];
  let chars = 0;
  for (const message of read) {
    const row = messageRow(message);
    chars += row.text.length;
    if (rows.length > 0 && chars > PAGE_CHARS) break;
    rows.push(row);
  }
  const last = read[rows.length - 1];
  const isLast = rows.length === read.length && (read.length < limit || args.newest === true);
  const loaded = await store.loadSession(session.id);
  return inPage(
    `session ${session.id}`,
    rows,
    last === undefined || isLast ? null : cursorOf(last.id),
    { session: sessionRow(session), taints: Boolean(loaded?.outside) },
  );
}

function inPage(
  source: string,
  items: readonly unknown[],
  nextCursor: string | null,
  { session, taints = true }: { session?: unknown; taints?: boolean } = {},
) {
  const text = JSON.stringify({ ...session ? { session } : {}, items, nextCursor }, null, 1);
  if (items.length === 0) return { content: text };
  // What was found may be of sessions that read from outside: it counts as such.
  return { content: "", outside: [Outside.of(source, text, { taints })] };
}

function sessionRow({ id, title, workspace, updatedAtMs, messageCount }: Session) {
  return { id, title, workspace, updated: new Date(updatedAtMs).toISOString(), messageCount };
}

function hitRow({ sessionId, title, role, atMs, snippet }: SearchHit) {
  return { sessionId, title, role, at: new Date(atMs).toISOString(), snippet };
}

function messageRow({ id, atMs, message }: StoredMessage) {
  const text = textOf(message);
  return {
    id,
    at: new Date(atMs).toISOString(),
    role: message.role,
    text: text.length <= MESSAGE_CHARS
      ? text
      : `${
        text.slice(0, MESSAGE_CHARS)
      }… (${text.length} characters; all of it: ward sessions export)`,
    ...message.role === "assistant" && message.toolCalls.length > 0
      ? {
        calls: message.toolCalls.map(({ name, arguments: given }) =>
          `${name} ${given.slice(0, 500)}`
        ),
      }
      : {},
  };
}

function textOf(message: Message): string {
  return (message.role === "tool" ? message.content : message.text).toWellFormed();
}
