import type { CostLine, CostReport, CostSum } from "../../../model/conversation/usage.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** `ward cost` for people. */
export function formatCost(report: CostReport, output: Output): string {
  const reached = (report.reached ?? []).map((text) => `! Models have ${text}`);
  if (report.lines.length === 0) {
    return ["No model was called", ...reached].map((line) => line + "\n").join("");
  }
  const rows = report.lines.map((line) => row(nameOf(line, report.by), line));
  const total = row("total", report.total);
  const head = ["", "calls", "in", "cached", "out", "reasoning", "price"];
  const all = [head, ...rows, total];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column]!.length)));
  const text = (cells: readonly string[]) =>
    cells.map((cell, column) =>
      column === 0 || column === cells.length - 1
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd();
  const lines = [
    paint(output, "dim", text(head)),
    ...rows.map(text),
    paint(output, "bold", text(total)),
  ];
  const { uncounted } = report.total;
  if (uncounted > 0) {
    lines.push(`! The service did not count the tokens of ${calls(uncounted)}`);
  }
  lines.push(paint(output, "dim", `List prices as of ${report.pricesAsOf}, without discounts`));
  lines.push(...reached);
  return lines.map((line) => line + "\n").join("");
}

/** Trip and total in a line: what the last task of a session used, and all of its tasks. */
export function formatTrip(report: CostReport): string | null {
  const last = report.lines.at(-1);
  if (!last || last.provider === "builtin") return null;
  const used = (sum: CostSum) =>
    `${number(sum.inputTokens)} in, ${number(sum.outputTokens)} out, ${priceOf(sum)}`;
  // A task may have asked several models.
  const trip = report.lines.filter(({ key }) => key === last.key).reduce(added);
  return `${used(trip)} · session: ${used(report.total)}`;
}

function added(a: CostLine, b: CostLine): CostLine {
  return {
    ...a,
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    usd: a.usd === null && b.usd === null ? null : (a.usd ?? 0) + (b.usd ?? 0),
    unpriced: a.unpriced + b.unpriced,
  };
}

const PREFIX = { day: "", session: "", task: "task ", call: "call ", model: "" } as const;

function nameOf({ key, provider, model }: CostLine, by: CostReport["by"]): string {
  const who = [provider || "?", model].filter((word) => word !== "").join(" ");
  return revealHidden([PREFIX[by] + key, who].filter((word) => word !== "").join("  "));
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function row(name: string, sum: CostSum): string[] {
  return [
    name,
    number(sum.calls),
    number(sum.inputTokens),
    number(sum.cachedTokens),
    number(sum.outputTokens),
    number(sum.reasoningTokens),
    priceOf(sum),
  ];
}

/** `$0.0123`, `price unknown`, or what is known with a word on the rest. */
export function priceOf({ usd, unpriced }: CostSum): string {
  if (usd === null) return "price unknown";
  const known = usd > 0 && usd < 0.0001
    ? "<$0.0001"
    : `$${usd === 0 || usd >= 1 ? usd.toFixed(2) : usd.toFixed(4)}`;
  return unpriced === 0 ? known : `${known}, unknown for ${calls(unpriced)}`;
}

function calls(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`;
}
