/**
 * The stream of Anthropic Messages as ward's events. Pure.
 * Source: Anthropic API reference, "Streaming messages".
 */
import * as z from "zod";
import type { ModelEvent, StopReason, Usage } from "../../../../model/conversation/model_stream.ts";
import { describeFailure, type FailedCall } from "../../failure.ts";
import { AnswerLayout } from "../answer_layout.ts";
import { finishedArguments } from "../arguments.ts";
import type { CallIds } from "../call_ids.ts";

const usageSchema = z.object({
  input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
  output_tokens_details: z.object({ thinking_tokens: z.number().nullish() }).nullish(),
});

const chunkSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_start"),
    message: z.object({ usage: usageSchema.nullish() }),
  }),
  z.object({
    type: z.literal("content_block_start"),
    index: z.number(),
    content_block: z.object({
      type: z.string(),
      text: z.string().optional(),
      id: z.string().optional(),
      name: z.string().optional(),
      input: z.unknown().optional(),
      thinking: z.string().optional(),
      signature: z.string().optional(),
      data: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal("content_block_delta"),
    index: z.number(),
    delta: z.object({
      type: z.string(),
      text: z.string().optional(),
      partial_json: z.string().optional(),
      thinking: z.string().optional(),
      signature: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal("message_delta"),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: usageSchema.nullish(),
  }),
  z.object({ type: z.literal("content_block_stop"), index: z.number() }),
  z.object({ type: z.literal("message_stop") }),
]);

const KNOWN_TYPES: ReadonlySet<string> = new Set(
  chunkSchema.options.map((option) => option.shape.type.value),
);

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: "end",
  stop_sequence: "end",
  tool_use: "tool_calls",
  max_tokens: "max_tokens",
  model_context_window_exceeded: "max_tokens",
  refusal: "refusal",
};

/**
 * Events of a parsed stream. Calls are held back until `message_stop`: a stream that is cut has
 * then yielded none, and can be asked for again.
 *
 * @param chunks Parsed data of the server-sent events; what it throws is passed on.
 */
export async function* readAnthropicStream(
  chunks: AsyncIterable<unknown>,
  call: FailedCall,
  ids: CallIds,
): AsyncGenerator<ModelEvent> {
  const calls = new Map<number, { id: string; name: string; json: string; input: unknown }>();
  const layout = new AnswerLayout();
  const thinking = new Map<number, { thinking: string; signature: string }>();
  let usage: z.infer<typeof usageSchema> = {};
  let stopReason = "";
  for await (const raw of chunks) {
    const type = (raw as { type?: unknown } | null)?.type;
    // New kinds of events may come at any time and are to be passed over.
    if (typeof type === "string" && !KNOWN_TYPES.has(type)) continue;
    const parsed = chunkSchema.safeParse(raw);
    if (!parsed.success) {
      yield { type: "failed", failure: describeFailure(call, "model.malformed") };
      return;
    }
    const chunk = parsed.data;
    switch (chunk.type) {
      case "message_start":
        usage = merged(usage, chunk.message.usage);
        break;
      case "content_block_start": {
        const block = chunk.content_block;
        if (block.type === "text" && block.text) {
          layout.text(block.text);
          yield { type: "text", text: block.text };
        } else if (block.type === "tool_use") {
          const { id = "", name = "", input } = block;
          calls.set(chunk.index, { id, name, json: "", input });
          layout.call();
        } else if (block.type === "thinking") {
          const { thinking: words = "", signature = "" } = block;
          thinking.set(chunk.index, { thinking: words, signature });
        } else if (block.type === "redacted_thinking") {
          layout.sealed({ type: block.type, data: block.data ?? "" });
        }
        break;
      }
      case "content_block_delta": {
        const { delta } = chunk;
        if (delta.type === "text_delta" && delta.text) {
          layout.text(delta.text);
          yield { type: "text", text: delta.text };
        }
        const thought = thinking.get(chunk.index);
        if (thought && delta.type === "thinking_delta") thought.thinking += delta.thinking ?? "";
        if (thought && delta.type === "signature_delta") {
          thought.signature += delta.signature ?? "";
        }
        const open = calls.get(chunk.index);
        if (open && delta.type === "input_json_delta") open.json += delta.partial_json ?? "";
        break;
      }
      case "content_block_stop": {
        const thought = thinking.get(chunk.index);
        if (thought) layout.sealed({ type: "thinking", ...thought });
        break;
      }
      case "message_delta":
        usage = merged(usage, chunk.usage);
        stopReason = chunk.delta.stop_reason ?? stopReason;
        break;
      case "message_stop": {
        const end = STOP_REASONS[stopReason] ?? "other";
        const reasoning = layout.reasoning(call);
        if (reasoning) yield { type: "reasoning", reasoning };
        for (const { id, name, json, input } of calls.values()) {
          const text = finishedArguments(json, end, JSON.stringify(input ?? {}));
          yield { type: "tool_call", call: { id: ids.take(id), name, arguments: text } };
        }
        yield { type: "usage", usage: countedUsage(usage) };
        yield { type: "end", stopReason: end };
        return;
      }
    }
  }
  yield { type: "failed", failure: describeFailure(call, "model.cut") };
}

/** Counts in later events are totals, and null where nothing changed. */
function merged(
  before: z.infer<typeof usageSchema>,
  later: z.infer<typeof usageSchema> | null | undefined,
): z.infer<typeof usageSchema> {
  const present = Object.entries(later ?? {}).filter(([, count]) =>
    count !== null && count !== undefined
  );
  return { ...before, ...Object.fromEntries(present) };
}

/** The service counts cached input apart. */
function countedUsage(usage: z.infer<typeof usageSchema>): Usage {
  const cachedTokens = usage.cache_read_input_tokens ?? 0;
  const reasoning = usage.output_tokens_details?.thinking_tokens ?? null;
  const written = usage.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: (usage.input_tokens ?? 0) + cachedTokens + written,
    outputTokens: usage.output_tokens ?? 0,
    cachedTokens,
    ...(reasoning === null ? {} : { reasoningTokens: reasoning }),
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
  };
}
