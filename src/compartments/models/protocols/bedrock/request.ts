/**
 * Ward's messages to Bedrock's Converse API. Pure.
 * Source: Amazon Bedrock API reference, "ConverseStream"; user guide, "Prompt caching" and the
 * pages of the model families on reasoning.
 */
import type { ImagePart, Message } from "../../../../model/conversation/message.ts";
import type { ModelRequest } from "../../../../model/conversation/model_stream.ts";
import { thinkingFields, type ThinkingForm } from "../anthropic/thinking.ts";
import { laidOut } from "../answer_layout.ts";
import { argumentsObject, plainIds } from "../arguments.ts";
import { Dialect } from "../dialect.ts";
import { toTurns } from "../turns.ts";

/** A block of a message as the service takes it. */
export type Block = Readonly<Record<string, unknown>>;

/** A request as the service takes it; what stays the same comes first. */
export interface ConverseRequest {
  readonly system?: readonly Block[];
  readonly toolConfig?: { readonly tools: readonly Block[] };
  readonly inferenceConfig: { readonly maxTokens: number };
  readonly additionalModelRequestFields?: Readonly<Record<string, unknown>>;
  readonly messages: readonly { readonly role: string; readonly content: readonly Block[] }[];
}

/** Fields that model families differ in. */
export interface BedrockFields {
  /** Marks up to where the service keeps a prompt. */
  readonly cache: boolean;
  /** Where an effort goes: a Claude field by its form, or that of another family. */
  readonly thinking: ThinkingForm | "nova" | "openai";
}

/** How a model is spoken to at first. */
export function bedrockDialect(model: string): Dialect<BedrockFields> {
  const thinking: BedrockFields["thinking"][] = /claude/.test(model)
    ? ["adaptive", "budget"]
    : /nova-2/.test(model)
    ? ["nova"]
    : /openai\./.test(model)
    ? ["openai"]
    : [];
  const [first = "none", ...rest] = [...thinking, "none" as const];
  return new Dialect<BedrockFields>({
    cache: { values: [/claude|nova/.test(model), false], named: /cach/i },
    thinking: {
      values: [first, ...rest],
      named: /thinking|effort|adaptive|budget_tokens|reasoning|output_config/i,
    },
  });
}

const CACHE_POINT: Block = { cachePoint: { type: "default" } };

/** The body of a streamed request. */
export function toConverseRequest(request: ModelRequest, fields: BedrockFields): ConverseRequest {
  const mark = fields.cache ? [CACHE_POINT] : [];
  const additional = additionalFields(request, fields);
  return {
    ...(request.system === "" ? {} : { system: [{ text: request.system }, ...mark] }),
    ...(request.tools.length === 0 ? {} : {
      toolConfig: {
        tools: [
          ...request.tools.map((tool) => ({
            toolSpec: {
              name: tool.name,
              description: tool.description,
              inputSchema: { json: tool.parameters },
            },
          })),
          ...mark,
        ],
      },
    }),
    inferenceConfig: { maxTokens: request.maxOutputTokens },
    ...(additional === null ? {} : { additionalModelRequestFields: additional }),
    messages: toConverseMessages(request.messages, mark),
  };
}

function additionalFields(
  request: ModelRequest,
  { thinking }: BedrockFields,
): Record<string, unknown> | null {
  const { reasoningEffort: effort } = request;
  if (effort === undefined || thinking === "none") return null;
  switch (thinking) {
    case "openai":
      return { reasoning_effort: effort };
    case "nova":
      return { reasoningConfig: { type: "enabled", maxReasoningEffort: effort } };
    default: {
      const fields = thinkingFields(request, thinking);
      return Object.keys(fields).length === 0 ? null : { ...fields };
    }
  }
}

function toConverseMessages(
  messages: readonly Message[],
  mark: readonly Block[],
): ConverseRequest["messages"] {
  const ids = plainIds();
  const turns = toTurns(messages, (message) => toBlocks(message, ids));
  // The newest turn starts the next prefix; the one before it is where this call finds it.
  for (const { blocks } of turns.filter(({ role }) => role === "user").slice(-2)) {
    blocks.push(...mark);
  }
  return turns.map(({ role, blocks }) => ({ role, content: blocks }));
}

function toBlocks(message: Message, id: (raw: string) => string): Block[] {
  switch (message.role) {
    case "tool":
      return [{
        toolResult: {
          toolUseId: id(message.callId),
          // The service refuses a result without text.
          content: [{ text: message.content.trim() === "" ? "(empty)" : message.content }],
          ...(message.ok ? {} : { status: "error" }),
        },
      }];
    case "user":
      return [...toTextBlocks(message.text), ...(message.images ?? []).map(toImageBlock)];
    case "assistant":
      return laidOut(message).flatMap((slot): Block[] => {
        switch (slot.type) {
          case "text":
            return toTextBlocks(slot.text);
          case "call": {
            const { name, arguments: args } = slot.call;
            return [{
              toolUse: { toolUseId: id(slot.call.id), name, input: argumentsObject(args) },
            }];
          }
          case "sealed":
            return [{ reasoningContent: slot.part }];
        }
      });
  }
}

/** The service refuses text blocks without a visible character. */
function toTextBlocks(text: string): Block[] {
  return text.trim() === "" ? [] : [{ text }];
}

function toImageBlock({ mediaType, data }: ImagePart): Block {
  return { image: { format: mediaType.slice("image/".length), source: { bytes: data } } };
}
