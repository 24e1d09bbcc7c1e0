/** `ward sessions export`. */
import type { CommandContext } from "../context.ts";
import { sessionOr } from "./session_or.ts";
import { UsageError } from "../../../base/app_error.ts";
import { exists } from "../../../host/files/file_exists.ts";
import { writePrivateFile } from "../../../host/files/write_file.ts";
import { findSession } from "../../../kernel/sessions/find_session.ts";
import { pagesOf } from "../../../kernel/sessions/pages.ts";
import { normalizePath } from "../../../model/cells/paths.ts";
import { exportJson, exportMarkdown } from "../../../surfaces/cli/format/export_session.ts";
import { systemReason } from "../../../surfaces/cli/report_error.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";

/** Writes a whole session to standard output, or to a file for the user alone. */
export async function exportSession(
  command: Extract<ParsedCommand, { type: "session_export" }>,
  context: CommandContext,
): Promise<number> {
  const { ward, stdout, stderr } = context;
  const id = await sessionOr(context, command.id, "ward sessions export <id>");
  const session = await findSession(ward.store, id);
  const form = command.format === "json" ? exportJson : exportMarkdown;
  const pieces = form(session, pagesOf(ward.store, session.id));
  if (command.output === null) {
    for await (const piece of pieces) stdout.write(piece);
    return 0;
  }
  const folder = ward.start.environment.variables["INIT_CWD"] ?? Deno.cwd();
  const path = normalizePath(command.output, folder);
  if (!command.force && exists(path)) {
    throw new UsageError("session.file_exists", `"${path}" is there already; nothing was written`, {
      hint: "Add --force to replace it, or name another file",
    });
  }
  try {
    await writePrivateFile(path, pieces);
  } catch (error) {
    const why = reasonOf(error, path);
    if (why === null) throw error;
    throw new UsageError("session.not_written", `Cannot write "${path}": ${why}`, {
      cause: error,
      hint: "Name a file in a folder that exists, is yours and has room",
    });
  }
  stderr.write(`Wrote ${session.messageCount} messages to ${revealHidden(path)}\n`);
  return 0;
}

/** Why the file could not be written; null: that was not what failed. */
function reasonOf(error: unknown, path: string): string | null {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "its folder does not exist";
  }
  if (error instanceof Deno.errors.IsADirectory || isFolder(path)) return "it is a folder";
  return systemReason(error);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
