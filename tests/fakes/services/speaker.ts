/** Services that speak the documented protocols, from one script for all. */
import type { ImagePart } from "../../../src/model/conversation/message.ts";
import type { ServiceProtocol } from "../../../src/model/settings.ts";
import type { SeenRequest } from "../model_service.ts";

/** What a service answers, whatever it speaks. */
export interface Script {
  /** A part of reasoning before everything else, by what it is signed with. */
  readonly sealed?: string | undefined;
  readonly text?: readonly string[] | undefined;
  readonly calls?:
    | readonly { readonly id: string; readonly name: string; readonly args: readonly string[] }[]
    | undefined;
  readonly stop?: "end" | "calls" | "length" | "refusal" | "odd" | undefined;
  /** As ward counts: cached input and reasoning are part of their sums. */
  readonly usage?:
    | {
      readonly input: number;
      readonly output: number;
      readonly cached: number;
      readonly reasoning?: number;
    }
    | undefined;
  /** What happens instead of the end. */
  readonly fault?: "cut" | "malformed" | "overloaded" | undefined;
  /** Kinds of events and fields that nobody has heard of. */
  readonly noise?: boolean | undefined;
}

/** Errors that each service has its own words for. */
export const REFUSALS = [
  "key",
  "rate",
  "tokens_rate",
  "overflow",
  "missing",
  "busy",
  "server",
  "credit",
  "other",
  "effort",
] as const;

/** One of {@linkcode REFUSALS}. */
export type Refusal = typeof REFUSALS[number];

/** An error as a service answers it; `message` is what it may echo. */
export interface RefusalAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a request says, whatever it speaks. */
export interface Said {
  readonly system: string;
  readonly tools: readonly string[];
  /** Texts of the user and of answers, in order. */
  readonly texts: readonly string[];
  readonly images: readonly ImagePart[];
  readonly calls: readonly { readonly name: string; readonly args: unknown }[];
  /** `failed` null: the protocol has no mark for it. */
  readonly results: readonly { readonly content: string; readonly failed: boolean | null }[];
  /** In how many messages the results stand. */
  readonly resultMessages: number;
  readonly effort: string | null;
  readonly maxTokens: number | null;
  /** What asks for the prompt cache: marks, a key; null: the service does it unasked. */
  readonly cache: string | null;
  /** Signatures of reasoning that came back, with what follows each. */
  readonly sealed: readonly string[];
  /** What must not change between turns, as it was sent. */
  readonly fixed: string;
  /** Where the key stood. */
  readonly key: string | null;
}

/** One protocol. */
export interface Speaker {
  readonly protocol: ServiceProtocol;
  /** Model id that the adapter treats as one that can do everything. */
  readonly model: string;
  /** What the base address has after the host. */
  readonly basePath: string;
  /** Bytes of the whole answer. */
  answer(script: Script): { readonly type: string; readonly chunks: readonly Uint8Array[] };
  refusal(kind: Refusal, message: string): RefusalAnswer;
  /** Body of its list of models; null: it has none. */
  list(ids: readonly string[]): object | null;
  read(request: SeenRequest): Said;
}

const encoder = new TextEncoder();

/** Server-sent events; a text is sent as it is. */
export function events(
  frames: readonly (object | string)[],
  named: boolean,
): { type: string; chunks: Uint8Array[] } {
  const chunks = frames.map((frame) => {
    if (typeof frame === "string") return encoder.encode(frame);
    const name = named ? `event: ${(frame as { type: string }).type}\n` : "";
    return encoder.encode(`${name}data: ${JSON.stringify(frame)}\n\n`);
  });
  return { type: "text/event-stream", chunks };
}

/** Parsed body of a request. */
// deno-lint-ignore no-explicit-any -- each speaker knows the form it reads
export function bodyOf(request: SeenRequest): any {
  return JSON.parse(request.body);
}

/** The image of a `data:` address. */
export function ofDataUrl(url: string): ImagePart {
  const [, mediaType, data] = /^data:([^;]+);base64,(.*)$/.exec(url) ?? [];
  return { mediaType, data } as ImagePart;
}
