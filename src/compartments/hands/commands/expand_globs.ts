import type { Word, WordPart } from "../../../model/cells/command.ts";
import { hasGlob, wordText } from "../../../model/cells/command.ts";

/** Why words could not be expanded; told on stderr, the command is not run. */
export class GlobRefused extends Error {}

/** Words that the globs of one command may become. */
const MAX_WORDS = 20_000;

/**
 * Expands globs as bash does by default: sorted by code point, hidden names only where the dot is
 * written, `**` as `*`, a pattern that matches nothing stays as written.
 *
 * @param cwd Folder that relative patterns start from.
 * @throws {GlobRefused} When a file's name would become an option: nobody has seen that word.
 */
export async function expandGlobs(args: readonly Word[], cwd: string): Promise<string[]> {
  const words: string[] = [];
  for (const arg of args) {
    if (!hasGlob(arg)) {
      words.push(wordText(arg));
      continue;
    }
    const found = await matchWord(arg, cwd);
    const option = found.find((match) => match.startsWith("-"));
    if (option !== undefined) {
      throw new GlobRefused(
        `"${wordText(arg)}" matches "${option}", which would be read as an option; write ` +
          `"./${wordText(arg)}"`,
      );
    }
    words.push(...(found.length > 0 ? found : [wordText(arg)]));
    if (words.length > MAX_WORDS) {
      throw new GlobRefused(`"${wordText(arg)}" matches too many files`);
    }
  }
  return words;
}

/** A piece of a path pattern between slashes. */
interface Segment {
  readonly parts: readonly WordPart[];
  /** The slashes behind it. */
  readonly slashes: string;
}

async function matchWord(word: Word, cwd: string): Promise<string[]> {
  const segments = toSegments(word.parts);
  let found = [""];
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    const next: string[] = [];
    for (const base of found) {
      for (const name of await matchSegment(segment, base, cwd)) {
        const path = base + name;
        // A folder must follow where a slash does; the last piece may be a dangling link.
        if (segment.slashes !== "" && name !== "" && !(await isFolder(path, cwd))) continue;
        if (last && segment.slashes === "" && !isGlob(segment) && name !== "") {
          if (!(await exists(path, cwd))) continue;
        }
        next.push(path + segment.slashes);
      }
    }
    found = next;
    if (found.length > MAX_WORDS) {
      throw new GlobRefused(`"${wordText(word)}" matches too many files`);
    }
  }
  return found.sort(compareCodePoints);
}

function toSegments(parts: readonly WordPart[]): Segment[] {
  const segments: { parts: WordPart[]; slashes: string }[] = [{ parts: [], slashes: "" }];
  for (const part of parts) {
    if (part.type === "glob") {
      segments.at(-1)!.parts.push(part);
      continue;
    }
    for (const piece of part.text.split(/(\/+)/)) {
      if (piece === "") continue;
      if (piece.startsWith("/")) {
        segments.at(-1)!.slashes += piece;
        segments.push({ parts: [], slashes: "" });
      } else segments.at(-1)!.parts.push({ type: "text", text: piece });
    }
  }
  if (segments.length > 1 && segments.at(-1)!.parts.length === 0) segments.pop();
  return segments;
}

function isGlob(segment: Segment): boolean {
  return segment.parts.some((part) => part.type === "glob");
}

async function matchSegment(segment: Segment, base: string, cwd: string): Promise<string[]> {
  if (!isGlob(segment)) {
    return [segment.parts.map((part) => part.type === "text" ? part.text : "").join("")];
  }
  const tokens = toTokens(segment.parts);
  const [first] = segment.parts;
  const hidden = first?.type === "text" && first.text.startsWith(".");
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(absolute(base || ".", cwd))) {
      if (entry.name.startsWith(".") === hidden && matches(tokens, entry.name)) {
        names.push(entry.name);
      }
    }
  } catch (error) {
    missing(error, base);
    return [];
  }
  return names;
}

/** One character of a pattern. */
type Token =
  | { readonly type: "star" }
  | { readonly type: "one"; readonly accepts: (char: string) => boolean };

function toTokens(parts: readonly WordPart[]): Token[] {
  return parts.flatMap((part): Token[] => {
    if (part.type === "text") {
      return [...part.text].map((own) => ({ type: "one", accepts: (char) => char === own }));
    }
    if (part.pattern === "*") return [{ type: "star" }];
    if (part.pattern === "?") return [{ type: "one", accepts: () => true }];
    // The parser only lets sets through that mean the same in a regular expression.
    const set = new RegExp(part.pattern.replace("[!", "[^"), "u");
    return [{ type: "one", accepts: (char) => set.test(char) }];
  });
}

/** Goes back to the last star only, so the time is bounded by the product of the lengths. */
function matches(tokens: readonly Token[], name: string): boolean {
  const chars = [...name];
  let [token, char, star, starChar] = [0, 0, -1, 0];
  while (char < chars.length) {
    const current = tokens[token];
    if (current?.type === "star") {
      star = token++;
      starChar = char;
    } else if (current?.type === "one" && current.accepts(chars[char]!)) {
      token++;
      char++;
    } else if (star >= 0) {
      token = star + 1;
      char = ++starChar;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest.type === "star");
}

function absolute(path: string, cwd: string): string {
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}

async function exists(path: string, cwd: string): Promise<boolean> {
  return await Deno.lstat(absolute(path, cwd)).then(() => true, (error) => missing(error, path));
}

async function isFolder(path: string, cwd: string): Promise<boolean> {
  return await Deno.stat(absolute(path, cwd))
    .then((info) => info.isDirectory, (error) => missing(error, path));
}

/** @throws {GlobRefused} When it is not known whether there is such a file. */
function missing(error: unknown, path: string): false {
  if (error instanceof Deno.errors.NotCapable) {
    throw new GlobRefused(`cannot expand below "${path}": outside the folders that may be read`);
  }
  return false;
}

function compareCodePoints(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = a[at]!.codePointAt(0)! - b[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
