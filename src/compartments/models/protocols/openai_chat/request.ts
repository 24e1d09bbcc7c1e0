/**
 * Ward's messages to OpenAI chat completions, for OpenAI and the many services that copy it more
 * or less. Pure.
 * Source: OpenAI API reference, "Chat completions"; OpenRouter docs, "Reasoning tokens" and "Prompt
 * caching"; DeepSeek and Moonshot docs on `reasoning_content` within a chain of calls.
 */
import type OpenAI from "openai";
import type { Message } from "../../../../model/conversation/message.ts";
import type { ModelRequest } from "../../../../model/conversation/model_stream.ts";
import type { ServiceTraits } from "../../../../model/services/service_traits.ts";
import { mappedIds } from "../arguments.ts";
import { Dialect } from "../dialect.ts";

/** Fields that services and models differ in. */
export interface ChatFields {
  readonly streamOptions: boolean;
  readonly cacheKey: boolean;
  readonly effort: "reasoning_effort" | "reasoning" | "none";
  /** OpenAI's newer models take only the second, older services only the first. */
  readonly maxTokens: "max_tokens" | "max_completion_tokens";
}

/** How a model is spoken to at first. */
export function chatDialect(traits: ServiceTraits): Dialect<ChatFields> {
  const { effort = "reasoning_effort", maxTokens = "max_tokens", cacheKey = true } = traits;
  const other = maxTokens === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  return new Dialect<ChatFields>({
    streamOptions: { values: [true, false], named: /stream_options|include_usage/ },
    cacheKey: { values: [cacheKey, false], named: /prompt_cache_key/ },
    effort: { values: [effort, "none"], named: /reasoning|effort/i },
    maxTokens: { values: [maxTokens, other], named: /max_(completion_)?tokens/ },
  });
}

/** The body of a streamed request. */
export function toChatRequest(
  request: ModelRequest,
  fields: ChatFields,
  traits: ServiceTraits = {},
): OpenAI.Chat.ChatCompletionCreateParamsStreaming {
  const { reasoningEffort: effort } = request;
  return {
    model: request.model,
    stream: true,
    [fields.maxTokens]: request.maxOutputTokens,
    ...(fields.streamOptions ? { stream_options: { include_usage: true } } : {}),
    ...(fields.cacheKey && request.cacheKey !== undefined
      ? { prompt_cache_key: request.cacheKey }
      : {}),
    ...(effort === undefined || fields.effort === "none"
      ? {}
      : fields.effort === "reasoning"
      ? { reasoning: { effort } }
      : { reasoning_effort: effort }),
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
    messages: withMarks(
      [
        ...(request.system === "" ? [] : [{ role: "system" as const, content: request.system }]),
        ...toChatMessages(request.messages, traits),
      ],
      traits.cacheMarksFor !== undefined && request.model.startsWith(traits.cacheMarksFor),
    ),
  };
}

type ChatMessage = OpenAI.Chat.ChatCompletionMessageParam;

function toChatMessages(messages: readonly Message[], traits: ServiceTraits): ChatMessage[] {
  const id = traits.callIds === "nine" ? mappedIds(nineCharacters) : (raw: string) => raw;
  const asked = messages.findLastIndex((message) => message.role === "user");
  return messages.flatMap((message, index): ChatMessage[] => {
    switch (message.role) {
      case "user":
        return [{ role: "user", content: toContent(message) }];
      case "tool":
        return [{ role: "tool", tool_call_id: id(message.callId), content: message.content }];
      case "assistant": {
        if (message.toolCalls.length === 0 && message.text === "") return [];
        return [{
          role: "assistant",
          content: message.text === "" ? null : message.text,
          // `reasoning_content` belongs to the chain of calls it is part of, and to no later turn.
          ...(traits.reasoningBack === "reasoning_details" || index > asked
            ? reasoningFields(message, traits)
            : {}),
          ...(message.toolCalls.length === 0 ? {} : {
            tool_calls: message.toolCalls.map((call) => ({
              id: id(call.id),
              type: "function",
              function: { name: call.name, arguments: call.arguments },
            })),
          }),
        }];
      }
    }
  });
}

function reasoningFields(
  { reasoning }: Extract<Message, { role: "assistant" }>,
  { reasoningBack: field }: ServiceTraits,
): Record<string, unknown> {
  const part = reasoning?.parts[0];
  return field !== undefined && part && field in part ? { [field]: part[field] } : {};
}

/** Letters and digits of an id, its end, filled up. */
function nineCharacters(raw: string, n: number): string {
  const clean = raw.replace(/[^a-zA-Z0-9]/g, "") + (n === 1 ? "" : n);
  return clean.slice(-9).padStart(9, "0");
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

/** Marks the end of the fixed part and of the newest question for Anthropic's cache. */
function withMarks(messages: ChatMessage[], isMarked: boolean): ChatMessage[] {
  if (!isMarked) return messages;
  const newest = messages.findLastIndex((message) => message.role === "user");
  return messages.map((message, index): ChatMessage => {
    if (message.role !== "system" && index !== newest) return message;
    const parts = typeof message.content === "string"
      ? [{ type: "text", text: message.content }]
      : [...message.content ?? []];
    const last = parts.pop();
    return {
      ...message,
      content: [...parts, { ...last, cache_control: { type: "ephemeral" } }],
    } as ChatMessage;
  });
}
