import type { AuditRow, AuditVerdict } from "../../../model/audit.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** `ward audit` for people: one line a row, newest last. */
export function formatAudit(rows: readonly AuditRow[], output: Output): string {
  if (rows.length === 0) return "Nothing was recorded yet\n";
  return rows.map((row) => {
    const facts = Object.entries(row.detail).filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}=${revealHidden(String(value))}`).join(" ");
    const head = paint(output, "dim", `${row.seq} ${new Date(row.atMs).toISOString()}`);
    return `${head} ${row.kind} ${revealHidden(row.subject)}${facts === "" ? "" : ` ${facts}`}\n`;
  }).join("");
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
