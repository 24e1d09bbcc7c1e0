/** `ward audit` and `ward audit verify`. */
import { type CommandContext, print } from "./context.ts";
import { formatAudit, formatAuditVerdict } from "../../surfaces/cli/format/format_audit.ts";

/** Prints the newest rows, newest last. */
export async function audit(limit: number, context: CommandContext): Promise<number> {
  const rows = await context.ward.store.listAudit({ limit });
  print(context, rows, () => formatAudit(rows, context.stdout));
  return 0;
}

/** Checks the chain: 0 when it holds, 1 when a row was changed, removed or put back. */
export async function auditVerify(context: CommandContext): Promise<number> {
  const verdict = await context.ward.store.verifyAudit();
  print(context, verdict, () => formatAuditVerdict(verdict, context.stdout));
  return verdict.ok ? 0 : 1;
}
