import type { RunOutcome } from "../../../model/cells/hands.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";

/**
 * A run's outcome for the model: stdout, stderr marked, then the exit code if not 0.
 *
 * @param far Where what was printed may come from; see {@linkcode farSource}.
 */
export function runResult(
  title: string,
  outcome: RunOutcome,
  notes: string[] = [],
  far: string | null = null,
): ToolResult {
  const { exitCode, stdout, stderr, droppedBytes, endedBy } = outcome;
  const printed = joined([stdout, stderr === "" ? "" : `[stderr]\n${stderr}`]);
  const facts = joined([
    droppedBytes > 0 ? `[${droppedBytes} bytes of output left out]` : "",
    endedBy === "timeout"
      ? "[ended: time-out]"
      : endedBy === "output"
      ? "[ended: too much output]"
      : "",
    exitCode === 0 ? "" : `exit code ${exitCode}`,
    ...notes,
  ]);
  const end = endedBy ?? `exit code ${exitCode}`;
  return {
    ok: exitCode === 0 && endedBy === null,
    content: far === null ? joined([printed, facts]) || "no output" : joined([far, facts]),
    ...(far === null ? {} : { outside: [Outside.of(`commands that ${far}`, printed)] }),
    summary: exitCode === 0 && endedBy === null ? title : `${title}: ${end}`,
    effects: outcome.started.map((words) => `run ${words.join(" ")}`),
  };
}

/**
 * Where what programs printed may come from, in words; null: from inside.
 *
 * @param hosts That they reached.
 * @param isUnconfined Nobody saw what they reached.
 */
export function farSource(hosts: readonly string[], isUnconfined: boolean): string | null {
  if (hosts.length > 0) return `reached ${hosts.join(", ")}`;
  return isUnconfined ? "ran unconfined, and may have reached any host" : null;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").map((part) => part.replace(/\n$/, "")).join("\n");
}
