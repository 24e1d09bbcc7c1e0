/**
 * The stream of Bedrock's Converse API as ward's events. Pure.
 * Source: Amazon Bedrock API reference, "ConverseStreamOutput".
 */
import * as z from "zod";
import type { ModelEvent, StopReason, Usage } from "../../../../model/conversation/model_stream.ts";
import { describeFailure, type FailedCall } from "../../failure.ts";
import { AnswerLayout } from "../answer_layout.ts";
import { finishedArguments } from "../arguments.ts";
import type { CallIds } from "../call_ids.ts";

/** One event of the stream: its name and its parsed payload. */
export interface ConverseEvent {
  readonly name: string;
  readonly payload: unknown;
}

const usageSchema = z.object({
  inputTokens: z.number().nullish(),
  outputTokens: z.number().nullish(),
  cacheReadInputTokens: z.number().nullish(),
  cacheWriteInputTokens: z.number().nullish(),
});

const at = z.object({ contentBlockIndex: z.number() });

const SCHEMAS = {
  contentBlockStart: at.extend({
    start: z.object({
      toolUse: z.object({ toolUseId: z.string(), name: z.string() }).nullish(),
    }),
  }),
  contentBlockDelta: at.extend({
    delta: z.object({
      text: z.string().nullish(),
      toolUse: z.object({ input: z.string() }).nullish(),
      reasoningContent: z.object({
        text: z.string().nullish(),
        signature: z.string().nullish(),
        redactedContent: z.string().nullish(),
      }).nullish(),
    }),
  }),
  contentBlockStop: at,
  messageStop: z.object({ stopReason: z.string() }),
  metadata: z.object({ usage: usageSchema.nullish() }),
};

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: "end",
  stop_sequence: "end",
  tool_use: "tool_calls",
  max_tokens: "max_tokens",
  model_context_window_exceeded: "max_tokens",
  guardrail_intervened: "refusal",
  content_filtered: "refusal",
};

/**
 * Events of a decoded stream. Calls are held back until `messageStop`: a stream that is cut has
 * then yielded none, and can be asked for again.
 *
 * @param events Decoded events; what it throws is passed on.
 */
export async function* readConverseStream(
  events: AsyncIterable<ConverseEvent>,
  call: FailedCall,
  ids: CallIds,
): AsyncGenerator<ModelEvent> {
  const layout = new AnswerLayout();
  const calls = new Map<number, { id: string; name: string; json: string }>();
  const thoughts = new Map<number, { text: string; signature: string }>();
  let usage: z.infer<typeof usageSchema> | null = null;
  let stop: string | null = null;
  for await (const { name, payload } of events) {
    // New kinds of events may come at any time and are to be passed over.
    if (!Object.hasOwn(SCHEMAS, name)) continue;
    const kind = name as keyof typeof SCHEMAS;
    const parsed = SCHEMAS[kind].safeParse(payload);
    if (!parsed.success) {
      yield { type: "failed", failure: describeFailure(call, "model.malformed") };
      return;
    }
    switch (kind) {
      case "contentBlockStart": {
        const { contentBlockIndex, start } = SCHEMAS[kind].parse(payload);
        if (!start.toolUse) break;
        const { toolUseId: id, name: tool } = start.toolUse;
        calls.set(contentBlockIndex, { id, name: tool, json: "" });
        layout.call();
        break;
      }
      case "contentBlockDelta": {
        const { contentBlockIndex: index, delta } = SCHEMAS[kind].parse(payload);
        if (delta.text) {
          layout.text(delta.text);
          yield { type: "text", text: delta.text };
        }
        const open = calls.get(index);
        if (open) open.json += delta.toolUse?.input ?? "";
        const { reasoningContent: piece } = delta;
        if (!piece) break;
        const { redactedContent } = piece;
        if (redactedContent) layout.sealed({ redactedContent });
        else {
          const thought = thoughts.get(index) ?? { text: "", signature: "" };
          thought.text += piece.text ?? "";
          thought.signature += piece.signature ?? "";
          thoughts.set(index, thought);
        }
        break;
      }
      case "contentBlockStop": {
        const thought = thoughts.get(SCHEMAS[kind].parse(payload).contentBlockIndex);
        // Only what is signed is wanted back.
        if (thought?.signature) layout.sealed({ reasoningText: thought });
        break;
      }
      case "messageStop":
        stop = SCHEMAS[kind].parse(payload).stopReason;
        break;
      case "metadata":
        usage = SCHEMAS[kind].parse(payload).usage ?? usage;
        break;
    }
  }
  // What the model wrote could not be read by its own service; another try gives another answer.
  if (stop === null || stop.startsWith("malformed_")) {
    yield { type: "failed", failure: describeFailure(call, "model.cut") };
    return;
  }
  const stopReason = STOP_REASONS[stop] ?? "other";
  const reasoning = layout.reasoning(call);
  if (reasoning) yield { type: "reasoning", reasoning };
  for (const { id, name, json } of calls.values()) {
    const text = finishedArguments(json, stopReason);
    yield { type: "tool_call", call: { id: ids.take(id), name, arguments: text } };
  }
  if (usage) yield { type: "usage", usage: countedUsage(usage) };
  yield { type: "end", stopReason };
}

/** The service counts cached input apart. */
function countedUsage(usage: z.infer<typeof usageSchema>): Usage {
  const cachedTokens = usage.cacheReadInputTokens ?? 0;
  const written = usage.cacheWriteInputTokens ?? 0;
  return {
    inputTokens: (usage.inputTokens ?? 0) + cachedTokens + written,
    outputTokens: usage.outputTokens ?? 0,
    cachedTokens,
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
  };
}
