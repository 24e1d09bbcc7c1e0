import type { OutsideRead } from "./outside.ts";

/** One call of a tool, as the model asked for it. */
export interface ToolCall {
  /** Id given by the model's service; unique within a turn. */
  readonly id: string;
  /** Name of the tool. */
  readonly name: string;
  /** Arguments as the model wrote them: JSON text, not yet checked. */
  readonly arguments: string;
}

/** Forms of images that every service with images takes. */
export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;

/** A picture that the user shows. */
export interface ImagePart {
  readonly mediaType: typeof IMAGE_TYPES[number];
  /** Its bytes in base64. */
  readonly data: string;
}

/** A picture in words: `image/png, 12 KB`. */
export function describeImage({ mediaType, data }: ImagePart): string {
  return `${mediaType}, ${Math.ceil(data.length * 3 / 4 / 1024)} KB`;
}

/**
 * What a service gave of its reasoning and wants back unchanged with the answer it belongs to:
 * signed, encrypted, of no use to anybody else.
 */
export interface SealedReasoning {
  /** Provider and model that made it, as `provider/model`; no other one is sent it. */
  readonly by: string;
  /** Parts in the form of the service. */
  readonly parts: readonly Readonly<Record<string, unknown>>[];
}

/** What whoever speaks to the agent sends it. */
export interface UserMessage {
  readonly text: string;
  readonly images?: readonly ImagePart[] | undefined;
  /**
   * What of the text a person wrote themselves: the rest names no path and no address for them.
   * Empty where a program speaks. @default {all of it}
   */
  readonly own?: string | undefined;
  /** What of the text came from outside, such as what a chat message quotes. @default nothing */
  readonly outside?: OutsideRead | undefined;
}

/** What of a message a person wrote themselves. */
export function ownWords({ text, own }: Pick<UserMessage, "text" | "own">): string {
  return own ?? text;
}

/** A message of a session, in ward's own form; adapters map it to each service's. */
export type Message =
  | { readonly role: "user" } & UserMessage
  | {
    readonly role: "assistant";
    readonly text: string;
    readonly toolCalls: readonly ToolCall[];
    readonly reasoning?: SealedReasoning | undefined;
    /** Who answered, as `provider/model`; missing in what older wards stored. */
    readonly by?: string | undefined;
  }
  | {
    readonly role: "tool";
    readonly callId: string;
    readonly name: string;
    readonly ok: boolean;
    readonly content: string;
    /** What of it came from outside; missing: nothing. */
    readonly outside?: OutsideRead | undefined;
  };
