import {
  bodyOf,
  events,
  type Refusal,
  type RefusalAnswer,
  type Said,
  type Speaker,
} from "./speaker.ts";

const STOPS = {
  end: "end_turn",
  calls: "tool_use",
  length: "max_tokens",
  refusal: "refusal",
  odd: "pause_turn",
};

/** Anthropic Messages. Source: its API reference, "Streaming messages" and "Errors". */
export const anthropicSpeaker: Speaker = {
  protocol: "anthropic",
  model: "claude-test",
  basePath: "",
  answer({ sealed, text = [], calls = [], stop = "end", usage, fault, noise }) {
    let index = 0;
    const block = (start: object, ...deltas: object[]) => {
      const at = index++;
      return [
        { type: "content_block_start", index: at, content_block: start },
        ...deltas.map((delta) => ({ type: "content_block_delta", index: at, delta })),
        { type: "content_block_stop", index: at },
      ];
    };
    const { input = 0, cached = 0, output = 0, reasoning } = usage ?? {};
    const start = {
      input_tokens: input - cached,
      cache_read_input_tokens: cached,
      output_tokens: 1,
    };
    const end = {
      output_tokens: output,
      ...(reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoning } }),
    };
    return events([
      { type: "message_start", message: { usage: start } },
      ...(noise ? [{ type: "ping" }, { type: "news", delta: 1 }] : []),
      ...(sealed === undefined ? [] : block(
        { type: "thinking", thinking: "", signature: "" },
        { type: "thinking_delta", thinking: "hm" },
        { type: "signature_delta", signature: sealed },
      )),
      ...(text.length === 0 ? [] : block(
        { type: "text", text: "" },
        ...text.map((piece) => ({ type: "text_delta", text: piece })),
      )),
      ...calls.flatMap(({ id, name, args }) =>
        block(
          { type: "tool_use", id, name, input: {} },
          ...args.map((piece) => ({ type: "input_json_delta", partial_json: piece })),
        )
      ),
      ...(fault === "cut"
        ? []
        : fault === "malformed"
        ? ["event: message_delta\ndata: {broken\n\n"]
        : fault === "overloaded"
        ? [{ type: "error", error: { type: "overloaded_error", message: "busy" } }]
        : [
          { type: "message_delta", delta: { stop_reason: STOPS[stop] }, usage: end },
          { type: "message_stop" },
        ]),
    ], true);
  },
  refusal(kind, message): RefusalAnswer {
    const of = (status: number, type: string, text = message, headers = {}) => ({
      status,
      body: { type: "error", error: { type, message: `${text} ${message}` } },
      headers,
    });
    const answers: Record<Refusal, RefusalAnswer> = {
      key: of(401, "authentication_error", "invalid x-api-key"),
      rate: of(429, "rate_limit_error", "", { "retry-after": "7" }),
      tokens_rate: of(429, "rate_limit_error", "would exceed the limit of input tokens per minute"),
      overflow: of(
        400,
        "invalid_request_error",
        "prompt is too long: 210000 tokens > 200000 maximum",
      ),
      missing: of(404, "not_found_error", "model: claude-none"),
      busy: of(529, "overloaded_error", "Overloaded"),
      server: of(500, "api_error"),
      credit: of(400, "invalid_request_error", "Your credit balance is too low"),
      other: of(400, "invalid_request_error", "temperature: must be at most 1"),
      effort: of(400, "invalid_request_error", "output_config.effort: not supported by this model"),
    };
    return answers[kind];
  },
  list: (ids) => ({ data: ids.map((id) => ({ id, type: "model" })), has_more: false }),
  read(request): Said {
    const body = bodyOf(request);
    // deno-lint-ignore no-explicit-any -- blocks of the protocol
    const blocks: any[] = body.messages.flatMap((message: any) => message.content);
    const of = (type: string) => blocks.filter((block) => block.type === type);
    const thought = blocks.findIndex((block) => block.type === "thinking");
    return {
      system: body.system?.[0].text ?? "",
      // deno-lint-ignore no-explicit-any -- tools of the protocol
      tools: (body.tools ?? []).map((tool: any) => tool.name),
      texts: of("text").map(({ text }) => text),
      images: of("image").map(({ source }) => ({
        mediaType: source.media_type,
        data: source.data,
      })),
      calls: of("tool_use").map(({ name, input }) => ({ name, args: input })),
      results: of("tool_result").map(({ content, is_error }) => ({
        content: content ?? "",
        failed: is_error === true,
      })),
      // deno-lint-ignore no-explicit-any -- messages of the protocol
      resultMessages: body.messages.filter((message: any) =>
        // deno-lint-ignore no-explicit-any -- blocks of the protocol
        message.content.some((block: any) => block.type === "tool_result")
      ).length,
      effort: body.output_config?.effort ?? null,
      maxTokens: body.max_tokens,
      cache: request.body.includes('"cache_control"') ? "marks" : "missing",
      sealed: thought < 0 ? [] : [`${blocks[thought].signature} ${blocks[thought + 1]?.type}`],
      fixed: JSON.stringify([body.system, body.tools]),
      // The service takes both; its SDK sends the first.
      key: request.headers.get("authorization")?.replace("Bearer ", "") ??
        request.headers.get("x-api-key"),
    };
  },
};
