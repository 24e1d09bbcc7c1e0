import {
  bodyOf,
  events,
  type Refusal,
  type RefusalAnswer,
  type Said,
  type Speaker,
} from "./speaker.ts";

const STOPS = {
  end: "STOP",
  calls: "STOP",
  length: "MAX_TOKENS",
  refusal: "SAFETY",
  odd: "FINISH_REASON_UNSPECIFIED",
};

/** Gemini. Source: Gemini API reference, "GenerateContentResponse"; guide "Troubleshooting". */
export const geminiSpeaker: Speaker = {
  protocol: "gemini",
  model: "gemini-3-test",
  basePath: "",
  answer({ sealed, text = [], calls = [], stop = "end", usage, fault, noise }) {
    const chunk = (parts: object[], finishReason?: string) => ({
      candidates: [{ content: { role: "model", parts }, finishReason }],
    });
    const { input = 0, cached = 0, output = 0, reasoning } = usage ?? {};
    const usageMetadata = {
      promptTokenCount: input,
      cachedContentTokenCount: cached,
      candidatesTokenCount: output - (reasoning ?? 0),
      ...(reasoning === undefined ? {} : { thoughtsTokenCount: reasoning }),
    };
    return events([
      ...(noise ? [{ news: 1 }, chunk([{ executableCode: {} }])] : []),
      ...(sealed === undefined ? [] : [chunk([{ text: "hm", thought: true }])]),
      ...text.map((piece) => chunk([{ text: piece }])),
      // Calls come whole; what is cut by the limit is left out by the service.
      ...calls.map(({ id, name, args }, index) =>
        chunk([{
          functionCall: { id, name, args: JSON.parse(args.join("") || "{}") },
          ...(sealed !== undefined && index === 0 ? { thoughtSignature: sealed } : {}),
        }])
      ),
      ...(fault === "cut"
        ? []
        : fault === "malformed"
        ? ["data: {broken\n\n"]
        : fault === "overloaded"
        ? [{ error: { code: 503, status: "UNAVAILABLE", message: "busy" } }]
        : [{ ...chunk([], STOPS[stop]), ...(usage ? { usageMetadata } : {}) }]),
    ], false);
  },
  refusal(kind, message): RefusalAnswer {
    const of = (code: number, status: string, text = "", details: object[] = []) => ({
      status: code,
      body: { error: { code, status, message: `${text} ${message}`, details } },
    });
    const answers: Record<Refusal, RefusalAnswer> = {
      key: of(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
      rate: of(429, "RESOURCE_EXHAUSTED", "", [{
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        retryDelay: "7s",
      }]),
      tokens_rate: of(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded: input_token_count, limit: 250000",
      ),
      overflow: of(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      ),
      missing: of(404, "NOT_FOUND", "models/x is not found for API version v1beta"),
      busy: of(503, "UNAVAILABLE", "The model is overloaded"),
      server: of(500, "INTERNAL"),
      credit: of(402, "FAILED_PRECONDITION", "Billing"),
      other: of(400, "INVALID_ARGUMENT", "Invalid value at temperature"),
      effort: of(400, "INVALID_ARGUMENT", "Thinking level is not supported for this model."),
    };
    return answers[kind];
  },
  list: (ids) => ({ models: ids.map((id) => ({ name: `models/${id}` })) }),
  read(request): Said {
    const body = bodyOf(request);
    // deno-lint-ignore no-explicit-any -- contents of the protocol
    const contents: any[] = body.contents;
    const parts = contents.flatMap((content) => content.parts);
    const { thinkingConfig } = body.generationConfig;
    const calls = parts.filter((part) => part.functionCall);
    return {
      system: body.systemInstruction?.parts[0].text ?? "",
      // deno-lint-ignore no-explicit-any -- tools of the protocol
      tools: (body.tools?.[0].functionDeclarations ?? []).map((tool: any) => tool.name),
      texts: parts.filter((part) => part.text !== undefined).map(({ text }) => text),
      images: parts.filter((part) => part.inlineData)
        .map(({ inlineData }) => ({ mediaType: inlineData.mimeType, data: inlineData.data })),
      calls: calls.map(({ functionCall }) => ({
        name: functionCall.name,
        args: functionCall.args,
      })),
      results: parts.filter((part) => part.functionResponse).map(({ functionResponse }) => ({
        content: functionResponse.response.output ?? functionResponse.response.error,
        failed: functionResponse.response.error !== undefined,
      })),
      resultMessages: contents.filter((content) =>
        // deno-lint-ignore no-explicit-any -- parts of the protocol
        content.parts.some((part: any) => part.functionResponse)
      ).length,
      effort: thinkingConfig?.thinkingLevel ?? null,
      maxTokens: body.generationConfig.maxOutputTokens,
      cache: null,
      sealed: calls.filter(({ thoughtSignature }) =>
        thoughtSignature !== undefined && thoughtSignature !== "skip_thought_signature_validator"
      ).map(({ thoughtSignature }) => `${thoughtSignature} tool_use`),
      fixed: JSON.stringify([body.systemInstruction, body.tools, body.generationConfig]),
      key: request.headers.get("x-goog-api-key"),
    };
  },
};
