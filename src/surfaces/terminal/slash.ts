/** Lines that begin with a slash are for ward, not for the model. */
import { nearest } from "../../kernel/settings/nearest.ts";

/** A slash command that was understood. */
export type SlashCommand =
  | { readonly type: "help" }
  | { readonly type: "clear" }
  | { readonly type: "model"; readonly name: string | null }
  | { readonly type: "auto" }
  | { readonly type: "cost" }
  | { readonly type: "permissions" }
  | { readonly type: "trust" }
  | { readonly type: "sessions" }
  | { readonly type: "export"; readonly file: string | null; readonly force: boolean }
  | { readonly type: "exit" };

/** What a line is. */
export type Line =
  | { readonly type: "empty" }
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "command"; readonly command: SlashCommand }
  | { readonly type: "unknown"; readonly message: string };

/** Commands with their arguments, and what they do. */
export const SLASH_COMMANDS: readonly (readonly [name: string, args: string, about: string])[] = [
  ["/help", "", "this list"],
  ["/clear", "", "begins a new session; the old one is kept"],
  ["/model", "[provider/model]", "shows the model, or switches it for this session; ? asks"],
  ["/auto", "", "chooses the model by each message again"],
  ["/cost", "", "tokens of this session, and their price"],
  ["/permissions", "", "what may be touched today"],
  ["/trust", "", "shows what was read from outside, and lets this session act as before it"],
  ["/sessions", "", "the newest sessions, and how to go on with one"],
  ["/export", "[file]", "writes this conversation as Markdown; --force replaces a file"],
  ["/exit", "", "leaves"],
];

const NAMES = SLASH_COMMANDS.map(([name]) => name);
const LEAVING: ReadonlySet<string> = new Set(["exit", "quit", "/quit"]);

/** Understands a line. A path such as `/etc/hosts` at its beginning makes no command of it. */
export function parseLine(text: string): Line {
  const line = text.trim();
  if (line === "") return { type: "empty" };
  if (LEAVING.has(line.toLowerCase())) return { type: "command", command: { type: "exit" } };
  const [, name = "", rest = ""] = /^(\/[a-z]+)(?:\s+([^]*))?$/i.exec(line) ?? [];
  if (name === "") return { type: "message", text: line };
  const known = NAMES.find((one) => one === name.toLowerCase());
  if (!known) {
    const near = nearest(name.toLowerCase(), NAMES);
    return {
      type: "unknown",
      message: `There is no command "${name}"` +
        (near ? `; did you mean ${near}?` : "; /help lists them"),
    };
  }
  const argument = rest.trim();
  const command = withArgument(known, argument);
  return command
    ? { type: "command", command }
    : { type: "unknown", message: `"${known}" takes no argument; it was not run` };
}

function withArgument(name: string, argument: string): SlashCommand | null {
  if (name === "/model") return { type: "model", name: argument === "" ? null : argument };
  if (name === "/export") {
    const force = /(^|\s)--force(\s|$)/.test(argument);
    const file = argument.replace(/(^|\s)--force(?=\s|$)/, "").trim();
    return { type: "export", file: file === "" ? null : file, force };
  }
  if (argument !== "") return null;
  switch (name) {
    case "/help":
      return { type: "help" };
    case "/clear":
      return { type: "clear" };
    case "/auto":
      return { type: "auto" };
    case "/cost":
      return { type: "cost" };
    case "/permissions":
      return { type: "permissions" };
    case "/trust":
      return { type: "trust" };
    case "/sessions":
      return { type: "sessions" };
    default:
      return { type: "exit" };
  }
}
