/** `ward sessions delete`. */
import { type CommandContext, print } from "../context.ts";
import { sessionOr } from "./session_or.ts";
import { prompterOf } from "../../prompting.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { removeSessionOutputs } from "../../../host/files/data_folder.ts";
import { lockSession } from "../../../host/process/session_lock.ts";
import { systemClock } from "../../../host/process/system.ts";
import { findSession } from "../../../kernel/sessions/find_session.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { titleOf } from "../../../surfaces/cli/format/format_sessions.ts";

/** Titles shown before the question. */
const SHOWN = 5;

/**
 * Deletes sessions with all that was said in them, once the user said so. One that is in use stops
 * the command before anything is deleted when it was named, and is left out by age.
 */
export async function deleteSessions(
  command: Extract<ParsedCommand, { type: "session_delete" }>,
  context: CommandContext,
): Promise<number> {
  const { ward, stderr } = context;
  const given = command.ids.length > 0 || command.olderThanMs !== null
    ? command.ids
    : [await sessionOr(context, null, "ward sessions delete <id>… | --older-than 30d")];
  const named: string[] = [];
  for (const id of given) named.push((await findSession(ward.store, id)).id);
  const old = command.olderThanMs === null
    ? []
    : await ward.store.sessionsBefore(systemClock.now() - command.olderThanMs);
  const ids = [...new Set([...named, ...old])];
  using locks = new DisposableStack();
  const free: string[] = [];
  for (const id of ids) {
    try {
      locks.use(await lockSession(ward.data.path, id, systemClock.now()));
      free.push(id);
    } catch (error) {
      if (named.includes(id) || !(error instanceof UsageError)) throw error;
      stderr.write(`! Left out ${id}: it is in use\n`);
    }
  }
  if (free.length > 0) await askFirst(command, free, context);
  const deleted: string[] = [];
  for (const id of free) {
    const row = { kind: "session", sessionId: id, subject: "deleted", detail: { id } } as const;
    // The files first: a session that is gone can no longer be named for another try.
    removeSessionOutputs(ward.data.outputsDir, id);
    if (await ward.store.deleteSession(id, [row])) deleted.push(id);
  }
  print(
    context,
    { deleted },
    () =>
      deleted.length === 1
        ? "Deleted 1 session; its audit rows and its token counts stay\n"
        : `Deleted ${deleted.length} sessions; their audit rows and token counts stay\n`,
  );
  return 0;
}

async function askFirst(
  command: Extract<ParsedCommand, { type: "session_delete" }>,
  ids: readonly string[],
  context: CommandContext,
): Promise<void> {
  if (command.yes) return;
  const { ward, stderr } = context;
  const prompter = prompterOf(context);
  if (!prompter) {
    throw new UsageError("session.confirm", `Will not delete ${count(ids)} without a yes`, {
      hint: "Add --yes",
    });
  }
  for (const id of ids.slice(0, SHOWN)) {
    const session = await findSession(ward.store, id);
    stderr.write(`  ${id}  ${titleOf(session)} (${session.messageCount} messages)\n`);
  }
  if (ids.length > SHOWN) stderr.write(`  and ${ids.length - SHOWN} more\n`);
  if (await prompter.confirm({ title: `Delete ${count(ids)} for good?` })) return;
  // A no is no bad input: exit code 1, as of `profile rm`.
  throw new AppError("session.kept", "Nothing was deleted");
}

function count(ids: readonly string[]): string {
  return ids.length === 1 ? "1 session" : `${ids.length} sessions`;
}
