/**
 * The models of a conversation behind one port, wrapped in the order that keeps each wrapper true:
 *
 *   retry → budget → log → thread
 *
 * Retries are outside the budget, so that each try is held for; the log is innermost, so that it
 * tells what really went to a service.
 */
import type { TurnLog } from "../start/logging.ts";
import type { BegunProvider } from "../provider.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { TaskMeter } from "../../kernel/budget/task_meter.ts";
import { withBudget } from "../../kernel/budget/with_budget.ts";
import { warningText } from "../../kernel/budget/cap_text.ts";
import { billedAs } from "../../kernel/models/cost.ts";
import { withRetries } from "../../kernel/models/resilient.ts";
import type { BudgetLedger, ModelPort, Store, TurnEvent } from "../../kernel/ports.ts";
import type { ResolvedSettings } from "../../model/settings.ts";

/** What a hub works with. */
export interface HubParts {
  readonly begun: BegunProvider;
  /** The built-in assistant. */
  readonly builtin: ModelPort;
  readonly ledger: BudgetLedger & Pick<Store, "appendAudit">;
  readonly budget: ResolvedSettings["budget"];
  /** Bounds of one call. */
  readonly limits: ResolvedSettings["limits"]["model"];
  readonly log: TurnLog;
  onEvent(event: TurnEvent): void;
}

/** The models of one conversation. */
export interface ModelHub {
  /** The port of one turn, which is one task of the budget. */
  forTurn(sessionId: string): ModelPort;
  /** Ends all threads. */
  stop(): void;
}

/** Builds a hub; no thread is started by that. */
export function createModelHub(parts: HubParts): ModelHub {
  const { begun: { chosen: { choice }, thread }, ledger, budget, log, onEvent } = parts;
  const ratios = new Map<string, number>();
  const names = { provider: choice.name, model: choice.model };
  const stop = () => thread?.stop();
  return {
    stop,
    forTurn(sessionId) {
      if (!thread) return log.model(parts.builtin, names);
      const meter = new TaskMeter(
        { tokens: budget.taskTokens, usd: budget.taskUsd },
        budget.warnAt,
      );
      const capped = withBudget(log.model(thread.port, names), {
        provider: billedAs(choice),
        sessionId,
        meter,
        ledger,
        budget,
        ratios,
        onWarning: (cap) => onEvent({ type: "notice", text: warningText(cap) }),
        onReached(cap) {
          // The network goes with the thread; the next call that is let through starts another.
          stop();
          const { scope, unit, limit, spent, asked } = cap;
          const detail = { unit, limit, spent, asked };
          ledger.appendAudit([{ kind: "budget", sessionId, subject: `${scope} cap`, detail }])
            .catch(() => {
              // The turn's own rows say that a cap ended it.
            });
        },
      });
      return withRetries(capped, {
        clock: systemClock,
        random: systemRandom,
        limits: parts.limits,
        onRetry: (retry) => onEvent({ type: "retry", ...retry }),
        freshConnection: () => thread.freshConnection(),
      });
    },
  };
}
