import { crc32 } from "node:zlib";
import { bodyOf, type Refusal, type RefusalAnswer, type Said, type Speaker } from "./speaker.ts";

const STOPS = {
  end: "end_turn",
  calls: "tool_use",
  length: "max_tokens",
  refusal: "content_filtered",
  odd: "eternity",
};

/** Bedrock's Converse API. Source: Amazon Bedrock API reference, "ConverseStream". */
export const bedrockSpeaker: Speaker = {
  protocol: "bedrock",
  model: "us.anthropic.claude-test-v1:0",
  basePath: "",
  answer({ sealed, text = [], calls = [], stop = "end", usage, fault, noise }) {
    let at = 0;
    const block = (start: object | null, ...deltas: object[]) => {
      const contentBlockIndex = at++;
      return [
        ...(start ? [event("contentBlockStart", { contentBlockIndex, start })] : []),
        ...deltas.map((delta) => event("contentBlockDelta", { contentBlockIndex, delta })),
        event("contentBlockStop", { contentBlockIndex }),
      ];
    };
    const { input = 0, cached = 0, output = 0 } = usage ?? {};
    const counts = {
      inputTokens: input - cached,
      cacheReadInputTokens: cached,
      outputTokens: output,
    };
    const exception = {
      ":message-type": "exception",
      ":exception-type": "serviceUnavailableException",
    };
    const damaged = event("messageStop", { stopReason: "end_turn" });
    damaged[damaged.length - 1]! ^= 0xff;
    const chunks = [
      event("messageStart", { role: "assistant" }),
      ...(noise ? [event("news", { delta: 1 })] : []),
      ...(sealed === undefined ? [] : block(
        null,
        { reasoningContent: { text: "hm" } },
        { reasoningContent: { signature: sealed } },
      )),
      ...(text.length === 0 ? [] : block(null, ...text.map((piece) => ({ text: piece })))),
      ...calls.flatMap(({ id, name, args }) =>
        block(
          { toolUse: { toolUseId: id, name } },
          ...args.map((piece) => ({ toolUse: { input: piece } })),
        )
      ),
      ...(fault === "cut"
        ? [damaged.subarray(0, 20)]
        : fault === "malformed"
        ? [damaged]
        : fault === "overloaded"
        ? [message(exception, { message: "busy" })]
        : [
          event("messageStop", { stopReason: STOPS[stop] }),
          ...(usage ? [event("metadata", { usage: counts, metrics: { latencyMs: 1 } })] : []),
        ]),
    ];
    return { type: "application/vnd.amazon.eventstream", chunks };
  },
  refusal(kind, text): RefusalAnswer {
    const of = (status: number, type: string, said = "", headers = {}) => ({
      status,
      body: { message: `${said} ${text}` },
      headers: { "x-amzn-errortype": `${type}:http://internal.amazon.com/`, ...headers },
    });
    const answers: Record<Refusal, RefusalAnswer> = {
      key: of(403, "UnrecognizedClientException", "The security token is invalid."),
      rate: of(429, "ThrottlingException", "", { "retry-after": "7" }),
      tokens_rate: of(429, "ThrottlingException", "Too many tokens, please wait"),
      overflow: of(400, "ValidationException", "Input is too long for requested model."),
      missing: of(404, "ResourceNotFoundException"),
      busy: of(503, "ServiceUnavailableException"),
      server: of(500, "InternalServerException"),
      credit: of(402, "PaymentRequired"),
      other: of(400, "ValidationException", "temperature"),
      effort: of(400, "ValidationException", "output_config: Extra inputs are not permitted"),
    };
    return answers[kind];
  },
  list: () => null,
  read(request): Said {
    const body = bodyOf(request);
    // deno-lint-ignore no-explicit-any -- messages of the protocol
    const messages: any[] = body.messages;
    const blocks = messages.flatMap(({ content }) => content);
    const of = (name: string) => blocks.filter((block) => block[name]);
    const thought = blocks.findIndex((block) => block.reasoningContent);
    return {
      system: body.system?.[0].text ?? "",
      // deno-lint-ignore no-explicit-any -- tools of the protocol
      tools: (body.toolConfig?.tools ?? []).flatMap((tool: any) => tool.toolSpec?.name ?? []),
      texts: of("text").map(({ text }) => text),
      images: of("image").map(({ image }) => ({
        mediaType: `image/${image.format}` as "image/png",
        data: image.source.bytes,
      })),
      calls: of("toolUse").map(({ toolUse }) => ({ name: toolUse.name, args: toolUse.input })),
      results: of("toolResult").map(({ toolResult }) => ({
        content: toolResult.content[0].text,
        failed: toolResult.status === "error",
      })),
      resultMessages: messages.filter(({ content }) =>
        // deno-lint-ignore no-explicit-any -- blocks of the protocol
        content.some((block: any) => block.toolResult)
      ).length,
      effort: body.additionalModelRequestFields?.output_config?.effort ?? null,
      maxTokens: body.inferenceConfig.maxTokens,
      cache: request.body.includes('"cachePoint"') ? "marks" : "missing",
      sealed: thought < 0 ? [] : [
        `${blocks[thought].reasoningContent.reasoningText.signature} ${
          blocks[thought + 1]?.toolUse ? "tool_use" : "other"
        }`,
      ],
      fixed: JSON.stringify([body.system, body.toolConfig, body.inferenceConfig]),
      key: request.headers.get("authorization")?.replace("Bearer ", "") ?? null,
    };
  },
};

function event(type: string, payload: object): Uint8Array {
  return message({
    ":message-type": "event",
    ":event-type": type,
    ":content-type": "application/json",
  }, payload);
}

/** A message of AWS's event stream. Source: Smithy docs, "Amazon Event Stream Specification". */
export function message(headers: Readonly<Record<string, string>>, payload: object): Uint8Array {
  const encoder = new TextEncoder();
  const head = Object.entries(headers).flatMap(([name, value]) => {
    const [nameBytes, valueBytes] = [encoder.encode(name), encoder.encode(value)];
    return [
      nameBytes.length,
      ...nameBytes,
      7,
      valueBytes.length >> 8,
      valueBytes.length & 255,
      ...valueBytes,
    ];
  });
  const body = encoder.encode(JSON.stringify(payload));
  const bytes = new Uint8Array(12 + head.length + body.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(4, head.length);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  bytes.set(head, 12);
  bytes.set(body, 12 + head.length);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, bytes.length - 4)));
  return bytes;
}
