import type { RunOutcome } from "../../../model/cells/hands.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";

/**
 * A run's outcome for the model: stdout, stderr marked, then the exit code if not 0.
 *
 * @param reached Hosts that programs reached meanwhile: what was printed may be theirs.
 */
export function runResult(
  title: string,
  outcome: RunOutcome,
  notes: string[] = [],
  reached: readonly string[] = [],
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
  const isFar = reached.length > 0;
  return {
    ok: exitCode === 0 && endedBy === null,
    content: isFar
      ? joined([`reached ${reached.join(", ")}`, facts])
      : joined([printed, facts]) || "no output",
    ...(isFar ? { outside: [printedOutside(printed, reached)] } : {}),
    summary: exitCode === 0 && endedBy === null ? title : `${title}: ${end}`,
    effects: outcome.started.map((words) => `run ${words.join(" ")}`),
  };
}

/** What programs printed that could reach hosts. */
export function printedOutside(printed: string, hosts: readonly string[]): Outside {
  return Outside.of(`commands, from ${hosts.join(", ")}`, printed);
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").map((part) => part.replace(/\n$/, "")).join("\n");
}
