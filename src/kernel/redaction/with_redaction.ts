/**
 * Redaction around a model: placeholders in all that goes out, the values again in what is shown
 * and in the calls of tools. It is the outermost wrapper, so no model of any role gets around it.
 */
import type { Message } from "../../model/conversation/message.ts";
import type { ModelEvent } from "../../model/conversation/model_stream.ts";
import type { ModelPort } from "../ports.ts";
import { MessageRedaction } from "./message_redaction.ts";
import type { Redactor } from "./redactor.ts";

/** Redaction of one conversation. */
export interface Redaction {
  /** A port that sends placeholders; all ports of a conversation share what was found. */
  wrap(port: ModelPort): ModelPort;
  /**
   * Messages with placeholders, for what cuts or quotes them before they are sent: of a value that
   * is cut first the rest looks like nothing.
   */
  messages(messages: readonly Message[]): readonly Message[];
  /** A text with placeholders, for the same. */
  text(text: string): string;
  /** A text with the values again. */
  restore(text: string): string;
}

/** Where redaction is off: all stays as it is. */
export const UNREDACTED: Redaction = {
  wrap: (port) => port,
  messages: (messages) => messages,
  text: (text) => text,
  restore: (text) => text,
};

/**
 * Redaction by one redactor.
 *
 * @param isShown Whether answers have the values again; where others read along they keep the
 *   placeholders, and only calls of tools have them. @default {true}
 */
export function createRedaction(redactor: Redactor, isShown = true): Redaction {
  const messages = new MessageRedaction(redactor);
  return {
    wrap: (port) => withRedaction(port, redactor, messages, isShown),
    messages: (list) => messages.messages(list),
    text: (text) => redactor.redact(text),
    restore: (text) => redactor.restore(text),
  };
}

function withRedaction(
  port: ModelPort,
  redactor: Redactor,
  messages: MessageRedaction,
  isShown: boolean,
): ModelPort {
  return {
    async *stream(request, options) {
      let held = "";
      const flush = function* (end: number): Generator<ModelEvent> {
        const piece = held.slice(0, end);
        const text = isShown ? redactor.restore(piece) : piece;
        held = held.slice(end);
        if (text !== "") yield { type: "text", text };
      };
      for await (const event of port.stream(messages.request(request), options)) {
        if (event.type === "text") {
          // A placeholder may come in pieces.
          held += event.text;
          yield* flush(redactor.cutBeforePlaceholder(held));
          continue;
        }
        yield* flush(held.length);
        if (event.type === "tool_call") {
          const { call } = event;
          const name = redactor.restore(call.name);
          yield {
            ...event,
            call: { ...call, name, arguments: redactor.restoreJson(call.arguments) },
          };
          continue;
        }
        if (event.type === "reasoning") messages.allow(event.reasoning);
        yield event;
      }
      yield* flush(held.length);
    },
  };
}
