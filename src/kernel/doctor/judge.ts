/** From what was found to what it means. Pure. */
import type { DoctorCheck, DoctorReport, DoctorSeverity } from "../../model/report.ts";
import { CHECKS } from "./check_table.ts";
import type { DoctorFacts } from "./facts.ts";
import { finding } from "./finding.ts";
import { judgeConfig } from "./judge_config.ts";
import { judgeDatabase } from "./judge_database.ts";
import { judgeFolders } from "./judge_folders.ts";
import { judgeLayers } from "./judge_layers.ts";
import { judgePrograms } from "./judge_programs.ts";
import { judgeProvider } from "./judge_provider.ts";

/** All findings, in the order of the table. */
export function judge(facts: DoctorFacts): DoctorCheck[] {
  const found = [
    ...judgeFolders(facts),
    ...judgeConfig(facts),
    ...judgeLayers(facts),
    ...judgePrograms(facts),
    ...judgeProvider(facts),
    ...judgeDatabase(facts),
    ...(facts.proveProblem
      ? [finding("prove", "error", `Nothing was tried: ${facts.proveProblem.message}`, {
        fix: facts.proveProblem.hint,
      })]
      : []),
  ];
  return found.sort((a, b) => place(a.id) - place(b.id));
}

function place(id: string): number {
  return CHECKS.findIndex((row) =>
    row.id === id || (row.id === "keys.<provider>" && id.startsWith("keys."))
  );
}

/** The worst of all findings. */
export function worst(checks: readonly DoctorCheck[]): DoctorSeverity {
  const order = ["error", "warning", "info", "ok"] as const;
  return order.find((one) => checks.some(({ severity }) => severity === one)) ?? "ok";
}

/**
 * Exit code: 0 all fine, 1 warnings, 2 errors. With a proof it is that of the proof: 1 when
 * something was reached, nothing was tried, or a check is an error; else 0.
 */
export function exitCode({ checks, prove }: DoctorReport, withProof: boolean): 0 | 1 | 2 {
  const severity = worst(checks);
  if (withProof) {
    const lines = prove?.lines ?? [];
    return severity === "error" || lines.length === 0 || lines.some(({ refused }) => !refused)
      ? 1
      : 0;
  }
  return severity === "error" ? 2 : severity === "warning" ? 1 : 0;
}
