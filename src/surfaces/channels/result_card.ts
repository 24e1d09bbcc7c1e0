/** How a turn that did something ended, in one line below its answer. */
import { costOf } from "../../kernel/models/prices/cost.ts";
import type { TurnEvent } from "../../kernel/ports.ts";
import type { TurnOutcome } from "../../model/conversation/session.ts";

/** See {@linkcode createResultCard}. */
export interface ResultCard {
  onEvent(event: TurnEvent): void;
  /** Markdown; empty: no tool ran, and the answer says all. */
  line(outcome: TurnOutcome): string;
}

/**
 * Builds it for one turn. What is not known of it is left out: the price of a model without a
 * published one, or of a call that the service did not count.
 *
 * @param now Milliseconds of a clock that never goes back.
 */
export function createResultCard(now: () => number): ResultCard {
  const begunMs = now();
  let done = 0;
  let failed = 0;
  let calls = 0;
  let counted = 0;
  let tokens = 0;
  let usd: number | null = 0;
  let by = { provider: "", model: "" };
  return {
    onEvent(event) {
      switch (event.type) {
        case "tool_finished":
          if (event.ok) done++;
          else failed++;
          break;
        case "model_call":
          calls++;
          break;
        case "answering":
          by = event;
          break;
        case "usage": {
          const { inputTokens, outputTokens, cachedTokens } = event.usage;
          const cost = costOf({
            ...by,
            inputTokens,
            outputTokens,
            cachedTokens,
            cacheWriteTokens: null,
          });
          counted++;
          tokens += inputTokens + outputTokens;
          usd = usd === null || cost === null ? null : usd + cost;
          break;
        }
      }
    },
    line(outcome) {
      if (done + failed === 0) return "";
      const steps = `${done + failed} ${done + failed === 1 ? "step" : "steps"}`;
      const sign = outcome === "complete" ? "✅" : outcome === "stopped" ? "⏹" : "⛔";
      const parts = [
        `${sign} ${steps}${failed > 0 ? `, ${failed} failed` : ""}`,
        `${calls} model ${calls === 1 ? "call" : "calls"}`,
        tokens > 0 ? `${tokens.toLocaleString("en")} tokens` : "",
        usd !== null && usd > 0 && counted === calls ? `$${usd.toFixed(usd < 0.1 ? 4 : 2)}` : "",
        timeText(now() - begunMs),
      ];
      return `*${parts.filter((part) => part !== "").join(" · ")}*`;
    },
  };
}

function timeText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
