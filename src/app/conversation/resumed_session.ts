import type { Ward } from "../ward.ts";
import { UsageError } from "../../base/app_error.ts";
import { findSession } from "../../kernel/sessions/find_session.ts";
import type { Session } from "../../model/conversation/session.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";

/**
 * The session to go on with; null: a new one.
 *
 * @throws {UsageError} `session.none`, `session.not_found`, `session.other_workspace`,
 *   `session.of_agent`.
 */
export async function resumedSession(
  ward: Ward,
  resume: Extract<ParsedCommand, { type: "agent" }>["resume"],
): Promise<Session | null> {
  if (resume.type === "no") return null;
  if (resume.type === "latest") {
    const latest = await ward.store.latestSession({ workspace: ward.start.settings.workspace });
    if (latest) return latest;
    throw new UsageError("session.none", "Cannot resume: this workspace has no session yet", {
      hint: "Start without --resume",
    });
  }
  const session = await findSession(ward.store, resume.id);
  if (session.parentId) {
    // What it knows of the taint and the caps is with the session above.
    throw new UsageError("session.of_agent", `Session "${session.id}" is of a sub-agent`, {
      hint: `Go on with the one that asked it: ward sessions resume ${session.parentId}`,
    });
  }
  if (session.workspace !== ward.start.settings.workspace) {
    throw new UsageError(
      "session.other_workspace",
      `Session "${session.id}" belongs to "${session.workspace}"`,
      { hint: `Add -w ${session.workspace}` },
    );
  }
  return session;
}
