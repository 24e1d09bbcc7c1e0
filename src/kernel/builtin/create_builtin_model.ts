import type { Message } from "../../model/conversation/message.ts";
import type { ModelEvent, ModelRequest } from "../../model/conversation/model_stream.ts";
import type { Clock, ModelPort } from "../ports.ts";
import { aboutConnecting, type BuiltinFacts } from "./facts.ts";
import { parseMessage } from "./parse_message.ts";
import { nextStep, type Outcome } from "./skills.ts";
import type { Wanted } from "./ways.ts";

/** What the built-in assistant needs. */
export interface BuiltinDeps {
  readonly clock: Clock;
  /** Asked anew for each answer: grants come and go. */
  facts(): BuiltinFacts;
  /** Finds out which layer holds, before an answer states it. */
  settleLayer(): Promise<void>;
}

/**
 * The built-in assistant (M2): a model like any other to the loop, so its calls pass the same
 * policy and the same cell. It keeps no state: where it stands follows from the messages alone.
 */
export function createBuiltinModel(deps: BuiltinDeps): ModelPort {
  return {
    async *stream(request, { signal }) {
      if (signal.aborted) {
        yield {
          type: "failed",
          failure: { code: "model.cancelled", message: "The call was cancelled" },
        };
        return;
      }
      yield* answer(request, deps);
    },
  };
}

async function* answer(request: ModelRequest, deps: BuiltinDeps): AsyncGenerator<ModelEvent> {
  const { messages } = request;
  const asked = messages.findLastIndex(({ role }) => role === "user");
  const message = messages[asked];
  let facts = deps.facts();
  const programs = facts.programs.map((rule) => rule.split(" ")[0] ?? "");
  const intents = parseMessage(message?.role === "user" ? message.text : "", programs);
  if (intents.some(({ type }) => type === "allowed" || type === "status")) {
    await deps.settleLayer();
    facts = deps.facts();
  }
  const turn = messages.filter(({ role }) => role === "user").length;
  const calls: { id: string; wanted: Wanted }[] = [];
  const said: string[] = [];
  for (const [index, intent] of intents.entries()) {
    const prefix = `builtin-${turn}-${index}-`;
    const results = resultsOf(messages.slice(asked + 1), prefix);
    const step = nextStep(intent, results, { facts, clock: deps.clock });
    if ("say" in step) said.push(step.say);
    else calls.push({ id: `${prefix}${results.length}`, wanted: step.call });
  }
  for (const { id, wanted } of calls) {
    const call = { id, name: wanted.name, arguments: JSON.stringify(wanted.args) };
    yield { type: "tool_call", call };
  }
  // An answer is given whole, when all that it rests on is there.
  if (calls.length === 0) yield { type: "text", text: joined(said, aboutConnecting(facts)) };
  yield { type: "usage", usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 } };
  yield { type: "end", stopReason: calls.length > 0 ? "tool_calls" : "end" };
}

/** Answers one after the other; what all of them end with is said once, at the end. */
function joined(said: readonly string[], end: string): string {
  const last = said.findLastIndex((text) => text.endsWith(end));
  return said.map((text, index) =>
    index < last && text.endsWith(end) ? text.slice(0, -end.length).trimEnd() : text
  ).filter((text) => text !== "").join("\n\n");
}

/** Results of one intent's calls, in the order of the calls. */
function resultsOf(messages: readonly Message[], prefix: string): Outcome[] {
  return messages.flatMap((message) =>
    message.role === "tool" && message.callId.startsWith(prefix) ? [message] : []
  );
}
