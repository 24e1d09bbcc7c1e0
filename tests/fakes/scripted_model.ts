import type { ModelPort } from "../../src/kernel/ports.ts";
import type { ModelEvent, ModelRequest } from "../../src/model/conversation/model_stream.ts";

/** What one call of the model yields: events, or a function that does what it likes. */
export type ScriptedAnswer =
  | readonly ModelEvent[]
  | ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>);

/** A model that answers from a script; after its last answer it repeats that one. */
export class ScriptedModel implements ModelPort {
  /** Requests as they came. */
  readonly requests: ModelRequest[] = [];
  readonly #answers: readonly ScriptedAnswer[];

  constructor(answers: readonly ScriptedAnswer[]) {
    this.#answers = answers;
  }

  async *stream(
    request: ModelRequest,
    options: { signal: AbortSignal },
  ): AsyncIterable<ModelEvent> {
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length - 1)];
    this.requests.push(structuredClone(request));
    if (typeof answer === "function") yield* answer(request, options.signal);
    else if (answer) yield* answer;
  }
}

/** An answer of text alone. */
export function says(text: string): ModelEvent[] {
  return [{ type: "text", text }, usage(10, 5), { type: "end", stopReason: "end" }];
}

/** An answer of calls, each `[id, name, arguments]`; arguments may be raw JSON text. */
export function calls(...all: [id: string, name: string, args: unknown][]): ModelEvent[] {
  return [
    ...all.map(([id, name, args]): ModelEvent => ({
      type: "tool_call",
      call: { id, name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
    })),
    usage(10, 5),
    { type: "end", stopReason: "tool_calls" },
  ];
}

/** A usage event. */
export function usage(inputTokens: number, outputTokens: number): ModelEvent {
  return { type: "usage", usage: { inputTokens, outputTokens, cachedTokens: 0 } };
}
