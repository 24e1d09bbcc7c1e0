import { DONE } from "../../base/done.ts";
import type { SealedReasoning, ToolCall } from "../../model/conversation/message.ts";
import type { Amount } from "../../model/conversation/budget.ts";
import type {
  Answerer,
  ModelEvent,
  ModelRequest,
  Usage,
} from "../../model/conversation/model_stream.ts";
import type { ModelPort } from "../ports.ts";
import type { ModelCall } from "../store_ports.ts";
import { callUsd } from "../budget/with_budget.ts";
import { type TurnDeps, whenAborted } from "./turn.ts";

/** One answer of a model, or what came of it. */
export interface ModelAnswer {
  readonly text: string;
  /** Who answered, as the last `answering` said; null: nobody said it. */
  readonly by: Answerer | null;
  /** Only to be run when `ending` is `end`. */
  readonly toolCalls: readonly ToolCall[];
  /** What the service wants back with the answer. */
  readonly reasoning: SealedReasoning | undefined;
  /** As the service counted; null when it did not. */
  readonly usage: Usage | null;
  /** What stays held for the call beside its usage; null: all that was. */
  readonly held: Amount | null;
  readonly ending: Extract<ModelEvent, { type: "end" | "failed" }> | { readonly type: "aborted" };
}

/**
 * Calls a model once and collects its answer; never throws. A stream that breaks its contract
 * (throws, ends without an end) is a failure; one that ignores the signal is left behind.
 */
export async function callModel(
  model: ModelPort,
  request: ModelRequest,
  options: { signal: AbortSignal; onText(text: string): void },
): Promise<ModelAnswer> {
  let text = "";
  let usage: Usage | null = null;
  let by: Answerer | null = null;
  let held: Amount | null = null;
  let reasoning: SealedReasoning | undefined;
  const toolCalls: ToolCall[] = [];
  const finish = (ending: ModelAnswer["ending"]): ModelAnswer => ({
    text,
    by,
    toolCalls,
    reasoning,
    usage,
    held,
    ending,
  });
  const done = new AbortController();
  const aborted = whenAborted(options.signal, done.signal).then(() => "aborted" as const);
  let events: AsyncIterator<ModelEvent> | undefined;
  try {
    events = model.stream(request, { signal: options.signal })[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([aborted, events.next()]);
      if (next === "aborted") return finish({ type: "aborted" });
      if (next.done) return finish(failure("model.cut", "The answer ended in the middle"));
      const event = next.value;
      switch (event.type) {
        case "answering":
          by = event.by;
          // Another try: what a failed one counted and thought is not of this answer.
          usage = held = null;
          reasoning = undefined;
          break;
        case "text":
          text += event.text;
          options.onText(event.text);
          break;
        case "tool_call":
          toolCalls.push(event.call);
          break;
        case "reasoning":
          reasoning = event.reasoning;
          break;
        case "usage":
          usage = event.usage;
          break;
        case "settled":
          held = event.held;
          break;
        case "end":
          return finish(event);
        case "failed":
          return finish(options.signal.aborted ? { type: "aborted" } : event);
      }
    }
  } catch {
    // The message of an unknown error may hold the prompt: it is not passed on.
    if (options.signal.aborted) return finish({ type: "aborted" });
    return finish(failure("model.malformed", "The provider's adapter failed unexpectedly"));
  } finally {
    done.abort(DONE);
    // Not awaited: a stream that ignores its signal must not hold the turn.
    events?.return?.()?.catch(() => {});
  }
}

/** What is stored of a call: who answered, what it used and cost, and what stays held for it. */
export function callOf(
  deps: Pick<TurnDeps, "provider" | "modelId">,
  { by, usage, held }: ModelAnswer,
  ms: number,
): ModelCall {
  const { provider, model, hold } = by ??
    { provider: deps.provider ?? "", model: deps.modelId, hold: null };
  const settlement = hold === null || held === null ? null : { id: hold, ...held };
  return { provider, model, usage, ms, usd: callUsd(provider, model, usage), settlement };
}

function failure(code: "model.cut" | "model.malformed", message: string) {
  return {
    type: "failed",
    failure: { code, message, hint: "Send the message again, or try another model" },
  } as const;
}
