/** What a turn is doing, in one line below the answer so far. */
import type { Span } from "../../kernel/channels/format/row.ts";
import type { TurnEvent } from "../../kernel/ports.ts";
import { revealHidden } from "../cli/sanitize_terminal.ts";

/** Longest title of a step that is shown, in characters. */
const MAX_TITLE = 100;

/** See {@linkcode createProgressLine}. */
export interface ProgressLine {
  onEvent(event: TurnEvent): void;
  /** Empty: nothing to say but the answer itself. */
  spans(): readonly Span[];
}

/** Builds it for one turn. */
export function createProgressLine(): ProgressLine {
  /** Titles of the calls that run, oldest first. */
  const running = new Map<string, string>();
  let done = 0;
  let failed = 0;
  let waits = "";
  return {
    onEvent(event) {
      switch (event.type) {
        case "tool_started":
          running.set(event.callId, event.title);
          break;
        case "tool_finished":
          running.delete(event.callId);
          if (event.ok) done++;
          else failed++;
          break;
        case "retry":
          waits = `waiting ${Math.max(1, Math.round(event.waitMs / 1000))} s: ${event.reason}`;
          return;
        case "ended":
          running.clear();
          break;
        case "text":
        case "tool_planned":
        case "model_call":
          break;
        default:
          return;
      }
      waits = "";
    },
    spans() {
      const title = [...running.values()].at(-1);
      const others = running.size - 1;
      const counts = [
        others > 0 ? `${others} more` : "",
        done > 0 ? `${done} done` : "",
        failed > 0 ? `${failed} failed` : "",
      ].filter((one) => one !== "").join(", ");
      if (waits !== "") return [{ text: `⏳ ${cut(waits)}`, italic: true }];
      if (title === undefined) {
        return counts === "" ? [] : [{ text: `⏳ ${counts}`, italic: true }];
      }
      return [
        { text: "⏳ " },
        { text: cut(title), code: true },
        ...counts === "" ? [] : [{ text: ` (${counts})`, italic: true }],
      ];
    },
  };
}

function cut(text: string): string {
  const shown = revealHidden(text);
  return shown.length <= MAX_TITLE ? shown : `${shown.slice(0, MAX_TITLE - 1).toWellFormed()}…`;
}
