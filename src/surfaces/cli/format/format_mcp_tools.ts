import { approvalText } from "../../../kernel/mcp/approvals.ts";
import { hidesSomething, ordersIn } from "../../../kernel/mcp/definitions.ts";
import type { McpToolState } from "../../../model/mcp/approval.ts";
import type { McpHello } from "../../../model/mcp/session.ts";
import { type Output, paint, type Tone } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";
import { shownRows } from "./shown_rows.ts";

const STATES: Readonly<Record<McpToolState["state"], readonly [Tone, string]>> = {
  approved: ["green", "approved"],
  new: ["yellow", "not approved"],
  changed: ["red", "changed since you approved it"],
  gone: ["dim", "approved, and not there any more"],
  unusable: ["red", "cannot be used"],
};

/** Who answered. */
export function formatHello(alias: string, { name, version, protocol }: McpHello): string {
  const who = revealHidden(`${name} ${version}`.trim() || "a server without a name");
  return `${alias}: ${who}, revision ${revealHidden(protocol)}\n`;
}

/**
 * The tools of a server, with everything hidden shown: all that a new one says of itself, or how a
 * changed one differs from what was approved. Each line begins with a bar, so that none can look
 * like ward's own.
 */
export function formatTools(
  tools: readonly McpToolState[],
  output: Output,
  columns: number,
): string {
  if (tools.length === 0) return "It has no tools\n";
  return tools.map((one) => {
    const [tone, words] = STATES[one.state];
    const why = one.problem === null ? "" : `: ${one.problem}`;
    const head = `${paint(output, "bold", revealHidden(one.name))}  ${
      paint(output, tone, words + why)
    }\n`;
    return head +
      (one.state === "new" || one.state === "changed" ? body(one, output, columns) : "");
  }).join("");
}

function body(one: McpToolState, output: Output, columns: number): string {
  const rows = shownRows(approvalText(one), one.state === "changed", output, columns);
  const warn = (text: string) => paint(output, "red", `! ${text}`) + "\n";
  const orders = one.now === null ? [] : ordersIn(one.now);
  return [
    rows,
    ...one.now !== null && hidesSomething(one.now)
      ? [warn("it holds what nobody would see; models get it without that")]
      : [],
    ...orders.length > 0 ? [warn(`beware: it ${orders.join(", ")}`)] : [],
  ].join("");
}
