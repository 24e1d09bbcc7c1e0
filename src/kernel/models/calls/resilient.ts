/**
 * Retries of model calls. The compartment reports what happened; whether to try again, and when,
 * is decided here and nowhere else (both SDKs have their own retries switched off).
 *
 * Invariant: once text or a call was yielded there is no other try. A partial answer is not
 * repeated; it ends as `model.cut`.
 */
import { DONE } from "../../../base/done.ts";
import type {
  ModelEvent,
  ModelFailure,
  ModelFailureCode,
  ModelRequest,
} from "../../../model/conversation/model_stream.ts";
import type { Clock, ModelPort, Random } from "../../ports.ts";
import { type CallLimits, oneTry } from "./one_try.ts";

/** Another try that is to come. */
export interface Retry {
  readonly reason: string;
  readonly waitMs: number;
  /** It goes over a connection of its own, because the last one may be dead. */
  readonly fresh: boolean;
}

/** What {@linkcode withRetries} needs. */
export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: CallLimits;
  /** Told before each wait; must not throw. */
  onRetry(retry: Retry): void;
  /** Drops the connections, so that the next try does not use a dead one. */
  readonly freshConnection?: (() => Promise<void>) | undefined;
}

/** Dropping connections is local work; longer means that the compartment itself hangs. */
const FRESH_CONNECTION_LIMIT_MS = 5_000;

/** Backoff by kind of failure: full jitter over `base * 2^n`, at most `cap`. */
const BACKOFF: Partial<Record<ModelFailureCode, { baseMs: number; capMs: number }>> = {
  "model.rate_limited": { baseMs: 2_000, capMs: 30_000 },
  "model.unavailable": { baseMs: 1_000, capMs: 16_000 },
  "model.timeout": { baseMs: 500, capMs: 8_000 },
  "model.unreachable": { baseMs: 500, capMs: 8_000 },
  "model.cut": { baseMs: 500, capMs: 8_000 },
};

const NEEDS_FRESH_CONNECTION: ReadonlySet<ModelFailureCode> = new Set([
  "model.timeout",
  "model.unreachable",
  "model.cut",
]);

/**
 * A port that tries again where that can help.
 *
 * @param port The provider.
 * @param deps Clock, randomness and where to report.
 */
export function withRetries(port: ModelPort, deps: RetryDeps): ModelPort {
  return { stream: (request, options) => streamWithRetries(port, deps, request, options) };
}

async function* streamWithRetries(
  port: ModelPort,
  deps: RetryDeps,
  request: ModelRequest,
  options: Parameters<ModelPort["stream"]>[1],
): AsyncGenerator<ModelEvent> {
  let waitedMs = 0;
  for (let tries = 1;; tries++) {
    let answered = false;
    let overdue = false;
    let failure: ModelFailure | null = null;
    for await (const event of oneTry(port, deps, request, options)) {
      if (event.type === "failed") {
        failure = event.failure;
        overdue = event.overdue === true;
        break;
      }
      answered ||= event.type === "text" || event.type === "tool_call";
      yield event;
      if (event.type === "end") return;
    }
    failure ??= { code: "model.cut", message: "The answer ended without an end" };
    const leftMs = Math.max(0, deps.limits.waitMs - waitedMs);
    const wait = answered || overdue ? null : waitBefore(failure, tries, leftMs, deps);
    if (wait === null) {
      yield { type: "failed", failure: finalFailure(failure, answered, tries, leftMs) };
      return;
    }
    waitedMs += wait;
    const fresh = deps.freshConnection !== undefined && NEEDS_FRESH_CONNECTION.has(failure.code);
    deps.onRetry({ reason: failure.message, waitMs: wait, fresh });
    try {
      await deps.clock.delay(wait, options.signal);
      if (fresh) await openFresh(deps, options.signal);
    } catch (error) {
      if (!options.signal.aborted) failure = unavailable(error);
      yield { type: "failed", failure: options.signal.aborted ? CANCELLED : failure };
      return;
    }
  }
}

async function openFresh(deps: RetryDeps, signal: AbortSignal): Promise<void> {
  if (!deps.freshConnection) return;
  const done = new AbortController();
  const limit = deps.clock.delay(FRESH_CONNECTION_LIMIT_MS, AbortSignal.any([signal, done.signal]));
  const late = limit.then(() => {
    throw new Error("the compartment does not answer");
  });
  try {
    await Promise.race([deps.freshConnection(), late]);
  } finally {
    late.catch(() => {});
    done.abort(DONE);
  }
}

const CANCELLED: ModelFailure = { code: "model.cancelled", message: "The call was stopped" };

function unavailable(error: unknown): ModelFailure {
  const cause = error instanceof Error ? error.message : "unknown cause";
  return { code: "model.unavailable", message: `Cannot open a new connection: ${cause}` };
}

/** Milliseconds before the next try, or null when there is none. */
function waitBefore(
  failure: ModelFailure,
  tries: number,
  leftMs: number,
  { random, limits }: RetryDeps,
): number | null {
  const backoff = BACKOFF[failure.code];
  if (!backoff || tries >= limits.tries) return null;
  const asked = failure.retryAfterMs ?? 0;
  // All waits together have an end, and a service is never asked before it said.
  if (asked > leftMs) return null;
  const range = Math.min(backoff.capMs, backoff.baseMs * 2 ** (tries - 1));
  // The jitter on top keeps waiting clients from coming at once.
  return Math.min(leftMs, asked + Math.round(random.fraction() * range));
}

function finalFailure(
  failure: ModelFailure,
  answered: boolean,
  tries: number,
  leftMs: number,
): ModelFailure {
  const asked = failure.retryAfterMs ?? 0;
  if (answered && BACKOFF[failure.code]) {
    return {
      ...failure,
      code: "model.cut",
      message: `The answer broke off: ${failure.message}`,
      hint: "Ask again; what was said so far is incomplete",
    };
  }
  if (BACKOFF[failure.code] && asked > leftMs) {
    const seconds = Math.ceil(asked / 1000);
    return {
      ...failure,
      message: `${failure.message}; it asks to wait ${seconds} s, longer than the ` +
        `${Math.floor(leftMs / 1000)} s that are left (limits.model_wait_s)`,
    };
  }
  if (tries > 1) return { ...failure, message: `${failure.message}, after ${tries} tries` };
  return failure;
}
