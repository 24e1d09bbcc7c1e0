/**
 * Gemini's stream as ward's events. Pure.
 * Source: Gemini API reference, "GenerateContentResponse".
 */
import * as z from "zod";
import type { ModelEvent, StopReason, Usage } from "../../../../model/conversation/model_stream.ts";
import { describeFailure, type FailedCall } from "../../failure.ts";
import { AnswerLayout } from "../answer_layout.ts";
import type { CallIds } from "../call_ids.ts";
import { ServiceError } from "../http_call.ts";

const usageSchema = z.object({
  promptTokenCount: z.number().nullish(),
  toolUsePromptTokenCount: z.number().nullish(),
  cachedContentTokenCount: z.number().nullish(),
  candidatesTokenCount: z.number().nullish(),
  thoughtsTokenCount: z.number().nullish(),
});

const partSchema = z.object({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  functionCall: z.object({
    id: z.string().nullish(),
    name: z.string(),
    args: z.record(z.string(), z.unknown()).nullish(),
  }).nullish(),
});

const chunkSchema = z.object({
  candidates: z.array(z.object({
    content: z.object({ parts: z.array(partSchema).nullish() }).nullish(),
    finishReason: z.string().nullish(),
  })).nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: usageSchema.nullish(),
  error: z.record(z.string(), z.unknown()).nullish(),
});

const REFUSALS = /SAFETY|RECITATION|BLOCKLIST|PROHIBITED_CONTENT|SPII|LANGUAGE/;

/**
 * Events of a parsed stream. Calls are held back until a `finishReason`: a stream that is cut has
 * then yielded none, and can be asked for again.
 *
 * @param chunks Parsed data of the server-sent events; what it throws is passed on.
 * @throws {ServiceError} When an error comes inside the stream.
 */
export async function* readGeminiStream(
  chunks: AsyncIterable<unknown>,
  call: FailedCall,
  ids: CallIds,
): AsyncGenerator<ModelEvent> {
  const layout = new AnswerLayout();
  const calls: NonNullable<z.infer<typeof partSchema>["functionCall"]>[] = [];
  let usage: z.infer<typeof usageSchema> | null = null;
  let finish: string | null = null;
  for await (const raw of chunks) {
    const parsed = chunkSchema.safeParse(raw);
    if (!parsed.success) {
      yield { type: "failed", failure: describeFailure(call, "model.malformed") };
      return;
    }
    const { candidates, promptFeedback, usageMetadata, error } = parsed.data;
    if (error) throw new ServiceError(undefined, error);
    usage = usageMetadata ?? usage;
    if (promptFeedback?.blockReason) finish = "PROHIBITED_CONTENT";
    for (const part of candidates?.[0]?.content?.parts ?? []) {
      const seal = part.thoughtSignature ?? undefined;
      if (part.functionCall) {
        calls.push(part.functionCall);
        layout.call(seal);
      } else if (!part.thought && (part.text || seal !== undefined)) {
        const text = part.text ?? "";
        layout.text(text, seal);
        if (text !== "") yield { type: "text", text };
      }
    }
    // Usage may follow, so reading goes on.
    finish = candidates?.[0]?.finishReason ?? finish;
  }
  // What the model wrote was no call; another try gives another answer.
  if (finish === null || /MALFORMED|UNEXPECTED_TOOL_CALL/.test(finish)) {
    yield { type: "failed", failure: describeFailure(call, "model.cut") };
    return;
  }
  const reasoning = layout.reasoning(call);
  if (reasoning) yield { type: "reasoning", reasoning };
  for (const { id, name, args } of calls) {
    yield {
      type: "tool_call",
      call: { id: ids.take(id ?? ""), name, arguments: JSON.stringify(args ?? {}) },
    };
  }
  if (usage) yield { type: "usage", usage: countedUsage(usage) };
  yield { type: "end", stopReason: stopReasonOf(finish, calls.length > 0) };
}

function stopReasonOf(finish: string, hasCalls: boolean): StopReason {
  // The second one is a gateway's word for calls.
  if (finish === "STOP" || finish === "FUNCTION_CALL") return hasCalls ? "tool_calls" : "end";
  if (finish === "MAX_TOKENS") return "max_tokens";
  return REFUSALS.test(finish) ? "refusal" : "other";
}

/** The service counts thoughts beside the answer and not in it. */
function countedUsage(usage: z.infer<typeof usageSchema>): Usage {
  const thoughts = usage.thoughtsTokenCount ?? null;
  return {
    ...(thoughts === null ? {} : { reasoningTokens: thoughts }),
    inputTokens: (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0),
    outputTokens: (usage.candidatesTokenCount ?? 0) + (thoughts ?? 0),
    cachedTokens: usage.cachedContentTokenCount ?? 0,
  };
}
