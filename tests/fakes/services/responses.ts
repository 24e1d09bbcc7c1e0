import { chatSpeaker } from "./chat.ts";
import {
  bodyOf,
  events,
  ofDataUrl,
  type RefusalAnswer,
  type Said,
  type Speaker,
} from "./speaker.ts";

/** OpenAI Responses. Source: OpenAI API reference, "Responses streaming events". */
export const responsesSpeaker: Speaker = {
  protocol: "openai_responses",
  model: "responses-test",
  basePath: "/v1",
  answer({ sealed, text = [], calls = [], stop = "end", usage, fault, noise }) {
    const done = (item: object) => ({ type: "response.output_item.done", item });
    const { input = 0, cached = 0, output = 0, reasoning } = usage ?? {};
    const counts = {
      input_tokens: input,
      output_tokens: output,
      input_tokens_details: { cached_tokens: cached },
      ...(reasoning === undefined
        ? {}
        : { output_tokens_details: { reasoning_tokens: reasoning } }),
    };
    const incomplete = { length: "max_output_tokens", odd: "eternity", refusal: "content_filter" };
    const reason = incomplete[stop as keyof typeof incomplete];
    return events([
      { type: "response.created", response: {} },
      ...(noise ? [{ type: "response.news", delta: 1 }] : []),
      ...(sealed === undefined ? [] : [
        done({ type: "reasoning", id: "rs_1", summary: [], encrypted_content: sealed }),
      ]),
      ...text.map((piece) => ({ type: "response.output_text.delta", delta: piece })),
      ...calls.flatMap(({ id, name, args }) => [
        ...args.map((delta) => ({ type: "response.function_call_arguments.delta", delta })),
        done({ type: "function_call", call_id: id, name, arguments: args.join("") }),
      ]),
      ...(fault === "cut"
        ? []
        : fault === "malformed"
        ? ["event: response.completed\ndata: {broken\n\n"]
        : fault === "overloaded"
        ? [{
          type: "response.failed",
          response: { error: { code: "server_error", message: "busy" } },
        }]
        : [
          reason
            ? {
              type: "response.incomplete",
              response: { usage: counts, incomplete_details: { reason } },
            }
            : { type: "response.completed", response: usage ? { usage: counts } : {} },
        ]),
    ], true);
  },
  refusal(kind, message): RefusalAnswer {
    if (kind !== "effort") return chatSpeaker.refusal(kind, message);
    const text = "Unsupported parameter: 'reasoning.effort' is not supported with this model";
    return { status: 400, body: { error: { code: "unsupported_parameter", message: text } } };
  },
  list: chatSpeaker.list,
  read(request): Said {
    const body = bodyOf(request);
    // deno-lint-ignore no-explicit-any -- items of the protocol
    const items: any[] = body.input;
    const parts = items.flatMap(({ content }) =>
      typeof content === "string" ? [{ type: "input_text", text: content }] : content ?? []
    );
    const of = (type: string) => items.filter((item) => item.type === type);
    const thought = items.findIndex(({ type }) => type === "reasoning");
    return {
      system: body.instructions ?? "",
      // deno-lint-ignore no-explicit-any -- tools of the protocol
      tools: (body.tools ?? []).map((tool: any) => tool.name),
      texts: parts.filter(({ type }) => type === "input_text").map(({ text }) => text),
      images: parts.filter(({ type }) => type === "input_image")
        .map(({ image_url }) => ofDataUrl(image_url)),
      calls: of("function_call").map(({ name, arguments: args }) => ({
        name,
        args: JSON.parse(args),
      })),
      results: of("function_call_output").map(({ output }) => ({
        content: output,
        failed: null,
      })),
      resultMessages: of("function_call_output").length,
      effort: body.reasoning?.effort ?? null,
      maxTokens: body.max_output_tokens ?? null,
      cache: body.prompt_cache_key ?? "missing",
      sealed: thought < 0 ? [] : [
        `${items[thought].encrypted_content} ${
          items[thought + 1]?.type === "function_call" ? "tool_use" : "other"
        }`,
      ],
      fixed: JSON.stringify([body.instructions, body.tools]),
      key: request.headers.get("authorization")?.replace("Bearer ", "") ?? null,
    };
  },
};
