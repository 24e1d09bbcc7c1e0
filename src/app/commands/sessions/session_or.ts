import type { CommandContext } from "../context.ts";
import { argumentOr } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { time, titleOf } from "../../../surfaces/cli/format/format_sessions.ts";

/** Sessions in the menu. */
const SHOWN = 50;

/**
 * The id of a session as given, or chosen from the newest ones where it was left out.
 *
 * @param usage The whole command line.
 */
export function sessionOr(
  context: CommandContext,
  given: string | null,
  usage: string,
): Promise<string> {
  return argumentOr(context, given, {
    name: "<id>",
    usage,
    async ask(prompter) {
      const sessions = await context.ward.store.listSessions({ limit: SHOWN });
      if (sessions.length === 0) {
        throw new UsageError("session.none", "There is no session yet", {
          hint: "Begin one with `ward agent`",
        });
      }
      return await prompter.choose({
        title: "Which session",
        items: sessions.map((session) => ({
          value: session.id,
          label: titleOf(session),
          detail: time(session.updatedAtMs),
        })),
      });
    },
  });
}
