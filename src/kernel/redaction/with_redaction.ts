/**
 * Redaction around a model: placeholders in all that goes out, the values again in what is shown
 * and in the arguments of tools. It is the outermost wrapper, so no model of any role gets around it.
 */
import type { Message } from "../../model/conversation/message.ts";
import type { ModelEvent, ModelRequest, ToolSpec } from "../../model/conversation/model_stream.ts";
import type { ModelPort } from "../ports.ts";
import type { Redactor } from "./redactor.ts";

/**
 * A wrapper of ports that sends placeholders.
 *
 * @param redactor Shared, with what was redacted before, by all ports of a conversation.
 */
export function createRedaction(redactor: Redactor): (port: ModelPort) => ModelPort {
  const requests = new RequestRedaction(redactor);
  return (port) => withRedaction(port, redactor, requests);
}

function withRedaction(
  port: ModelPort,
  redactor: Redactor,
  requests: RequestRedaction,
): ModelPort {
  return {
    async *stream(request, options) {
      let held = "";
      const flush = function* (end: number): Generator<ModelEvent> {
        const text = redactor.restore(held.slice(0, end));
        held = held.slice(end);
        if (text !== "") yield { type: "text", text };
      };
      for await (const event of port.stream(requests.redact(request), options)) {
        if (event.type === "text") {
          // A placeholder may come in pieces.
          held += event.text;
          yield* flush(redactor.cutBeforePlaceholder(held));
          continue;
        }
        yield* flush(held.length);
        if (event.type === "tool_call") {
          const { call } = event;
          const restored = redactor.restoreJson(call.arguments);
          yield { ...event, call: { ...call, arguments: restored } };
        } else yield event;
      }
      yield* flush(held.length);
    },
  };
}

/** Redacted requests; messages that stay the same keep their identity, which saves their crossing. */
class RequestRedaction {
  readonly #redactor: Redactor;
  readonly #messages = new WeakMap<Message, { version: number; message: Message }>();
  readonly #tools = new WeakMap<
    readonly ToolSpec[],
    { version: number; tools: readonly ToolSpec[] }
  >();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  redact(request: ModelRequest): ModelRequest {
    // Twice where the first round found a value that stands bare in a message before it.
    for (;;) {
      const { version } = this.#redactor;
      const redacted = {
        ...request,
        system: this.#redactor.redact(request.system),
        messages: request.messages.map((message) => this.#message(message)),
        tools: this.#specs(request.tools),
      };
      if (this.#redactor.version === version) return redacted;
    }
  }

  #message(message: Message): Message {
    const known = this.#messages.get(message);
    if (known?.version === this.#redactor.version) return known.message;
    const fresh = this.#redactMessage(message);
    const isSame = known !== undefined && JSON.stringify(fresh) === JSON.stringify(known.message);
    const redacted = isSame ? known.message : fresh;
    this.#messages.set(message, { version: this.#redactor.version, message: redacted });
    return redacted;
  }

  #redactMessage(message: Message): Message {
    const redactor = this.#redactor;
    switch (message.role) {
      case "user":
        // What an image shows cannot be looked through.
        return {
          role: "user",
          text: redactor.redact(message.text) +
            (message.images?.length ? "\n[an image was left out: redaction is on]" : ""),
        };
      case "assistant":
        return {
          ...message,
          text: redactor.redact(message.text),
          toolCalls: message.toolCalls.map((call) => ({
            ...call,
            arguments: redactJson(call.arguments, redactor),
          })),
        };
      case "tool":
        return { ...message, content: redactor.redact(message.content) };
    }
  }

  #specs(tools: readonly ToolSpec[]): readonly ToolSpec[] {
    const known = this.#tools.get(tools);
    if (known?.version === this.#redactor.version) return known.tools;
    const text = JSON.stringify(tools);
    const redacted = redactJson(text, this.#redactor);
    const same = redacted === text ? tools : JSON.parse(redacted) as readonly ToolSpec[];
    this.#tools.set(tools, { version: this.#redactor.version, tools: same });
    return same;
  }
}

/** JSON text with every string redacted as it reads; what is no JSON is redacted as it stands. */
function redactJson(text: string, redactor: Redactor): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return redactor.redact(text);
  }
  const before = JSON.stringify(value);
  const after = JSON.stringify(redactValue(value, redactor));
  return after === before ? text : after;
}

function redactValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redact(value);
  if (typeof value === "number") {
    // A card number that a model wrote as one.
    const text = String(value);
    const redacted = redactor.redact(text);
    return redacted === text ? value : redacted;
  }
  if (Array.isArray(value)) return value.map((one) => redactValue(one, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      // `{"password": "x"}` says what it is by its key.
      const named = typeof inner === "string" ? redactor.redact(`${key}: ${inner}`) : null;
      const prefix = `${key}: `;
      const isNamed = named !== null && named.startsWith(prefix) &&
        /^\[\[[A-Z0-9_]+_\w+\]\]$/.test(named.slice(prefix.length));
      return [
        redactor.redact(key),
        isNamed ? named.slice(prefix.length) : redactValue(inner, redactor),
      ];
    }),
  );
}
