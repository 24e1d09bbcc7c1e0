import type { HandsInputs } from "./hands.ts";
import { reducedNotice } from "./reduced_notice.ts";
import type { Log } from "../../kernel/ports.ts";
import type { Store } from "../../kernel/store_ports.ts";
import type { AuditEntry } from "../../model/audit.ts";

/** What {@linkcode cellEvents} needs. */
export interface CellEventParts {
  audit(entries: readonly AuditEntry[]): ReturnType<Store["appendAudit"]>;
  readonly log: Log;
  sessionId(): string | null;
  /** Tells the person. */
  notice(text: string): void;
  /** A cell is proven: nothing else needs to start programs. */
  giveUpRun(): void;
  readonly commandsWithoutSandbox: boolean;
}

/** What happens with cells goes to the audit log, the log and the person. */
export function cellEvents(
  { audit, log, sessionId, notice, giveUpRun, commandsWithoutSandbox }: CellEventParts,
): Required<Pick<HandsInputs, "onPlanted" | "onCell" | "onCellEnd" | "onReduced">> {
  return {
    onPlanted(paths, left) {
      const row = (subject: string) => (path: string): AuditEntry => ({
        kind: "cell",
        sessionId: sessionId(),
        subject,
        detail: { path },
      });
      audit([...paths.map(row("set aside")), ...left.map(row("not set aside"))]);
      if (left.length > 0) {
        notice(
          `Could not set aside what would act outside later: ${
            left.join(", ")
          }; remove it before you work there`,
        );
      }
      if (paths.length === 0) return;
      notice(
        `Set aside what would act outside later: ${paths.join(", ")} (kept as *.blocked-by-ward)`,
      );
    },
    onCell({ variant, proven, detail }) {
      if (proven) giveUpRun();
      log.write(proven ? "info" : "warn", proven ? "cell_proven" : "cell_refused", {
        variant,
        detail,
      });
      const subject = proven ? "cell proven" : "cell refused";
      audit([{ kind: "cell", sessionId: sessionId(), subject, detail: { variant, detail } }]);
    },
    onCellEnd: (variant) => log.write("debug", "cell_ended", { variant }),
    onReduced(state) {
      const cause = state.cause ?? `not held: ${state.notHeld.join("; ")}`;
      log.write("warn", "sandbox_reduced", { cause });
      notice(reducedNotice(state, commandsWithoutSandbox));
    },
  };
}
