import type { BuiltinName } from "../../../model/cells/command.ts";

/** What a built-in gave. */
export interface BuiltinResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** New folder, after `cd`. */
  readonly cwd?: string | undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\\\": "\\",
  "\\a": "\x07",
  "\\b": "\b",
  "\\e": "\x1b",
  "\\E": "\x1b",
  "\\f": "\f",
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
  "\\v": "\v",
};

/**
 * Does what bash's built-in of that name does, in the forms that the parser lets through.
 * `exit` is not here: it ends the line or subshell.
 *
 * @param state The folder of the line and its home.
 */
export async function runBuiltin(
  name: Exclude<BuiltinName, "exit">,
  args: readonly string[],
  state: { readonly cwd: string; readonly home: string },
): Promise<BuiltinResult> {
  switch (name) {
    case "true":
    case ":":
      return done(0);
    case "false":
      return done(1);
    case "pwd":
      return done(0, state.cwd + "\n");
    case "echo":
      return done(0, echo(args));
    case "printf":
      return done(0, printf(args[0] ?? "", args.slice(1)));
    case "test":
      return done(await test(args, state.cwd) ? 0 : 1);
    case "[":
      return done(await test(args.slice(0, -1), state.cwd) ? 0 : 1);
    case "cd":
      return await changeFolder(args[0] ?? state.home, state.cwd);
  }
}

function done(code: number, stdout = "", stderr = ""): BuiltinResult {
  return { code, stdout, stderr };
}

async function changeFolder(target: string, cwd: string): Promise<BuiltinResult> {
  const segments = target.startsWith("/") ? [] : cwd.split("/").filter((part) => part !== "");
  for (const segment of target.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const path = "/" + segments.join("/");
  const problem = await Deno.stat(path).then(
    (info) => info.isDirectory ? null : "Not a directory",
    (error) =>
      error instanceof Deno.errors.NotFound
        ? "No such file or directory"
        : "Not allowed to ward's commands",
  );
  return problem === null
    ? { ...done(0), cwd: path }
    : done(1, "", `ward: cd: ${target}: ${problem}\n`);
}

function echo(args: readonly string[]): string {
  let at = 0;
  let newline = true;
  let escapes = false;
  for (; /^-[neE]+$/.test(args[at] ?? ""); at++) {
    for (const letter of args[at]!.slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  let text = args.slice(at).join(" ");
  if (escapes) {
    const stop = /^(?:[^\\]|\\[^c])*?\\c/s.exec(text);
    if (stop) {
      text = stop[0].slice(0, -2);
      newline = false;
    }
    text = text.replace(/\\(?:0[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)/gs, (escape) => {
      const code = /^\\0([0-7]+)$/.exec(escape) ?? /^\\x([0-9a-fA-F]+)$/.exec(escape);
      if (!code) return ESCAPES[escape] ?? escape;
      return String.fromCharCode(parseInt(code[1]!, escape[1] === "x" ? 16 : 8));
    });
  }
  return newline ? text + "\n" : text;
}

function printf(format: string, values: readonly string[]): string {
  let rest = [...values];
  let text = "";
  do {
    text += format.replace(/%%|%(-?)(0?)([0-9]*)(?:\.([0-9]+))?([sd])|\\[nt\\"]/g, (
      match: string,
      left: string,
      zero: string,
      width: string,
      precision: string | undefined,
    ) => {
      if (match === "%%") return "%";
      if (match === '\\"') return '"';
      if (match.startsWith("\\")) return ESCAPES[match]!;
      const value = rest[0] ?? "";
      rest = rest.slice(1);
      const cut = precision === undefined ? value : value.slice(0, Number(precision));
      if (left) return cut.padEnd(Number(width));
      if (!zero) return cut.padStart(Number(width));
      const digits = cut.replace(/^-/, "");
      const sign = cut.startsWith("-") ? "-" : "";
      return sign + digits.padStart(Number(width) - sign.length, "0");
    });
  } while (rest.length > 0);
  return text;
}

async function test(args: readonly string[], cwd: string): Promise<boolean> {
  if (args[0] === "!" && args.length === 3 && args[1]?.startsWith("-")) {
    return !(await test(args.slice(1), cwd));
  }
  const [first = "", second = "", third = ""] = args;
  if (args.length === 3) {
    if (second === "=" || second === "==") return first === third;
    if (second === "!=") return first !== third;
    const [left, right] = [Number(first), Number(third)];
    switch (second) {
      case "-eq":
        return left === right;
      case "-ne":
        return left !== right;
      case "-lt":
        return left < right;
      case "-le":
        return left <= right;
      case "-gt":
        return left > right;
      default:
        return left >= right;
    }
  }
  if (first === "-n") return second !== "";
  if (first === "-z") return second === "";
  if (second === "") return false;
  const path = second.startsWith("/") ? second : `${cwd}/${second}`;
  const info = await (first === "-L" || first === "-h" ? Deno.lstat(path) : Deno.stat(path))
    .catch(() => null);
  if (!info) return false;
  if (first === "-f") return info.isFile;
  if (first === "-d") return info.isDirectory;
  if (first === "-s") return info.size > 0;
  return first === "-e" || info.isSymlink;
}
