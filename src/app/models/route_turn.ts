/** The model of one turn: pinned, or chosen between the fast, primary and smart one. */
import type { ModelHub } from "./model_hub.ts";
import { PendingWrites } from "../../kernel/agent/pending_writes.ts";
import { TurnRoute } from "../../kernel/routing/turn_route.ts";
import { adaptedThreshold, RECENT_TURNS } from "../../kernel/routing/threshold.ts";
import type { ModelPort, Tool, TurnEvent } from "../../kernel/ports.ts";
import type { SessionArchive, Store } from "../../kernel/store_ports.ts";
import { type RouteDecision, type Tier, TIERS } from "../../model/services/route.ts";
import type { ResolvedSettings } from "../../model/settings.ts";

/** What a turn is routed by. */
export interface RouteParts {
  readonly hub: ModelHub;
  readonly store: Pick<SessionArchive, "recentOutcomes"> & Pick<Store, "appendAudit">;
  readonly settings: ResolvedSettings["routing"];
  readonly sessionId: string;
  readonly text: string;
  readonly tools: readonly Pick<Tool, "flags">[];
  /** The turn before ended other than complete. */
  readonly previousFailed: boolean;
  onEvent(event: TurnEvent): void;
}

/** A turn's models. */
export interface RoutedTurn {
  readonly model: ModelPort;
  readonly smallModel: ModelPort;
  readonly onRound?: ((round: { failed: number; total: number }) => void) | undefined;
  /** Waits until the decisions stand in the audit log. */
  settled(): Promise<void>;
}

/** Names of the three models, as `provider/model`. */
export function tierModels({ roles }: ModelHub): Readonly<Record<Tier, string>> {
  const name = (tier: Tier) => {
    const choice = roles[tier].chosen?.choice;
    return [choice?.name, choice?.model].filter(Boolean).join("/");
  };
  return { fast: name("fast"), primary: name("primary"), smart: name("smart") };
}

/** Whether there is anything to choose. */
export function isRouted(hub: ModelHub, settings: ResolvedSettings["routing"]): boolean {
  const models = tierModels(hub);
  return settings.enabled && TIERS.some((tier) => models[tier] !== models.primary);
}

/** Decides for a turn; the decision and every later one is told and audited. */
export async function routeTurn(parts: RouteParts): Promise<RoutedTurn> {
  const { hub, store, settings, sessionId, onEvent } = parts;
  const portOf = hub.forTurn(sessionId);
  const smallModel = portOf("small");
  if (!isRouted(hub, settings)) {
    return { model: portOf("primary"), smallModel, settled: () => Promise.resolve() };
  }
  const outcomes = settings.adapt ? await store.recentOutcomes(RECENT_TURNS) : [];
  const writing = new PendingWrites(() => {});
  const route = new TurnRoute({
    text: parts.text,
    tools: parts.tools.map(({ flags }) => flags),
    previousFailed: parts.previousFailed,
    uncertaintyThreshold: adaptedThreshold(settings.uncertaintyThreshold, outcomes),
    models: tierModels(hub),
    onDecision(decision) {
      onEvent({ type: "route", decision });
      writing.add(store.appendAudit([auditRow(sessionId, decision)]));
    },
  });
  return {
    // Asked anew at each call: a turn may move to another model.
    model: { stream: (request, options) => portOf(route.tier).stream(request, options) },
    smallModel,
    onRound: (round) => route.afterRound(round),
    settled: () => writing.settled(),
  };
}

function auditRow(sessionId: string, decision: RouteDecision) {
  const { tier, model, scores, features, reason, iteration } = decision;
  const { uncertaintyThreshold, smartThreshold } = decision;
  const detail = {
    model,
    ...scores,
    features: features.join(" "),
    uncertaintyThreshold,
    smartThreshold,
    reason,
    iteration,
  };
  return { kind: "route", sessionId, subject: tier, detail } as const;
}
