/**
 * Ward's messages to Anthropic Messages. Pure.
 * Source: Anthropic API reference, "Messages", "Prompt caching", "Extended thinking", "Effort".
 */
import type Anthropic from "@anthropic-ai/sdk";
import type { ImagePart, Message } from "../../../../model/conversation/message.ts";
import type { ModelRequest } from "../../../../model/conversation/model_stream.ts";
import { laidOut } from "../answer_layout.ts";
import { argumentsObject, plainIds } from "../arguments.ts";
import type { FieldChoice } from "../dialect.ts";
import { toTurns } from "../turns.ts";
import { thinkingFields, type ThinkingForm } from "./thinking.ts";

type Block = Anthropic.ContentBlockParam;

const CACHED = { cache_control: { type: "ephemeral" } } as const;

/** What models differ in. */
export interface AnthropicFields {
  readonly thinking: ThinkingForm;
}

/** Choices for a model of Anthropic. */
export const ANTHROPIC_CHOICES: {
  readonly [K in keyof AnthropicFields]: FieldChoice<AnthropicFields[K]>;
} = {
  thinking: {
    values: ["adaptive", "budget", "none"],
    named: /thinking|output_config|effort|adaptive|budget_tokens/i,
  },
};

/** The body of a streamed request, with cache marks. */
export function toAnthropicRequest(
  request: ModelRequest,
  fields: AnthropicFields,
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
    ...thinkingFields(request, fields.thinking),
    ...(request.system === ""
      ? {}
      : { system: [{ type: "text", text: request.system, ...CACHED }] }),
    ...(tools.length === 0 ? {} : { tools }),
    messages: toAnthropicMessages(request.messages),
  };
}

function toAnthropicMessages(messages: readonly Message[]): Anthropic.MessageParam[] {
  const ids = plainIds();
  const turns = toTurns(messages, (message) => toBlocks(message, ids));
  // The newest user turn starts the next prefix; the one before it is where this call finds the
  // last one's prefix, however many blocks lie between (the service looks back only 20).
  for (const { blocks } of turns.filter((turn) => turn.role === "user").slice(-2)) {
    const block = blocks.at(-1);
    if (block) Object.assign(block, CACHED);
  }
  return turns.map(({ role, blocks }) => ({ role, content: blocks }));
}

function toBlocks(message: Message, id: (raw: string) => string): Block[] {
  switch (message.role) {
    case "tool":
      return [{
        type: "tool_result",
        tool_use_id: id(message.callId),
        ...(message.content.trim() === "" ? {} : { content: message.content }),
        ...(message.ok ? {} : { is_error: true }),
      }];
    case "user":
      // Images first: the service advises so.
      return [...(message.images ?? []).map(toImageBlock), ...toTextBlocks(message.text)];
    case "assistant":
      return laidOut(message).flatMap((slot): Block[] => {
        switch (slot.type) {
          case "text":
            return toTextBlocks(slot.text);
          case "call": {
            const { name, arguments: args } = slot.call;
            return [{
              type: "tool_use",
              id: id(slot.call.id),
              name,
              input: argumentsObject(args),
            }];
          }
          case "sealed":
            return [slot.part as Anthropic.ThinkingBlockParam];
        }
      });
  }
}

/** The service refuses text blocks without a visible character. */
function toTextBlocks(text: string): Block[] {
  return text.trim() === "" ? [] : [{ type: "text", text }];
}

function toImageBlock({ mediaType, data }: ImagePart): Anthropic.ImageBlockParam {
  return { type: "image", source: { type: "base64", media_type: mediaType, data } };
}
