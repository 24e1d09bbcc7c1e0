/**
 * Ward's messages to OpenAI chat completions and its stream back, for OpenAI and the many
 * services that copy it more or less. Pure.
 * Source: OpenAI API reference, "Chat completions" and "Chat completions streaming".
 */
import type OpenAI from "openai";
import * as z from "zod";
import type { Message } from "../../model/message.ts";
import type { ModelEvent, ModelRequest, StopReason, Usage } from "../../model/model_stream.ts";
import type { CallIds } from "./call_ids.ts";
import { describeFailure, type FailedCall } from "./failure.ts";

/** Fields that some compatible services refuse; each is dropped or changed when one is named. */
export interface Dialect {
  readonly streamOptions: boolean;
  readonly cacheKey: boolean;
  readonly effort: boolean;
  /** OpenAI's newer models take only the second, older services only the first. */
  readonly maxTokens: "max_tokens" | "max_completion_tokens";
}

/**
 * What to send at first.
 *
 * @param baseUrl Address of the service.
 */
export function firstDialect(baseUrl: string): Dialect {
  const own = /^https:\/\/([a-z]+\.)?api\.openai\.com\//.test(baseUrl + "/");
  return {
    streamOptions: true,
    cacheKey: true,
    effort: true,
    maxTokens: own ? "max_completion_tokens" : "max_tokens",
  };
}

/**
 * The dialect to try after a 400 or 422, or null when the refusal names no field that could be
 * left out. Each field changes at most once, so asking again ends.
 *
 * @param used What was sent.
 * @param first What the service was first spoken to with.
 * @param refusal Text of the refusal.
 */
export function dialectAfterRefusal(
  used: Dialect,
  first: Dialect,
  refusal: string,
): Dialect | null {
  if (used.streamOptions && /stream_options|include_usage/.test(refusal)) {
    return { ...used, streamOptions: false };
  }
  if (used.cacheKey && /prompt_cache_key/.test(refusal)) return { ...used, cacheKey: false };
  if (used.effort && /reasoning/.test(refusal)) return { ...used, effort: false };
  if (used.maxTokens === first.maxTokens && /max_(completion_)?tokens/.test(refusal)) {
    const other = used.maxTokens === "max_tokens" ? "max_completion_tokens" : "max_tokens";
    return { ...used, maxTokens: other };
  }
  return null;
}

/** The body of a streamed request. */
export function toOpenAiRequest(
  request: ModelRequest,
  dialect: Dialect,
): OpenAI.Chat.ChatCompletionCreateParamsStreaming {
  return {
    model: request.model,
    stream: true,
    [dialect.maxTokens]: request.maxOutputTokens,
    ...(dialect.streamOptions ? { stream_options: { include_usage: true } } : {}),
    ...(dialect.cacheKey && request.cacheKey !== undefined
      ? { prompt_cache_key: request.cacheKey }
      : {}),
    ...(dialect.effort && request.reasoningEffort !== undefined
      ? { reasoning_effort: request.reasoningEffort }
      : {}),
    ...(request.tools.length === 0 ? {} : {
      tools: request.tools.map((tool) => ({
        type: "function" as const,
        function: {
          name: tool.name,
          description: tool.description,
          parameters: { ...tool.parameters },
        },
      })),
    }),
    messages: [
      ...(request.system === "" ? [] : [{ role: "system" as const, content: request.system }]),
      ...request.messages.flatMap(toOpenAiMessage),
    ],
  };
}

function toOpenAiMessage(message: Message): OpenAI.Chat.ChatCompletionMessageParam[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: toContent(message) }];
    case "tool":
      return [{ role: "tool", tool_call_id: message.callId, content: message.content }];
    case "assistant":
      if (message.toolCalls.length === 0) {
        return message.text === "" ? [] : [{ role: "assistant", content: message.text }];
      }
      return [{
        role: "assistant",
        content: message.text === "" ? null : message.text,
        tool_calls: message.toolCalls.map((call) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: call.arguments },
        })),
      }];
  }
}

/** Text alone stays a text: many compatible services take nothing else. */
function toContent(
  { text, images }: Extract<Message, { role: "user" }>,
): string | OpenAI.Chat.ChatCompletionContentPart[] {
  if (!images) return text;
  return [
    { type: "text", text },
    ...images.map(({ mediaType, data }) => ({
      type: "image_url" as const,
      image_url: { url: `data:${mediaType};base64,${data}` },
    })),
  ];
}

const usageSchema = z.object({
  prompt_tokens: z.number().nullish(),
  completion_tokens: z.number().nullish(),
  prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
  /** DeepSeek's name for cached input. */
  prompt_cache_hit_tokens: z.number().nullish(),
});

const callDeltaSchema = z.object({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z.object({
    name: z.string().nullish(),
    /** A string by the reference; some services send the object itself. */
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  }).nullish(),
});

type CallDelta = z.infer<typeof callDeltaSchema>;

const chunkSchema = z.object({
  choices: z.array(z.object({
    delta: z.object({
      content: z.string().nullish(),
      refusal: z.string().nullish(),
      tool_calls: z.array(callDeltaSchema).nullish(),
    }).nullish(),
    finish_reason: z.string().nullish(),
  })).nullish(),
  usage: usageSchema.nullish(),
});

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  stop: "end",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  length: "max_tokens",
  content_filter: "refusal",
};

/**
 * Events of a parsed stream. Calls are held back until the stream has ended with a
 * `finish_reason`: one that is cut has then yielded none, and can be asked for again.
 *
 * @param chunks Parsed data of the server-sent events; what it throws is passed on.
 */
export async function* readOpenAiStream(
  chunks: AsyncIterable<unknown>,
  call: FailedCall,
  ids: CallIds,
): AsyncGenerator<ModelEvent> {
  const calls = new CallAssembly();
  let usage: z.infer<typeof usageSchema> | null = null;
  let finish: string | null = null;
  let refused = false;
  for await (const raw of chunks) {
    const parsed = chunkSchema.safeParse(raw);
    if (!parsed.success) {
      yield { type: "failed", failure: describeFailure(call, "model.malformed") };
      return;
    }
    usage = parsed.data.usage ?? usage;
    const choice = parsed.data.choices?.[0];
    if (!choice) continue;
    const { content, refusal, tool_calls } = choice.delta ?? {};
    if (content) yield { type: "text", text: content };
    if (refusal) {
      refused = true;
      yield { type: "text", text: refusal };
    }
    for (const delta of tool_calls ?? []) calls.add(delta);
    // Usage may follow in a chunk of its own, so reading goes on.
    finish = choice.finish_reason ?? finish;
  }
  if (finish === null) {
    yield { type: "failed", failure: describeFailure(call, "model.cut") };
    return;
  }
  const cutByLimit = finish === "length";
  for (const { id, name, json } of calls.list) {
    // A call without arguments is an empty text in some services.
    const text = json === "" && !cutByLimit ? "{}" : json;
    yield { type: "tool_call", call: { id: ids.take(id), name, arguments: text } };
  }
  if (usage) yield { type: "usage", usage: countedUsage(usage) };
  const stopReason = STOP_REASONS[finish] ?? "other";
  if (refused && stopReason === "end") yield { type: "end", stopReason: "refusal" };
  else if (calls.list.length > 0 && stopReason === "end") {
    // Several services say `stop` after calls.
    yield { type: "end", stopReason: "tool_calls" };
  } else yield { type: "end", stopReason };
}

function countedUsage(usage: z.infer<typeof usageSchema>): Usage {
  const reasoningTokens = usage.completion_tokens_details?.reasoning_tokens ?? null;
  return {
    ...(reasoningTokens === null ? {} : { reasoningTokens }),
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0,
  };
}

interface OpenCall {
  id: string;
  name: string;
  json: string;
}

/** Puts the pieces of parallel calls together. */
class CallAssembly {
  readonly list: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();

  /** Adds a piece to the call it belongs to, or starts one. */
  add(delta: CallDelta): void {
    const json = argumentsText(delta);
    let open = this.#find(delta);
    if (!open || startsAnother(open, delta, json)) {
      open = { id: delta.id ?? "", name: "", json: "" };
      this.list.push(open);
      if (typeof delta.index === "number") this.#byIndex.set(delta.index, open);
    }
    // The name and id come once; some services repeat them in every piece.
    open.id ||= delta.id ?? "";
    open.name ||= delta.function?.name ?? "";
    open.json += json;
  }

  #find({ index, id, function: called }: CallDelta): OpenCall | undefined {
    if (typeof index === "number") return this.#byIndex.get(index);
    if (id) return this.list.find((open) => open.id === id);
    return called?.name ? undefined : this.list.at(-1);
  }
}

/** Some services give every call of an answer the index 0. */
function startsAnother(open: OpenCall, delta: CallDelta, json: string): boolean {
  if (delta.id && open.id !== "") return delta.id !== open.id;
  return Boolean(delta.function?.name) && json !== "" && isJsonObject(open.json);
}

function argumentsText(delta: CallDelta): string {
  const value = delta.function?.arguments;
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isJsonObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
