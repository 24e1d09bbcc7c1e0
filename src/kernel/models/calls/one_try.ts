/** One try of a model call within its time limits. */
import { DONE } from "../../../base/done.ts";
import type {
  ModelEvent,
  ModelFailure,
  ModelRequest,
} from "../../../model/conversation/model_stream.ts";
import type { ResolvedSettings } from "../../../model/settings.ts";
import type { Clock, ModelPort } from "../../ports.ts";

/** Bounds of a call in milliseconds; of the first three 0 is none. */
export type CallLimits = ResolvedSettings["limits"]["model"];

/** An event of a try; `overdue`: the whole answer took too long, and would again. */
export type TryEvent =
  | Exclude<ModelEvent, { type: "failed" }>
  | { readonly type: "failed"; readonly failure: ModelFailure; readonly overdue?: true };

/**
 * One try, ended as `model.timeout` when nothing comes for too long: no byte at first, silence
 * within the stream, or no end. Bytes that are no event (reasoning, pieces of a call) are a sign of
 * life; the time that the consumer takes with an event is no silence.
 */
export async function* oneTry(
  port: ModelPort,
  { clock, limits }: { readonly clock: Clock; readonly limits: CallLimits },
  request: ModelRequest,
  options: Parameters<ModelPort["stream"]>[1],
): AsyncGenerator<TryEvent> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const startMs = clock.monotonic();
  const wholeUntilMs = startMs + unlessZero(limits.streamMs);
  let silenceMs = unlessZero(limits.firstByteMs);
  let setting = "limits.model_first_byte_s";
  let lastMs = startMs;
  const alive = () => {
    silenceMs = unlessZero(limits.stallMs);
    setting = "limits.model_stall_s";
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
  const until = () => Math.min(lastMs + silenceMs, wholeUntilMs);
  const watch = () => silence(clock, until, done.signal);
  let silent = watch();
  try {
    let next = iterator.next();
    for (;;) {
      const first = await Promise.race([next, silent]);
      if (first === "silent") {
        // The consumer may have taken its time with an event, which is no silence of the service.
        if (until() > clock.monotonic()) {
          silent = watch();
          continue;
        }
        // Not waited for: a port that hangs would not settle it.
        next.catch(() => {});
        if (clock.monotonic() >= wholeUntilMs) {
          const message = `No whole answer within ${limits.streamMs / 1000} s ` +
            "(limits.model_stream_s)";
          yield { type: "failed", failure: { code: "model.timeout", message }, overdue: true };
          return;
        }
        const message = `No answer within ${silenceMs / 1000} s (${setting})`;
        yield { type: "failed", failure: { code: "model.timeout", message } };
        return;
      }
      if (first.done) return;
      // That is said by the kernel itself: nothing came of the service yet.
      if (first.value.type !== "answering") alive();
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

/** A timer for longer than this many milliseconds fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function unlessZero(ms: number): number {
  return ms === 0 ? Infinity : ms;
}

/** Resolves when the time that `until` gives has passed; never, once aborted. */
async function silence(
  clock: Clock,
  until: () => number,
  signal: AbortSignal,
): Promise<"silent"> {
  for (;;) {
    const restMs = Math.min(until() - clock.monotonic(), LONGEST_TIMER_MS);
    if (restMs <= 0) return "silent";
    try {
      await clock.delay(restMs, signal);
    } catch {
      return new Promise(() => {});
    }
  }
}
