/** What a chat sees of a turn that runs: the answer so far, and in one line what is being done. */
import { draftPart } from "../../../kernel/channels/format/format_answer.ts";
import type { TurnEvent } from "../../../kernel/ports.ts";
import type { ChannelKind } from "../../../model/channels/channel.ts";
import type { OutboundPart } from "../../../model/channels/message.ts";
import { createProgressLine } from "../../../surfaces/channels/progress_line.ts";

/** See {@linkcode createTurnView}. */
export interface TurnView {
  onEvent(event: TurnEvent): void;
  /** null: there is nothing to see yet. */
  render(): OutboundPart | null;
}

/**
 * Builds it.
 *
 * @param parts.forRoom A text as those may see it who read along.
 * @param parts.begin What is said before anything else is there; empty: nothing.
 * @param parts.onChange Told of each change.
 */
export function createTurnView(parts: {
  readonly kind: ChannelKind;
  forRoom(text: string): string;
  readonly begin: string;
  onChange(): void;
}): TurnView {
  const progress = createProgressLine();
  let text = "";
  let isNext = false;
  return {
    onEvent(event) {
      progress.onEvent(event);
      // The words of the call before stay until there are new ones.
      if (event.type === "model_call") isNext = true;
      if (event.type === "text") {
        text = isNext ? event.text : text + event.text;
        isNext = false;
      }
      if (SHOWN.has(event.type)) parts.onChange();
    },
    render() {
      const note = progress.spans().map((span) => ({ ...span, text: parts.forRoom(span.text) }));
      return draftPart(parts.kind, parts.forRoom(text === "" ? parts.begin : text), note);
    },
  };
}

/** What changes the view. */
const SHOWN: ReadonlySet<TurnEvent["type"]> = new Set([
  "text",
  "tool_started",
  "tool_finished",
  "retry",
]);
