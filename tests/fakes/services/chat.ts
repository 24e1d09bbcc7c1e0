import {
  bodyOf,
  events,
  ofDataUrl,
  type Refusal,
  type RefusalAnswer,
  type Said,
  type Speaker,
} from "./speaker.ts";

const STOPS = {
  end: "stop",
  calls: "tool_calls",
  length: "length",
  refusal: "content_filter",
  odd: "eternity",
};

/**
 * OpenAI chat completions. Source: OpenAI API reference, "Chat completions streaming", guide "Error
 * codes". Reasoning comes as OpenRouter sends it.
 */
export const chatSpeaker: Speaker = {
  protocol: "openai",
  model: "chat-test",
  basePath: "/v1",
  answer({ sealed, text = [], calls = [], stop = "end", usage, fault, noise }) {
    const chunk = (delta: object, finish: string | null = null) => ({
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const { input = 0, cached = 0, output = 0, reasoning } = usage ?? {};
    const counts = {
      prompt_tokens: input,
      completion_tokens: output,
      prompt_tokens_details: { cached_tokens: cached },
      ...(reasoning === undefined
        ? {}
        : { completion_tokens_details: { reasoning_tokens: reasoning } }),
    };
    return events([
      chunk({ role: "assistant", content: "" }),
      ...(noise ? [{ news: 1, choices: [] }, ": keep-alive\n\n"] : []),
      ...(sealed === undefined ? [] : [
        chunk({ reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }] }),
        chunk({ reasoning_details: [{ type: "reasoning.text", signature: sealed, index: 0 }] }),
      ]),
      ...text.map((piece) => chunk({ content: piece })),
      ...calls.flatMap(({ id, name, args }, index) => [
        chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
        ...args.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      ...(fault === "cut"
        ? []
        : fault === "malformed"
        ? ["data: {broken\n\n"]
        : fault === "overloaded"
        ? [{ error: { type: "server_error", message: "busy" } }]
        : [
          chunk({}, STOPS[stop]),
          ...(usage ? [{ choices: [], usage: counts }] : []),
          "data: [DONE]\n\n",
        ]),
    ], false);
  },
  refusal(kind, message): RefusalAnswer {
    const of = (status: number, code: string, text = "", headers = {}) => ({
      status,
      body: { error: { code, type: "invalid_request_error", message: `${text} ${message}` } },
      headers,
    });
    const answers: Record<Refusal, RefusalAnswer> = {
      key: of(401, "invalid_api_key", "Incorrect API key provided"),
      rate: of(429, "rate_limit_exceeded", "", { "retry-after": "7" }),
      tokens_rate: of(
        429,
        "rate_limit_exceeded",
        "Request too large: tokens per min, context length",
      ),
      overflow: of(400, "context_length_exceeded", "maximum context length is 128000 tokens"),
      missing: of(404, "model_not_found"),
      busy: of(503, "server_overloaded"),
      server: of(500, "server_error"),
      credit: of(429, "insufficient_quota", "You exceeded your current quota"),
      other: of(400, "invalid_value", "temperature"),
      effort: of(400, "unsupported_parameter", "Unsupported parameter: 'reasoning_effort'"),
    };
    return answers[kind];
  },
  list: (ids) => ({ object: "list", data: ids.map((id) => ({ id, object: "model" })) }),
  read(request): Said {
    const body = bodyOf(request);
    // deno-lint-ignore no-explicit-any -- messages of the protocol
    const messages: any[] = body.messages;
    const rest = messages.filter(({ role }) => role !== "system");
    const parts = rest.flatMap(({ role, content }) =>
      role === "tool"
        ? []
        : typeof content === "string"
        ? [{ type: "text", text: content }]
        : content ?? []
    );
    const calls = rest.flatMap(({ tool_calls }) => tool_calls ?? []);
    return {
      system: messages.find(({ role }) => role === "system")?.content ?? "",
      // deno-lint-ignore no-explicit-any -- tools of the protocol
      tools: (body.tools ?? []).map((tool: any) => tool.function.name),
      texts: parts.filter(({ type }) => type === "text").map(({ text }) => text),
      images: parts.filter(({ type }) => type === "image_url")
        .map(({ image_url }) => ofDataUrl(image_url.url)),
      calls: calls.map((call) => ({
        name: call.function.name,
        args: JSON.parse(call.function.arguments),
      })),
      results: rest.filter(({ role }) => role === "tool")
        .map(({ content }) => ({ content, failed: null })),
      resultMessages: rest.filter(({ role }) => role === "tool").length,
      effort: body.reasoning_effort ?? body.reasoning?.effort ?? null,
      maxTokens: body.max_tokens ?? body.max_completion_tokens ?? null,
      cache: body.prompt_cache_key ?? "missing",
      // A field of the answer: what it stands with is in the same message.
      sealed: rest.flatMap(({ reasoning_details: details = [], tool_calls }) =>
        // deno-lint-ignore no-explicit-any -- details of the protocol
        details.map(({ signature }: any) => `${signature} ${tool_calls ? "tool_use" : "other"}`)
      ),
      fixed: JSON.stringify([messages[0], body.tools]),
      key: request.headers.get("authorization")?.replace("Bearer ", "") ??
        request.headers.get("api-key"),
    };
  },
};

/** The same from Azure. Source: Azure OpenAI REST reference. */
export const azureSpeaker: Speaker = {
  ...chatSpeaker,
  protocol: "azure",
  basePath: "",
  list: () => null,
  refusal(kind, message) {
    const { status, body, headers } = chatSpeaker.refusal(kind, message);
    if (kind !== "missing") return { status, body, headers };
    return { status, body: { error: { code: "DeploymentNotFound", message } } };
  },
};

/** The same from Ollama, without a key. Source: Ollama docs, "OpenAI compatibility". */
export const ollamaSpeaker: Speaker = {
  ...chatSpeaker,
  protocol: "ollama",
  basePath: "",
  list: (ids) => ({ models: ids.map((name) => ({ name, model: name })) }),
};
