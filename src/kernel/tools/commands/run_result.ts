import type { RunOutcome } from "../../../model/cells/hands.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";

/** A run's outcome for the model: stdout, stderr marked, then the exit code if not 0. */
export function runResult(title: string, outcome: RunOutcome, notes: string[] = []): ToolResult {
  const { exitCode, stdout, stderr, droppedBytes, endedBy } = outcome;
  const parts = [
    stdout,
    stderr === "" ? "" : `[stderr]\n${stderr}`,
    droppedBytes > 0 ? `[${droppedBytes} bytes of output left out]` : "",
    endedBy === "timeout"
      ? "[ended: time-out]"
      : endedBy === "output"
      ? "[ended: too much output]"
      : "",
    exitCode === 0 ? "" : `exit code ${exitCode}`,
    ...notes,
  ].filter((part) => part !== "").map((part) => part.replace(/\n$/, ""));
  const end = endedBy ?? `exit code ${exitCode}`;
  return {
    ok: exitCode === 0 && endedBy === null,
    content: parts.length > 0 ? parts.join("\n") : "no output",
    summary: exitCode === 0 && endedBy === null ? title : `${title}: ${end}`,
    effects: outcome.started.map((words) => `run ${words.join(" ")}`),
  };
}
