/** `ward logs`: the newest lines of this profile's log, and what is added. */
import type { ProfileContext } from "./context.ts";
import { followLog, readLog } from "../../host/log/read_log.ts";
import { parseLogLine } from "../../kernel/log/parse_log_line.ts";
import { isLogged, type LogEntry } from "../../model/log.ts";
import { formatLogEntry } from "../../surfaces/cli/format/format_log.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
import { safeJson } from "../../surfaces/cli/sanitize_terminal.ts";

/** Prints them, as JSON one object a line; with `--follow` until it is stopped. */
export async function logs(
  { limit, follow, level }: Extract<ParsedCommand, { type: "logs" }>,
  { profile, stdout, stderr, json }: ProfileContext,
): Promise<number> {
  const { home } = profile.paths;
  const wanted = (line: string): LogEntry[] => {
    const entry = parseLogLine(line);
    return entry && (level === null || isLogged(entry.level, level)) ? [entry] : [];
  };
  const show = (entry: LogEntry) =>
    stdout.write(json ? safeJson(entry) + "\n" : formatLogEntry(entry, stdout));
  const stop = new AbortController();
  // Begun before the lines are read: none is missed between the two.
  const added = followLog(home, stop.signal);
  const first = follow ? added.next() : null;
  const entries = readLog(home).flatMap(wanted);
  entries.slice(-limit).forEach(show);
  if (entries.length === 0) {
    stderr.write("Nothing is logged yet; see `ward config get logging.level`\n");
  }
  if (!first) return 0;
  const interrupt = () => stop.abort();
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    for (let next = await first; !next.done; next = await added.next()) {
      wanted(next.value).forEach(show);
      if (stdout.isGone) break;
    }
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
  return 130;
}
