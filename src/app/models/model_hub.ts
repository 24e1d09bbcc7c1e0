/**
 * The models of a conversation, each provider in a thread of its own, behind ports that are wrapped
 * in the order that keeps each wrapper true:
 *
 *   redaction → fallback → retry → budget → log → thread
 *
 * Redaction is outermost, so that no model of any role gets around it. Fallback is outside the retries, so that a provider is given up once and not at each try. Retries
 * are outside the budget, so that each try is held for. The log is innermost, so that it tells what
 * really went to a service.
 */
import type { TurnLog } from "../start/logging.ts";
import type { BegunProvider } from "../provider.ts";
import { type ProviderThread, providerThread } from "./provider_thread.ts";
import { whenAsked } from "./when_asked.ts";
import { UsageError } from "../../base/app_error.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { warningText } from "../../kernel/budget/cap_text.ts";
import { TaskMeter } from "../../kernel/budget/task_meter.ts";
import { withBudget } from "../../kernel/budget/with_budget.ts";
import type { ChosenProvider } from "../../kernel/models/providers/candidate.ts";
import { chooseByRef } from "../../kernel/models/providers/choose_ref.ts";
import { billedAs } from "../../kernel/models/prices/cost.ts";
import { withRetries } from "../../kernel/models/calls/resilient.ts";
import { resolveRoles, type Role, type Roles } from "../../kernel/models/roles.ts";
import { type Target, withFallback } from "../../kernel/models/calls/with_fallback.ts";
import type { Redaction } from "../../kernel/redaction/with_redaction.ts";
import type { ModelPort, TurnEvent } from "../../kernel/ports.ts";
import type { BudgetLedger, Store } from "../../kernel/store_ports.ts";
import type { CapFact } from "../../model/conversation/budget.ts";
import type { ResolvedSettings } from "../../model/settings.ts";
import type { Form } from "../start/code_base.ts";

/** What a hub works with. */
export interface HubParts {
  readonly begun: BegunProvider;
  readonly form: Form;
  /** The built-in assistant. */
  readonly builtin: ModelPort;
  readonly ledger: BudgetLedger & Pick<Store, "appendAudit">;
  readonly settings: Pick<ResolvedSettings, "budget" | "limits" | "models">;
  readonly log: TurnLog;
  readonly redaction: Redaction;
  /** All of the conversation is one task of the budget. @default {each turn is one} */
  readonly isOneTask?: boolean | undefined;
  onEvent(event: TurnEvent): void;
  /** A request is on its way to a thread; nothing of its answer has been read. */
  onAsked(): void;
}

/** The models of one conversation. */
export interface ModelHub {
  readonly roles: Roles;
  /** What is set and cannot be used, for people. */
  readonly problems: readonly string[];
  /** The port of a role for one turn, or for a question beside the turns. */
  forTurn(sessionId: string): (role: Role) => ModelPort;
  /** Ends all threads. */
  stop(): void;
}

/** Builds a hub; no thread is started by that. */
export function createModelHub(parts: HubParts): ModelHub {
  const { begun, ledger, settings: { budget, limits, models }, log, onEvent } = parts;
  const roles = resolveRoles(begun, models.roles);
  const { chain, problems } = fallbackChain(parts);
  const threads = new Map<string, ProviderThread>();
  if (begun.thread) threads.set(threadKey(begun.chosen), begun.thread);
  const ratios = new Map<string, number>();
  const coolDowns = new Map<string, number>();
  let told = nameOf(roles.primary.chosen ?? begun.chosen);
  const stop = () => threads.forEach((thread) => thread.stop());
  const threadOf = (chosen: ChosenProvider): ProviderThread | null => {
    const key = threadKey(chosen);
    const thread = threads.get(key) ??
      (begun.threadOf ?? providerThread)(chosen, parts.form);
    if (thread) threads.set(key, thread);
    return thread;
  };

  const newMeter = () =>
    new TaskMeter({ tokens: budget.taskTokens, usd: budget.taskUsd }, budget.warnAt);
  const sharedMeter = parts.isOneTask ? newMeter() : null;

  const target = (chosen: ChosenProvider, sessionId: string, meter: TaskMeter): Target => {
    const { choice } = chosen;
    const names = { provider: choice.name, model: choice.model };
    const thread = threadOf(chosen);
    if (!thread) return { ...names, port: asAnswerer(log.model(parts.builtin, names)) };
    const capped = withBudget(log.model(whenAsked(thread.port, parts.onAsked), names), {
      provider: billedAs(choice),
      sessionId,
      meter,
      ledger,
      budget,
      ratios,
      onWarning: (cap) => onEvent({ type: "notice", text: warningText(cap), cap }),
      onReached(cap) {
        // The network goes with the threads; the next call that is let through starts one again.
        stop();
        ledger.appendAudit([auditRow(sessionId, cap)]).catch(() => {
          // The turn's own rows say that a cap ended it.
        });
      },
    });
    const port = withRetries(capped, {
      clock: systemClock,
      random: systemRandom,
      limits: limits.model,
      onRetry: (retry) => onEvent({ type: "retry", ...retry }),
      freshConnection: () => thread.freshConnection(),
    });
    return { ...names, port };
  };

  /** Tells who answers, where that is not who was told before. */
  const telling = (port: ModelPort): ModelPort => ({
    async *stream(request, options) {
      for await (const event of port.stream(request, options)) {
        if (event.type === "answering") {
          const { provider, model } = event.by;
          const name = `${provider} ${model}`.trim();
          onEvent({ type: "answering", provider, model, isOther: name !== told });
          told = name;
        }
        yield event;
      }
    },
  });

  return {
    roles,
    problems: [...Object.values(roles).flatMap(({ problem }) => problem ?? []), ...problems],
    stop,
    forTurn(sessionId) {
      const meter = sharedMeter ?? newMeter();
      const ports = new Map<Role, ModelPort>();
      const portOf = (role: Role) => {
        const first = roles[role].chosen ?? begun.chosen;
        const all = [first, ...chain].filter((one, at, list) =>
          list.findIndex((other) => nameOf(other) === nameOf(one)) === at
        );
        const chained = withFallback(all.map((one) => target(one, sessionId, meter)), {
          clock: systemClock,
          coolDowns,
          onFallback: (failed, reason, next) =>
            onEvent({
              type: "notice",
              text: `${reason} (${targetName(failed)}); asking ${targetName(next)}`,
            }),
        });
        // Summaries and judgements are ward's own work: who makes them is in `ward cost`.
        const port = role === "small" || role === "evaluator" ? chained : telling(chained);
        return parts.redaction.wrap(port);
      };
      return (role) => {
        const port = ports.get(role) ?? portOf(role);
        ports.set(role, port);
        return port;
      };
    },
  };
}

/** The chain with what cannot be used left out; one that is set ends with the built-in assistant. */
function fallbackChain(
  { begun, settings }: HubParts,
): { chain: readonly ChosenProvider[]; problems: readonly string[] } {
  const problems: string[] = [];
  const from = "model.fallback in config.toml";
  const current = begun.chosen.choice.name;
  const named = settings.models.fallback;
  // Without a chain a failure is told: nobody chose to be answered by what knows no language.
  const refs = named.length === 0 ? [] : [...named, "builtin"];
  const chain = refs.flatMap((ref) => {
    try {
      return [chooseByRef(ref, begun.inputs, { current, from })];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(`${from}: ${error.message}`);
      return [];
    }
  });
  const isBuiltin = ({ choice }: ChosenProvider) => choice.protocol === "builtin";
  return {
    chain: [...chain.filter((one) => !isBuiltin(one)), ...chain.filter(isBuiltin)],
    problems,
  };
}

/** The built-in assistant says who it is as every other model does. */
function asAnswerer(port: ModelPort): ModelPort {
  return {
    async *stream(request, options) {
      yield { type: "answering", by: { provider: "builtin", model: "", hold: null } };
      yield* port.stream(request, options);
    },
  };
}

/** A provider at an address: one thread, whichever of its models is asked. */
function threadKey({ choice }: ChosenProvider): string {
  return JSON.stringify([choice.name, choice.baseUrl]);
}

/** As calls are counted under. */
function nameOf({ choice }: ChosenProvider): string {
  return `${billedAs(choice)} ${choice.model}`.trim();
}

function targetName({ provider, model }: Pick<Target, "provider" | "model">): string {
  return provider === "builtin" ? "the built-in assistant" : `${provider}/${model}`;
}

function auditRow(sessionId: string, { scope, unit, limit, spent, asked }: CapFact) {
  const detail = { unit, limit, spent, asked };
  return { kind: "budget", sessionId, subject: `${scope} cap`, detail } as const;
}
