import type { ToolCall } from "../../model/conversation/message.ts";
import type { Outside } from "../../model/conversation/outside.ts";
import { markOutside } from "../outside/mark.ts";
import { cutOutput, needsCut } from "./cut_output.ts";
import type { Turn } from "./turn.ts";

/** The text a model gets: no NUL, whole characters, never empty, within bounds. */
export async function forModel(
  turn: Turn,
  call: ToolCall,
  content: string,
  outside: readonly Outside[],
): Promise<string> {
  const own = content.replaceAll("\0", "").toWellFormed();
  if (outside.length > 0) {
    const parts = await Promise.all(
      outside.map((one) =>
        markOutside(one, turn.deps.random.id(), (text) => withinBounds(turn, call, text))
      ),
    );
    return [own, ...parts].filter((part) => part !== "").join("\n");
  }
  return own === "" ? "(no output)" : await withinBounds(turn, call, own);
}

/** A text cut to what a model gets, the whole of it kept in a file. */
async function withinBounds(turn: Turn, call: ToolCall, text: string): Promise<string> {
  if (!needsCut(text)) return text;
  // The id comes from the model's service: nothing of it may act as a path.
  const name = `${call.id.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 60) || "output"}.txt`;
  const path = await turn.deps.saveOutput(text, name).catch(() => null);
  return cutOutput(text, path);
}
