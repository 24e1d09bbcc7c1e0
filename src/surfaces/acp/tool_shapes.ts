/** Tool calls in the shapes that editors show. */
import type { Access } from "../../model/cells/permission.ts";
import type { TextChange } from "../../model/conversation/tool.ts";
import { sanitizeTerminal } from "../cli/sanitize_terminal.ts";
import { fenced } from "./prompt_content.ts";
import type { ToolCallContent, ToolCallLocation, ToolKind } from "./protocol.ts";

/** Kinds of the tools whose name says more than what they touch. */
const KINDS: Readonly<Record<string, ToolKind>> = {
  read: "read",
  write: "edit",
  edit: "edit",
  list: "search",
  glob: "search",
  grep: "search",
  overview: "search",
  run: "execute",
  terminal: "execute",
  git_info: "read",
  git_commit: "execute",
};

/** Kinds by what is touched. */
const TOUCHED: Readonly<Record<Access["permission"], ToolKind>> = {
  read: "read",
  write: "edit",
  run: "execute",
  shell: "execute",
  net: "fetch",
  mcp: "other",
  setting: "other",
};

/** The kind of a call; an editor chooses an icon by it, nothing is decided by it. */
export function kindOf(name: string, accesses: readonly Access[]): ToolKind {
  const [first] = accesses;
  return KINDS[name] ?? (first ? TOUCHED[first.permission] : "other");
}

/** Files that a call touches, each once. */
export function locationsOf(accesses: readonly Access[]): ToolCallLocation[] {
  const paths = accesses.flatMap((access) =>
    access.permission === "read" || access.permission === "write" ? [access.path] : []
  );
  return [...new Set(paths)].map((path) => ({ path }));
}

/** A text as it is: an editor shows the other texts as Markdown. */
export function verbatim(text: string): ToolCallContent {
  return { type: "content", content: { type: "text", text: fenced(sanitizeTerminal(text)) } };
}

/** A change of a file, in the editor's own form. */
export function diffContent({ path, before, after }: TextChange): ToolCallContent {
  return { type: "diff", path, oldText: before, newText: after };
}

/** Arguments as an object, where the model wrote one. */
export function rawInput(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    return text;
  }
}
