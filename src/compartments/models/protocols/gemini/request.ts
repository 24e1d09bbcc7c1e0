/**
 * Ward's messages to Gemini's `streamGenerateContent`. Pure.
 * Source: Gemini API reference, "Generating content"; guides "Function calling", "Thinking" and
 * "Thought signatures".
 */
import type { Message } from "../../../../model/conversation/message.ts";
import type { ModelRequest, ReasoningEffort } from "../../../../model/conversation/model_stream.ts";
import { laidOut } from "../answer_layout.ts";
import { argumentsObject } from "../arguments.ts";
import { Dialect } from "../dialect.ts";
import { thinkingBudget } from "../thinking_budget.ts";
import { toTurns } from "../turns.ts";

/** A part of a message as the service takes it. */
export type Part = Readonly<Record<string, unknown>>;

/** A request as the service takes it. */
export interface GeminiRequest {
  readonly systemInstruction?: { readonly parts: readonly Part[] };
  readonly tools?: readonly unknown[];
  readonly generationConfig: Readonly<Record<string, unknown>>;
  readonly contents: readonly {
    readonly role: "user" | "model";
    readonly parts: readonly Part[];
  }[];
}

/** Fields that models differ in. */
export interface GeminiFields {
  /** `level`: Gemini 3 and later; `budget`: 2.5, in tokens. */
  readonly thinking: "level" | "budget" | "none";
}

/** How a model is spoken to at first. */
export function geminiDialect(model: string): Dialect<GeminiFields> {
  const isOlder = /gemini-[12]/.test(model);
  return new Dialect<GeminiFields>({
    thinking: {
      values: isOlder ? ["budget", "none"] : ["level", "budget", "none"],
      named: /thinking/i,
    },
  });
}

const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  low: 1_024,
  medium: 8_192,
  high: 24_576,
};

/** Least that all models of 2.5 take. */
const LEAST_BUDGET = 512;

/**
 * What the service takes in place of a signature for a call that another model made; its models
 * refuse a chain of calls with one missing.
 */
const FOREIGN_CALL = "skip_thought_signature_validator";

/** The body of a streamed request; what stays the same comes first. */
export function toGeminiRequest(request: ModelRequest, fields: GeminiFields): GeminiRequest {
  return {
    ...(request.system === "" ? {} : { systemInstruction: { parts: [{ text: request.system }] } }),
    ...(request.tools.length === 0 ? {} : {
      tools: [{
        functionDeclarations: request.tools.map((tool) => ({
          name: tool.name,
          description: tool.description,
          parametersJsonSchema: tool.parameters,
        })),
      }],
    }),
    generationConfig: {
      maxOutputTokens: request.maxOutputTokens,
      ...thinkingConfig(request, fields),
    },
    contents: toTurns(
      request.messages,
      (message) => toParts(message, !/gemini-[12]/.test(request.model)),
    ).map(({ role, blocks }) => ({ role: role === "user" ? role : "model", parts: blocks })),
  };
}

function thinkingConfig(
  { reasoningEffort: effort, maxOutputTokens }: ModelRequest,
  { thinking }: GeminiFields,
): Record<string, unknown> {
  if (effort === undefined || thinking === "none") return {};
  if (thinking === "level") return { thinkingConfig: { thinkingLevel: effort } };
  // Without a word the models think as long as they like, so there is always one.
  const budget = thinkingBudget(BUDGETS[effort], LEAST_BUDGET, maxOutputTokens) ?? LEAST_BUDGET;
  return { thinkingConfig: { thinkingBudget: budget } };
}

function toParts(message: Message, needsSignatures: boolean): Part[] {
  switch (message.role) {
    case "user":
      return [
        ...(message.text === "" ? [] : [{ text: message.text }]),
        ...(message.images ?? []).map(({ mediaType, data }) => ({
          inlineData: { mimeType: mediaType, data },
        })),
      ];
    case "tool": {
      const response = message.ok ? { output: message.content } : { error: message.content };
      return [{ functionResponse: { id: message.callId, name: message.name, response } }];
    }
    case "assistant": {
      let isFirst = true;
      return laidOut(message).flatMap((slot): Part[] => {
        if (slot.type === "sealed") return [slot.part as Part];
        const signature = slot.seal === undefined ? {} : { thoughtSignature: slot.seal };
        if (slot.type === "text") return [{ text: slot.text, ...signature }];
        const { id, name, arguments: args } = slot.call;
        // Of parallel calls only the first one is signed.
        const foreign = isFirst && needsSignatures ? { thoughtSignature: FOREIGN_CALL } : {};
        isFirst = false;
        return [{
          functionCall: { id, name, args: argumentsObject(args) },
          ...foreign,
          ...signature,
        }];
      });
    }
  }
}
