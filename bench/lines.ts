// deno-lint-ignore-file no-console
/** Lines of the benchmark: what was measured, beside what was promised. */

/** One line. */
export interface Line {
  readonly what: string;
  readonly value: number;
  /** `ms`, `MB`, `tokens`, or `×` for a ratio. */
  readonly unit: string;
  /** What should hold, and what must; null where neither was promised. */
  readonly goal: number | null;
  readonly line: number | null;
  readonly verdict: "goal met" | "line met" | "missed" | "for reference" | "skipped";
  /** Numbers behind the value. */
  readonly detail: string;
}

/** Judges a value; less is better. `line` is the goal itself where none is given. */
export function judged(
  what: string,
  value: number,
  unit: string,
  bounds: { goal?: number; line?: number } = {},
  detail = "",
): Line {
  const { goal = null, line = goal } = bounds;
  const verdict = line === null
    ? "for reference"
    : goal !== null && value <= goal
    ? "goal met"
    : value <= line
    ? "line met"
    : "missed";
  return { what, value, unit, goal, line, verdict, detail };
}

/** A line that this machine cannot measure. */
export function skippedLine(what: string, why: string): Line {
  return { what, value: 0, unit: "", goal: null, line: null, verdict: "skipped", detail: why };
}

/** Prints them for people, or as JSON. */
export function printLines(lines: readonly Line[], json: boolean): void {
  if (json) {
    console.log(JSON.stringify(lines, null, 1));
    return;
  }
  for (const { what, value, unit, goal, line, verdict, detail } of lines) {
    const digits = unit === "×" || value < 10 ? 2 : 0;
    const number = verdict === "skipped" ? "" : `${value.toFixed(digits)} ${unit}`;
    const bounds = line === null
      ? ""
      : goal === line
      ? `goal ${goal}`
      : `goal ${goal}, line ${line}`;
    console.log(
      [what.padEnd(52), number.padStart(12), bounds.padEnd(20), verdict.padEnd(13), detail]
        .join("  ").trimEnd(),
    );
  }
}
