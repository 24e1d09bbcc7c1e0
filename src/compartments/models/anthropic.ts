/**
 * Ward's messages to Anthropic Messages and its stream back. Pure.
 * Source: Anthropic API reference, "Messages" and "Streaming messages".
 */
import type Anthropic from "@anthropic-ai/sdk";
import * as z from "zod";
import type { ImagePart, Message } from "../../model/message.ts";
import type { ModelEvent, ModelRequest, StopReason } from "../../model/model_stream.ts";
import { type CallIds } from "./call_ids.ts";
import { describeFailure, type FailedCall } from "./failure.ts";

type Block = Anthropic.ContentBlockParam;

const CACHED = { cache_control: { type: "ephemeral" } } as const;

/** The body of a streamed request, with cache marks. */
export function toAnthropicRequest(
  request: ModelRequest,
): Anthropic.MessageCreateParamsStreaming {
  const tools = request.tools.map((tool): Anthropic.Tool => ({
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.parameters, type: "object" },
  }));
  // Tools come before the system prompt in the cached prefix: one mark covers both.
  const lastTool = tools.at(-1);
  if (request.system === "" && lastTool) Object.assign(lastTool, CACHED);
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens,
    stream: true,
    ...(request.system === ""
      ? {}
      : { system: [{ type: "text", text: request.system, ...CACHED }] }),
    ...(tools.length === 0 ? {} : { tools }),
    messages: toAnthropicMessages(request.messages),
  };
}

function toAnthropicMessages(messages: readonly Message[]): Anthropic.MessageParam[] {
  const turns: { role: "user" | "assistant"; content: Block[] }[] = [];
  const ids = anthropicIds();
  for (const message of messages) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const blocks = toBlocks(message, ids);
    if (blocks.length === 0) continue;
    // All results of one answer must be in the one message that follows it.
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: blocks });
  }
  // The newest user turn starts the next prefix; the one before it is where this call finds the
  // last one's prefix, however many blocks lie between (the service looks back only 20).
  for (const turn of turns.filter((turn) => turn.role === "user").slice(-2)) {
    const block = turn.content.at(-1);
    if (block) Object.assign(block, CACHED);
  }
  return turns;
}

function toBlocks(message: Message, id: (raw: string) => string): Block[] {
  if (message.role === "tool") {
    return [{
      type: "tool_result",
      tool_use_id: id(message.callId),
      ...(message.content.trim() === "" ? {} : { content: message.content }),
      ...(message.ok ? {} : { is_error: true }),
    }];
  }
  // The service refuses text blocks without a visible character.
  const blocks: Block[] = message.text.trim() === "" ? [] : [{ type: "text", text: message.text }];
  if (message.role === "user") {
    // Images first: the service advises so.
    return [...(message.images ?? []).map(toImageBlock), ...blocks];
  }
  if (message.role === "assistant") {
    for (const call of message.toolCalls) {
      blocks.push({
        type: "tool_use",
        id: id(call.id),
        name: call.name,
        input: argumentsObject(call.arguments),
      });
    }
  }
  return blocks;
}

function toImageBlock({ mediaType, data }: ImagePart): Anthropic.ImageBlockParam {
  return { type: "image", source: { type: "base64", media_type: mediaType, data } };
}

/** The protocol takes an object only; what the model wrote wrongly becomes an empty one. */
function argumentsObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Ill-formed: the result that follows tells the model.
  }
  return {};
}

/** Maps ids of calls that another service made to the characters this one takes, one to one. */
function anthropicIds(): (raw: string) => string {
  const known = new Map<string, string>();
  const taken = new Set<string>();
  return (raw) => {
    const before = known.get(raw);
    if (before !== undefined) return before;
    const clean = raw.replace(/[^a-zA-Z0-9_-]/g, "_") || "call";
    let id = clean;
    for (let n = 2; taken.has(id); n++) id = `${clean}_${n}`;
    known.set(raw, id);
    taken.add(id);
    return id;
  };
}

const usageSchema = z.object({
  input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
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
    }),
  }),
  z.object({
    type: z.literal("content_block_delta"),
    index: z.number(),
    delta: z.object({
      type: z.string(),
      text: z.string().optional(),
      partial_json: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal("message_delta"),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: usageSchema.nullish(),
  }),
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
        if (block.type === "text" && block.text) yield { type: "text", text: block.text };
        if (block.type === "tool_use") {
          const { id = "", name = "", input } = block;
          calls.set(chunk.index, { id, name, json: "", input });
        }
        break;
      }
      case "content_block_delta": {
        const { delta } = chunk;
        if (delta.type === "text_delta" && delta.text) yield { type: "text", text: delta.text };
        const open = calls.get(chunk.index);
        if (open && delta.type === "input_json_delta") open.json += delta.partial_json ?? "";
        break;
      }
      case "message_delta":
        usage = merged(usage, chunk.usage);
        stopReason = chunk.delta.stop_reason ?? stopReason;
        break;
      case "message_stop":
        for (const { id, name, json, input } of calls.values()) {
          // A call without arguments has no delta; one cut by the token limit has a broken one.
          const text = json === "" && stopReason !== "max_tokens"
            ? JSON.stringify(input ?? {})
            : json;
          yield { type: "tool_call", call: { id: ids.take(id), name, arguments: text } };
        }
        yield { type: "usage", usage: countedUsage(usage) };
        yield { type: "end", stopReason: STOP_REASONS[stopReason] ?? "other" };
        return;
    }
  }
  yield { type: "failed", failure: describeFailure(call, "model.cut") };
}

/** Counts in later events are totals, and null where nothing changed. */
function merged(
  before: z.infer<typeof usageSchema>,
  later: z.infer<typeof usageSchema> | null | undefined,
): z.infer<typeof usageSchema> {
  const present = Object.entries(later ?? {}).filter(([, count]) => typeof count === "number");
  return { ...before, ...Object.fromEntries(present) };
}

/** The service counts cached input apart. */
function countedUsage(usage: z.infer<typeof usageSchema>) {
  const cachedTokens = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: (usage.input_tokens ?? 0) + cachedTokens + written,
    outputTokens: usage.output_tokens ?? 0,
    cachedTokens,
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
  };
}
