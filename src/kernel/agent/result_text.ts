import { AppError } from "../../base/app_error.ts";
import type { ToolCall } from "../../model/conversation/message.ts";
import { Outside } from "../../model/conversation/outside.ts";
import { within } from "../../model/cells/paths.ts";
import { markOutside } from "../outside/mark.ts";
import { cutOutput, needsCut } from "./cut_output.ts";
import type { ToolResult } from "../../model/conversation/tool.ts";
import type { ToolPlan } from "../ports.ts";
import { describeError, type PreparedCall } from "./prepare_call.ts";
import type { Turn } from "./turn.ts";

/** In the name of what is saved of outside text, so that it is told when it is read again. */
export const OUTSIDE_MARK = "outside-";

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
        markOutside(
          one,
          turn.deps.random.id(),
          (text) => withinBounds(turn, call, text, OUTSIDE_MARK),
        )
      ),
    );
    return [own, ...parts].filter((part) => part !== "").join("\n");
  }
  return own === "" ? "(no output)" : await withinBounds(turn, call, own);
}

/** A text cut to what a model gets, the whole of it kept in a file. */
async function withinBounds(
  turn: Turn,
  call: ToolCall,
  text: string,
  mark = "",
): Promise<string> {
  if (!needsCut(text)) return text;
  // The id comes from the model's service: nothing of it may act as a path.
  const name = `${mark}${call.id.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 60) || "output"}.txt`;
  const path = await turn.deps.saveOutput(text, name).catch(() => null);
  return cutOutput(text, path);
}

/**
 * A result that may hold what was saved of outside text: it comes marked again. It does not bind the
 * session anew, which was bound when it read it first; only what came in as a file nobody has read.
 *
 * A program reads it by whatever name it makes up (a glob, `cd`, a script), so all that programs
 * print is marked as long as such an output is kept.
 */
export async function markedAgain(
  turn: Turn,
  { accesses, prints }: ToolPlan,
  result: ToolResult,
): Promise<ToolResult> {
  const { saved } = turn.deps;
  if (saved === undefined || result.content === "") return result;
  const isRead = accesses.some((access) =>
    access.permission === "read" &&
    // A folder may hold any of them.
    (within(access.path, saved.path) ||
      (within(saved.path, access.path) && access.path.includes(`-${OUTSIDE_MARK}`)))
  );
  // Where a tool told apart what is from outside, the rest is its own words.
  const isPrinted = (result.outside ?? []).length === 0 &&
    (prints || accesses.some(({ permission }) => permission === "run" || permission === "shell"));
  if (!isRead && !(isPrinted && await holds(saved.holdsOutside))) return result;
  const source = isRead ? "a saved output" : "commands that may have read a saved output";
  const taints = await holds(saved.holdsUnread);
  const again = Outside.of(source, result.content, { taints });
  return { ...result, content: "", outside: [again, ...result.outside ?? []] };
}

/** Whether one is kept; where nobody can look, one may be. */
async function holds(look: (() => Promise<boolean>) | undefined): Promise<boolean> {
  try {
    return await look?.() ?? false;
  } catch {
    return true;
  }
}

/** Of a call that was stopped while it ran. */
export const STOPPED: ToolResult = {
  ok: false,
  content: "Stopped while running; part of it may have taken effect.",
  summary: "stopped",
  effects: [],
};

/** What a tool threw: the whole of it for the model, the way out apart for the person. */
export function failedResult(plan: ToolPlan, error: unknown): ToolResult {
  const words = describeError(error);
  return {
    ok: false,
    content: `${plan.title} failed: ${words}`,
    ...error instanceof AppError
      ? { summary: error.message, wayOut: error.hint }
      : { summary: words },
    effects: [],
  };
}

/** The result of a call that was looked at and kept from running. */
export function plannedResult(
  { plan, decisions }: Extract<PreparedCall, { type: "ready" }>,
  why: string,
  ok: boolean,
): ToolResult {
  const words = { allow: "would run", ask: "would ask", deny: "would be refused" } as const;
  const types = decisions.map(({ type }) => type);
  const worst = types.includes("deny") ? "deny" : types.includes("ask") ? "ask" : "allow";
  const content = `${plan.title}: ${why}. Nothing was done; it ${words[worst]}.`;
  return { ok, content, summary: `${why}; it ${words[worst]}`, effects: [] };
}

/** Of a call that did not run. */
export function notRun(content: string, summary: string): ToolResult {
  return { ok: false, content, summary, effects: [] };
}
