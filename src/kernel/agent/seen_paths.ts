/**
 * Which paths somebody saw in a session (P7): those that the user named, that tools read, listed or
 * found, and that earlier calls named. It guards against mistakes, such as a folder that is deleted
 * by a guessed name; what a program may touch is not decided here.
 */
import { parseShallowJson } from "../../base/shallow_json.ts";
import { type Message, ownWords, type ToolCall } from "../../model/conversation/message.ts";
import { normalizePath } from "../../model/cells/paths.ts";

/** Tools whose results name what they saw. */
const LOOKING_TOOLS: ReadonlySet<string> = new Set([
  "read",
  "list",
  "glob",
  "grep",
  "overview",
  "git_info",
]);
/** Programs whose output does. */
const LOOKING_PROGRAMS: ReadonlySet<string> = new Set(
  "ls find fd tree grep rg git du stat file wc".split(" "),
);
/** Programs that print what they are told: naming a path to them is no look. */
const TALKING: ReadonlySet<string> = new Set(["echo", "printf", "true", "false", "test", "["]);

/** Most words of one text that are looked at. */
const MAX_WORDS = 20_000;

/**
 * Those of the paths that nobody saw.
 *
 * @param paths Absolute; of one with a glob its folder counts.
 * @param workspace What relative paths start from.
 */
export function unseenPaths(
  paths: readonly string[],
  messages: readonly Message[],
  workspace: string,
): string[] {
  const wanted = new Map(paths.map((path) => [path, withoutGlob(path)]));
  const seen = new Set<string>();
  for (const message of messages) {
    if (message.role !== "user") continue;
    addNamed(seen, ownWords(message), [workspace], [...wanted.values()]);
  }
  const calls = new Map(
    messages.flatMap((one) => one.role === "assistant" ? one.toolCalls : [])
      .map((call) => [call.id, call]),
  );
  for (const message of messages) {
    if (message.role !== "tool" || !message.ok) continue;
    const call = calls.get(message.callId);
    if (call) addLooked(seen, call, message.content, workspace);
  }
  return paths.filter((path) => !seen.has(wanted.get(path) ?? path));
}

/** What a user named, by a path or by its last part alone. */
function addNamed(
  seen: Set<string>,
  text: string,
  folders: readonly string[],
  wanted: readonly string[],
): void {
  const words = wordsOf(text);
  for (const word of words) {
    for (const folder of folders) seen.add(normalizePath(word, folder));
  }
  const named = new Set(words.map((word) => word.replace(/\/$/, "")));
  for (const path of wanted) {
    if (named.has(path.slice(path.lastIndexOf("/") + 1))) seen.add(path);
  }
}

/** What a call that went well named, and what its result showed. */
function addLooked(seen: Set<string>, call: ToolCall, content: string, workspace: string): void {
  const args = argumentsOf(call);
  const path = typeof args["path"] === "string" ? args["path"] : null;
  if (path !== null) seen.add(normalizePath(path, workspace));
  const line = typeof args["command"] === "string" ? args["command"] : "";
  const words = wordsOf(line);
  const program = words[0] ?? "";
  if (TALKING.has(program)) return;
  const folders = [workspace, ...words.slice(1).map((word) => normalizePath(word, workspace))]
    .slice(0, 20);
  for (const folder of folders.slice(1)) seen.add(folder);
  const shows = call.name === "run" ? LOOKING_PROGRAMS.has(program) : LOOKING_TOOLS.has(call.name);
  if (!shows) return;
  if (path !== null) folders.push(normalizePath(path, workspace));
  for (const word of wordsOf(content)) {
    for (const folder of folders) seen.add(normalizePath(word, folder));
  }
}

function argumentsOf(call: ToolCall): Record<string, unknown> {
  try {
    const value: unknown = parseShallowJson(call.arguments);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Words that could be paths: quotes, marks of a sentence and `file:12:` taken off. */
function wordsOf(text: string): string[] {
  return text.split(/[\s"'`(),;:<>|=]+/, MAX_WORDS)
    .map((word) =>
      word.replace(/(?<![.!?])[.!?]+$/, (end) => word.length === end.length ? end : "")
    )
    .filter((word) => word !== "" && !word.startsWith("-"));
}

/** A path as it must be seen: of a pattern the folder it stands in. */
function withoutGlob(path: string): string {
  const at = path.search(/[*?[{]/);
  return at < 0 ? path : path.slice(0, path.lastIndexOf("/", at)) || "/";
}
