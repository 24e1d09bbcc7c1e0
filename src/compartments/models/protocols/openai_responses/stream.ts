/**
 * The stream of OpenAI Responses as ward's events. Pure.
 * Source: OpenAI API reference, "Responses streaming events".
 */
import * as z from "zod";
import type { ModelEvent, StopReason, Usage } from "../../../../model/conversation/model_stream.ts";
import { describeFailure, type FailedCall } from "../../failure.ts";
import { AnswerLayout } from "../answer_layout.ts";
import type { CallIds } from "../call_ids.ts";
import { ServiceError } from "../http_call.ts";

const usageSchema = z.object({
  input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
  input_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
  output_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
});

const itemSchema = z.object({
  type: z.string(),
  id: z.string().nullish(),
  call_id: z.string().nullish(),
  name: z.string().nullish(),
  arguments: z.string().nullish(),
  summary: z.array(z.unknown()).nullish(),
  encrypted_content: z.string().nullish(),
});

const responseSchema = z.object({
  usage: usageSchema.nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
});

const delta = z.object({ delta: z.string() });
const ended = z.object({ response: responseSchema });

const eventSchema = z.discriminatedUnion("type", [
  delta.extend({ type: z.literal("response.output_text.delta") }),
  delta.extend({ type: z.literal("response.refusal.delta") }),
  z.object({ type: z.literal("response.output_item.done"), item: itemSchema }),
  ended.extend({ type: z.literal("response.completed") }),
  ended.extend({ type: z.literal("response.incomplete") }),
  ended.extend({ type: z.literal("response.failed") }),
]);

const KNOWN_TYPES: ReadonlySet<string> = new Set(
  eventSchema.options.map((option) => option.shape.type.value),
);

const INCOMPLETE: Readonly<Record<string, StopReason>> = {
  max_output_tokens: "max_tokens",
  content_filter: "refusal",
};

/**
 * Events of a parsed stream. Calls are held back until the response has ended: a stream that is
 * cut has then yielded none, and can be asked for again.
 *
 * @param events Parsed data of the server-sent events; what it throws is passed on.
 * @throws {ServiceError} When the service ends with a failure.
 */
export async function* readResponsesStream(
  events: AsyncIterable<unknown>,
  call: FailedCall,
  ids: CallIds,
): AsyncGenerator<ModelEvent> {
  const layout = new AnswerLayout();
  const calls: z.infer<typeof itemSchema>[] = [];
  let refused = false;
  for await (const raw of events) {
    const type = (raw as { type?: unknown } | null)?.type;
    // The service says much more than is needed here.
    if (typeof type === "string" && !KNOWN_TYPES.has(type)) continue;
    const parsed = eventSchema.safeParse(raw);
    if (!parsed.success) {
      yield { type: "failed", failure: describeFailure(call, "model.malformed") };
      return;
    }
    const event = parsed.data;
    switch (event.type) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        refused ||= event.type === "response.refusal.delta";
        if (event.delta === "") break;
        layout.text(event.delta);
        yield { type: "text", text: event.delta };
        break;
      case "response.output_item.done":
        if (event.item.type === "function_call") {
          calls.push(event.item);
          layout.call();
        } else if (event.item.type === "reasoning" && event.item.encrypted_content) {
          const { id, summary, encrypted_content } = event.item;
          layout.sealed({ type: "reasoning", id, summary: summary ?? [], encrypted_content });
        }
        break;
      case "response.failed":
        throw new ServiceError(undefined, event.response.error ?? {});
      case "response.completed":
      case "response.incomplete": {
        const { usage, incomplete_details } = event.response;
        const reasoning = layout.reasoning(call);
        if (reasoning) yield { type: "reasoning", reasoning };
        const isWhole = event.type === "response.completed";
        for (const { call_id, name, arguments: args } of calls) {
          yield {
            type: "tool_call",
            call: {
              id: ids.take(call_id ?? ""),
              name: name ?? "",
              arguments: args || (isWhole ? "{}" : ""),
            },
          };
        }
        if (usage) yield { type: "usage", usage: countedUsage(usage) };
        yield {
          type: "end",
          stopReason: event.type === "response.incomplete"
            ? INCOMPLETE[incomplete_details?.reason ?? ""] ?? "other"
            : refused
            ? "refusal"
            : calls.length > 0
            ? "tool_calls"
            : "end",
        };
        return;
      }
    }
  }
  yield { type: "failed", failure: describeFailure(call, "model.cut") };
}

function countedUsage(usage: z.infer<typeof usageSchema>): Usage {
  const reasoningTokens = usage.output_tokens_details?.reasoning_tokens ?? null;
  return {
    ...(reasoningTokens === null ? {} : { reasoningTokens }),
    inputTokens: usage.input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    cachedTokens: usage.input_tokens_details?.cached_tokens ?? 0,
  };
}
