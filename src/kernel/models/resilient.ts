/**
 * Retries of model calls. The compartment reports what happened; whether to try again, and when,
 * is decided here and nowhere else (both SDKs have their own retries switched off).
 *
 * Invariant: once text or a call was yielded there is no other try. A partial answer is not
 * repeated; it ends as `model.cut`.
 */
import { DONE } from "../../base/done.ts";
import type {
  ModelEvent,
  ModelFailure,
  ModelFailureCode,
  ModelRequest,
} from "../../model/model_stream.ts";
import type { Clock, ModelPort, Random } from "../ports.ts";

/** What {@linkcode withRetries} needs. */
export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Told before each wait; must not throw. */
  onRetry(reason: string, waitMs: number): void;
  /** Drops the connections, so that the next try does not use a dead one. */
  readonly freshConnection?: (() => Promise<void>) | undefined;
}

/** Tries of one call at most, the first one included. */
const MAX_TRIES = 4;
/** Longest wait that a service may ask for; more is a failure that says so. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** No byte at all within this time: the connection or the service is dead (M7, "45 s chat"). */
const FIRST_BYTE_LIMIT_MS = 45_000;
/**
 * Silence within a stream (M7, "180 s stream"). It bounds silence and not the whole answer: a
 * long answer that still flows is fine, and its length is bounded by tokens and the turn's time.
 * Bytes that are no event (reasoning, pieces of a call) count as a sign of life.
 */
const SILENCE_LIMIT_MS = 180_000;

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
  for (let tries = 1;; tries++) {
    let answered = false;
    let failure: ModelFailure | null = null;
    for await (const event of oneTry(port, deps.clock, request, options)) {
      if (event.type === "failed") {
        failure = event.failure;
        break;
      }
      answered ||= event.type === "text" || event.type === "tool_call";
      yield event;
      if (event.type === "end") return;
    }
    failure ??= { code: "model.cut", message: "The answer ended without an end" };
    const wait = answered ? null : waitBefore(failure, tries, deps.random);
    if (wait === null) {
      yield { type: "failed", failure: finalFailure(failure, answered, tries) };
      return;
    }
    deps.onRetry(failure.message, wait);
    try {
      await deps.clock.delay(wait, options.signal);
      if (NEEDS_FRESH_CONNECTION.has(failure.code)) await openFresh(deps, options.signal);
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
function waitBefore(failure: ModelFailure, tries: number, random: Random): number | null {
  const backoff = BACKOFF[failure.code];
  if (!backoff || tries >= MAX_TRIES) return null;
  const asked = failure.retryAfterMs ?? 0;
  if (asked > LONGEST_RETRY_AFTER_MS) return null;
  const range = Math.min(backoff.capMs, backoff.baseMs * 2 ** (tries - 1));
  // Never before the service said; the jitter on top keeps waiting clients from coming at once.
  return asked + Math.round(random.fraction() * range);
}

function finalFailure(failure: ModelFailure, answered: boolean, tries: number): ModelFailure {
  const asked = failure.retryAfterMs ?? 0;
  if (answered && BACKOFF[failure.code]) {
    return {
      ...failure,
      code: "model.cut",
      message: `The answer broke off: ${failure.message}`,
      hint: "Ask again; what was said so far is incomplete",
    };
  }
  if (BACKOFF[failure.code] && asked > LONGEST_RETRY_AFTER_MS) {
    const seconds = Math.ceil(asked / 1000);
    return {
      ...failure,
      message: `${failure.message}; it asks to wait ${seconds} s, longer than ` +
        `${LONGEST_RETRY_AFTER_MS / 1000} s`,
    };
  }
  if (tries > 1) return { ...failure, message: `${failure.message}, after ${tries} tries` };
  return failure;
}

/** One try, ended as `model.timeout` when nothing comes for too long. */
async function* oneTry(
  port: ModelPort,
  clock: Clock,
  request: ModelRequest,
  options: Parameters<ModelPort["stream"]>[1],
): AsyncGenerator<ModelEvent> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  let limitMs = FIRST_BYTE_LIMIT_MS;
  let lastMs = clock.monotonic();
  const alive = () => {
    limitMs = SILENCE_LIMIT_MS;
    lastMs = clock.monotonic();
  };
  const iterator = port.stream(request, {
    signal,
    onActivity: () => {
      alive();
      options.onActivity?.();
    },
  })[Symbol.asyncIterator]();
  const done = new AbortController();
  const watch = () => silence(clock, () => lastMs + limitMs, done.signal);
  let silent = watch();
  try {
    let next = iterator.next();
    for (;;) {
      const first = await Promise.race([next, silent]);
      if (first === "silent") {
        // The consumer may have taken its time with an event, which is no silence of the service.
        if (lastMs + limitMs > clock.monotonic()) {
          silent = watch();
          continue;
        }
        // Not waited for: a port that hangs would not settle it.
        next.catch(() => {});
        const message = `No answer within ${limitMs / 1000} s`;
        yield { type: "failed", failure: { code: "model.timeout", message } };
        return;
      }
      if (first.done) return;
      alive();
      yield first.value;
      lastMs = clock.monotonic();
      next = iterator.next();
    }
  } finally {
    done.abort(DONE);
    ended.abort(DONE);
    iterator.return?.()?.catch(() => {});
  }
}

/** Resolves when the time that `until` gives has passed; never, once aborted. */
async function silence(
  clock: Clock,
  until: () => number,
  signal: AbortSignal,
): Promise<"silent"> {
  for (;;) {
    const restMs = until() - clock.monotonic();
    if (restMs <= 0) return "silent";
    try {
      await clock.delay(restMs, signal);
    } catch {
      return new Promise(() => {});
    }
  }
}
