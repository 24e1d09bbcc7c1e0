/**
 * Ward's messages to OpenAI Responses, without state at the service. Pure.
 * Source: OpenAI API reference, "Responses"; guides "Reasoning models" (encrypted reasoning items)
 * and "Conversation state".
 */
import type OpenAI from "openai";
import type { Message } from "../../../../model/conversation/message.ts";
import type { ModelRequest } from "../../../../model/conversation/model_stream.ts";
import type { ServiceTraits } from "../../../../model/services/service_traits.ts";
import { laidOut } from "../answer_layout.ts";
import { Dialect } from "../dialect.ts";

type Input = OpenAI.Responses.ResponseInputItem;

/** Fields that models and compatible services differ in. */
export interface ResponsesFields {
  /** Sealed reasoning items, so that a chain of calls goes on with what was thought. */
  readonly sealed: boolean;
  readonly effort: boolean;
  readonly cacheKey: boolean;
  /** Logins of ChatGPT take no bound. */
  readonly maxTokens: boolean;
}

/** How a model is spoken to at first. */
export function responsesDialect({ cacheKey = true }: ServiceTraits): Dialect<ResponsesFields> {
  return new Dialect<ResponsesFields>({
    sealed: {
      values: [true, false],
      // "Encrypted content is not supported with this model.", param "include".
      named: /encrypted[ _]content|reasoning\.encrypted|'include'|"param":"include"/i,
    },
    effort: { values: [true, false], named: /reasoning|effort/i },
    cacheKey: { values: [cacheKey, false], named: /prompt_cache_key/ },
    maxTokens: { values: [true, false], named: /max_output_tokens/ },
  });
}

/** The body of a streamed request. */
export function toResponsesRequest(
  request: ModelRequest,
  fields: ResponsesFields,
): OpenAI.Responses.ResponseCreateParamsStreaming {
  return {
    model: request.model,
    stream: true,
    store: false,
    ...(fields.sealed ? { include: ["reasoning.encrypted_content"] } : {}),
    ...(fields.maxTokens ? { max_output_tokens: request.maxOutputTokens } : {}),
    ...(fields.effort && request.reasoningEffort !== undefined
      ? { reasoning: { effort: request.reasoningEffort } }
      : {}),
    ...(fields.cacheKey && request.cacheKey !== undefined
      ? { prompt_cache_key: request.cacheKey }
      : {}),
    ...(request.system === "" ? {} : { instructions: request.system }),
    ...(request.tools.length === 0 ? {} : {
      tools: request.tools.map((tool) => ({
        type: "function" as const,
        name: tool.name,
        description: tool.description,
        parameters: { ...tool.parameters },
        strict: false,
      })),
    }),
    input: request.messages.flatMap((message) => toItems(message, fields)),
  };
}

function toItems(message: Message, fields: ResponsesFields): Input[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: toContent(message) }];
    case "tool":
      return [{ type: "function_call_output", call_id: message.callId, output: message.content }];
    case "assistant":
      return laidOut(message).flatMap((slot): Input[] => {
        switch (slot.type) {
          case "text":
            return [{ role: "assistant", content: slot.text }];
          case "call": {
            const { id, name, arguments: args } = slot.call;
            return [{ type: "function_call", call_id: id, name, arguments: args }];
          }
          case "sealed":
            return fields.sealed ? [slot.part as OpenAI.Responses.ResponseReasoningItem] : [];
        }
      });
  }
}

function toContent(
  { text, images }: Extract<Message, { role: "user" }>,
): string | OpenAI.Responses.ResponseInputContent[] {
  if (!images) return text;
  return [
    { type: "input_text", text },
    ...images.map(({ mediaType, data }) => ({
      type: "input_image" as const,
      detail: "auto" as const,
      image_url: `data:${mediaType};base64,${data}`,
    })),
  ];
}
