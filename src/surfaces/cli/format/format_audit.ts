import type { AuditRow, AuditVerdict } from "../../../model/audit.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** Width of the longest kind of row. */
const KIND_WIDTH = 9;

/** `ward audit` for people: one line a row, newest last. */
export function formatAudit(rows: readonly AuditRow[], output: Output): string {
  if (rows.length === 0) return "Nothing was recorded yet\n";
  const width = String(rows.at(-1)?.seq).length;
  return rows.map((row) => {
    const facts = Object.entries(row.detail).filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}=${quoted(revealHidden(String(value)))}`).join(" ");
    const time = new Date(row.atMs).toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");
    const head = paint(output, "dim", `${String(row.seq).padStart(width)}  ${time}`);
    return `${head}  ${row.kind.padEnd(KIND_WIDTH)}  ${revealHidden(row.subject)}` +
      `${facts === "" ? "" : `  ${paint(output, "dim", facts)}`}\n`;
  }).join("");
}

/** A value with spaces in quotes, so that the next name is not read as part of it. */
function quoted(value: string): string {
  return /[\s"]/.test(value) || value === "" ? JSON.stringify(value) : value;
}

/** `ward audit verify` for people. */
export function formatAuditVerdict(verdict: AuditVerdict, output: Output): string {
  if (verdict.ok) {
    const rows = verdict.count === 1 ? "1 row" : `${verdict.count} rows`;
    return `${paint(output, "green", "✓")} The chain of ${rows} is whole; head ${verdict.head}\n`;
  }
  const where = verdict.atSeq === null ? "" : ` at row ${verdict.atSeq}`;
  return `${paint(output, "red", "✗")} The chain is broken${where}: ${
    revealHidden(verdict.reason)
  }\n`;
}
