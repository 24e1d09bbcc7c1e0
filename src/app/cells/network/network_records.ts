import type { EgressInputs } from "./egress.ts";
import type { Log } from "../../../kernel/ports.ts";
import type { Store } from "../../../kernel/store_ports.ts";
import type { AuditEntry } from "../../../model/audit.ts";

/**
 * Writes what the cells' network did to the audit log and the log: the first connection to each host
 * and the first refusal of one in each cell, and in the end how much went through.
 *
 * @param sessionId Of the moment.
 */
export function networkRecords(
  audit: Store["appendAudit"],
  log: Log,
  sessionId: () => string | null,
  compartment: string,
): Pick<EgressInputs, "onEvent" | "onEnd"> {
  const row = (subject: string, detail: AuditEntry["detail"]): AuditEntry => ({
    kind: "net",
    sessionId: sessionId(),
    subject,
    detail: { compartment, ...detail },
  });
  return {
    onEvent({ type, ...detail }) {
      log.write(type === "reached" ? "info" : "warn", `net_${type}`, { compartment, ...detail });
      audit([row(type, detail)]);
    },
    onEnd(tallies) {
      audit(tallies.map((tally) => row("carried", { ...tally })));
    },
  };
}
