/**
 * The stream of OpenAI chat completions as ward's events, also of the many services that copy it
 * more or less. Pure.
 * Source: OpenAI API reference, "Chat completions streaming".
 */
import * as z from "zod";
import type { SealedReasoning } from "../../../../model/conversation/message.ts";
import type { ModelEvent, StopReason, Usage } from "../../../../model/conversation/model_stream.ts";
import type { ServiceTraits } from "../../../../model/services/service_traits.ts";
import { describeFailure, type FailedCall } from "../../failure.ts";
import { sealedBy } from "../answer_layout.ts";
import { finishedArguments } from "../arguments.ts";
import type { CallIds } from "../call_ids.ts";
import { CallAssembly, callDeltaSchema } from "./call_assembly.ts";

const usageSchema = z.object({
  prompt_tokens: z.number().nullish(),
  completion_tokens: z.number().nullish(),
  prompt_tokens_details: z.object({
    cached_tokens: z.number().nullish(),
    /** OpenRouter's name for input written to the cache; it is part of the input. */
    cache_write_tokens: z.number().nullish(),
  }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
  /** DeepSeek's name for cached input. */
  prompt_cache_hit_tokens: z.number().nullish(),
  /** Moonshot's place for it. */
  cached_tokens: z.number().nullish(),
  total_tokens: z.number().nullish(),
});

/** Mistral's models that think send parts, of which the text is the answer. */
const contentSchema = z.union([
  z.string(),
  z.array(z.object({ type: z.string().nullish(), text: z.string().nullish() })).transform((parts) =>
    parts.map(({ type, text }) => type === "text" ? text ?? "" : "").join("")
  ),
]);

const chunkSchema = z.object({
  choices: z.array(z.object({
    delta: z.object({
      content: contentSchema.nullish(),
      reasoning_content: z.string().nullish(),
      reasoning_details: z.array(z.record(z.string(), z.unknown())).nullish(),
      refusal: z.string().nullish(),
      tool_calls: z.array(callDeltaSchema).nullish(),
    }).nullish(),
    finish_reason: z.string().nullish(),
  })).nullish(),
  usage: usageSchema.nullish(),
});

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  stop: "end",
  /** Together: the model's own sign of the end. */
  eos: "end",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  length: "max_tokens",
  /** Mistral: the window is full. */
  model_length: "max_tokens",
  content_filter: "refusal",
};

/**
 * Events of a parsed stream. Calls are held back until the stream has ended with a
 * `finish_reason`: one that is cut has then yielded none, and can be asked for again.
 *
 * @param chunks Parsed data of the server-sent events; what it throws is passed on.
 * @param reasoningBack Field with reasoning that is kept with the answer.
 */
export async function* readChatStream(
  chunks: AsyncIterable<unknown>,
  call: FailedCall,
  ids: CallIds,
  reasoningBack?: ServiceTraits["reasoningBack"],
): AsyncGenerator<ModelEvent> {
  let thought = "";
  const details: Record<string, unknown>[] = [];
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
    const { content, refusal, tool_calls, reasoning_content, reasoning_details } = choice.delta ??
      {};
    thought += reasoning_content ?? "";
    for (const detail of reasoning_details ?? []) addDetail(details, detail);
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
  if (reasoningBack === "reasoning_content" && thought !== "") {
    yield { type: "reasoning", reasoning: sealed(call, { reasoning_content: thought }) };
  }
  if (reasoningBack === "reasoning_details" && details.length > 0) {
    yield { type: "reasoning", reasoning: sealed(call, { reasoning_details: details }) };
  }
  const stopReason = STOP_REASONS[finish] ?? "other";
  for (const { id, name, json } of calls.list) {
    // A call without arguments is an empty text in some services.
    const text = finishedArguments(json, stopReason);
    yield { type: "tool_call", call: { id: ids.take(id), name, arguments: text } };
  }
  if (usage) yield { type: "usage", usage: countedUsage(usage) };
  if (refused && stopReason === "end") yield { type: "end", stopReason: "refusal" };
  else if (calls.list.length > 0 && stopReason === "end") {
    // Several services say `stop` after calls.
    yield { type: "end", stopReason: "tool_calls" };
  } else yield { type: "end", stopReason };
}

function countedUsage(usage: z.infer<typeof usageSchema>): Usage {
  const reasoningTokens = usage.completion_tokens_details?.reasoning_tokens ?? null;
  const { cached_tokens, cache_write_tokens } = usage.prompt_tokens_details ?? {};
  const written = cache_write_tokens ?? 0;
  return {
    ...(reasoningTokens === null ? {} : { reasoningTokens }),
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: outputTokens(usage),
    cachedTokens: cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? 0,
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
  };
}

/** xAI counts reasoning beside the answer and not in it, which its total gives away. */
function outputTokens(usage: z.infer<typeof usageSchema>): number {
  const { prompt_tokens, completion_tokens, total_tokens } = usage;
  const said = completion_tokens ?? 0;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  return total_tokens === (prompt_tokens ?? 0) + said + reasoning ? said + reasoning : said;
}

function sealed({ provider, model }: FailedCall, part: Record<string, unknown>): SealedReasoning {
  return { by: sealedBy(provider, model), parts: [part] };
}

/** Pieces of one detail come one after the other: texts grow, the rest is said once. */
function addDetail(details: Record<string, unknown>[], piece: Record<string, unknown>): void {
  const last = details.at(-1);
  if (!last || last["type"] !== piece["type"] || last["index"] !== piece["index"]) {
    details.push({ ...piece });
    return;
  }
  for (const [name, value] of Object.entries(piece)) {
    const before = last[name];
    const grows = ["text", "summary", "data"].includes(name) && typeof before === "string" &&
      typeof value === "string";
    if (grows) last[name] = before + value;
    else if (value !== null && value !== undefined) last[name] = value;
  }
}
