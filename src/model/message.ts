/** One call of a tool, as the model asked for it. */
export interface ToolCall {
  /** Id given by the model's service; unique within a turn. */
  readonly id: string;
  /** Name of the tool. */
  readonly name: string;
  /** Arguments as the model wrote them: JSON text, not yet checked. */
  readonly arguments: string;
}

/** A message of a session, in ward's own form; adapters map it to each service's. */
export type Message =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly toolCalls: readonly ToolCall[] }
  | {
    readonly role: "tool";
    readonly callId: string;
    readonly name: string;
    readonly ok: boolean;
    readonly content: string;
  };
