/**
 * Models that stand in for each other, in order. A provider that failed is left alone for a while;
 * when all are, they are asked all the same, the first one first.
 *
 * Invariant: once text or a call was yielded nobody else is asked, and what another model cannot
 * mend (a wrong key, a refused request, a prompt that is too long, a cap) is told as it is.
 */
import type {
  ModelEvent,
  ModelFailureCode,
  ModelRequest,
} from "../../../model/conversation/model_stream.ts";
import type { Clock, ModelPort } from "../../ports.ts";

/** A model that can be asked. */
export interface Target {
  /** Name of the provider, which cools down as a whole. */
  readonly provider: string;
  /** Id as the service knows it; empty for the built-in assistant. */
  readonly model: string;
  readonly port: ModelPort;
}

/** What {@linkcode withFallback} needs. */
export interface FallbackDeps {
  readonly clock: Pick<Clock, "monotonic">;
  /** When each provider or model may be asked again, by the monotonic clock; shared by all ports. */
  readonly coolDowns: Map<string, number>;
  /** Told before another one is asked; must not throw. */
  onFallback(failed: Target, reason: string, next: Target): void;
}

/** How long a provider is left alone after a failure. */
export const COOL_DOWN_MS = 60_000;

/** Failures that another provider may not have. */
const CASCADES: ReadonlySet<ModelFailureCode> = new Set([
  "model.rate_limited",
  "model.no_credit",
  "model.not_found",
  "model.unavailable",
  "model.unreachable",
  "model.timeout",
  "model.cut",
  "model.malformed",
]);

/**
 * A port that asks the next one where one fails.
 *
 * @param targets At least one, in order.
 */
export function withFallback(targets: readonly Target[], deps: FallbackDeps): ModelPort {
  return { stream: (request, options) => streamFromOne(targets, deps, request, options) };
}

async function* streamFromOne(
  targets: readonly Target[],
  deps: FallbackDeps,
  request: ModelRequest,
  options: Parameters<ModelPort["stream"]>[1],
): AsyncGenerator<ModelEvent> {
  const { clock, coolDowns } = deps;
  const isCool = (target: Target) =>
    [target.provider, modelKey(target)].every((key) =>
      (coolDowns.get(key) ?? 0) <= clock.monotonic()
    );
  const ready = targets.filter(isCool);
  const order = ready.length > 0 ? ready : targets;
  for (const [index, target] of order.entries()) {
    const next = order[index + 1];
    let answered = false;
    let failed = false;
    for await (const event of target.port.stream({ ...request, model: target.model }, options)) {
      answered ||= event.type === "text" || event.type === "tool_call";
      if (event.type === "failed" && !answered && CASCADES.has(event.failure.code)) {
        const { code, retryAfterMs = 0, message } = event.failure;
        // A model that is not there says nothing of the others of its service.
        const key = code === "model.not_found" ? modelKey(target) : target.provider;
        coolDowns.set(key, clock.monotonic() + Math.max(COOL_DOWN_MS, retryAfterMs));
        if (next !== undefined && !options.signal.aborted) {
          deps.onFallback(target, message, next);
          failed = true;
          break;
        }
      }
      if (event.type === "end") {
        coolDowns.delete(target.provider);
        coolDowns.delete(modelKey(target));
      }
      yield event;
      if (event.type === "end" || event.type === "failed") return;
    }
    // A stream without an end is told by whoever reads it.
    if (!failed) return;
  }
}

function modelKey({ provider, model }: Target): string {
  return JSON.stringify([provider, model]);
}
