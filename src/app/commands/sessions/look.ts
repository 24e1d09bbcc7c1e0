/** `ward sessions list`, `show` and `search`. */
import { type CommandContext, print } from "../context.ts";
import { sessionOr } from "./session_or.ts";
import { findSession } from "../../../kernel/sessions/find_session.ts";
import {
  formatHits,
  formatSession,
  formatSessions,
} from "../../../surfaces/cli/format/format_sessions.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";

/** Lists sessions, newest first; of one workspace where the user named one. */
export async function listSessions(
  command: Extract<ParsedCommand, { type: "sessions" }>,
  context: CommandContext,
): Promise<number> {
  const { store, start } = context.ward;
  const sessions = await store.listSessions({
    limit: command.limit,
    ...(command.workspace === null ? {} : { workspace: start.settings.workspace }),
  });
  print(context, sessions, () => formatSessions(sessions, context.stdout));
  return 0;
}

/** Prints the newest messages of a session. */
export async function showSession(
  command: Extract<ParsedCommand, { type: "session_show" }>,
  context: CommandContext,
): Promise<number> {
  const { store } = context.ward;
  const id = await sessionOr(context, command.id, "ward sessions show <id>");
  const session = await findSession(store, id);
  const messages = await store.readMessages({
    sessionId: session.id,
    from: "newest",
    limit: command.limit,
  });
  print(
    context,
    { session, messages: messages.map(({ message, ...place }) => ({ ...place, ...message })) },
    () => formatSession(session, messages, context.stdout),
  );
  return 0;
}

/** Finds messages by their words. */
export async function searchSessions(
  { query, limit }: Extract<ParsedCommand, { type: "session_search" }>,
  context: CommandContext,
): Promise<number> {
  const hits = await context.ward.store.searchMessages({ query, limit });
  print(context, hits, () => formatHits(hits, query, context.stdout));
  return 0;
}
