/** What the rules of the grammar are made of. Pure. */
import type { CountUnit, Intent } from "./intent.ts";
import { looksLikeFile, type Masked, pathIn, unquote } from "./words.ts";

/** A wording, and what it means; null lets the next rule try. */
export type Rule = readonly [
  pattern: RegExp,
  make: (groups: Readonly<Record<string, string | undefined>>, masked: Masked) => Intent | null,
];

/** Name patterns of kinds of files that people call by a word. */
const KINDS: Readonly<Record<string, string>> = {
  markdown: "*.md",
  md: "*.md",
  text: "*.txt",
  typescript: "*.ts",
  javascript: "*.js",
  python: "*.py",
  rust: "*.rs",
  go: "*.go",
  java: "*.java",
  c: "*.c",
  json: "*.json",
  yaml: "*.{yaml,yml}",
  toml: "*.toml",
  html: "*.html",
  css: "*.css",
  shell: "*.sh",
  log: "*.log",
  csv: "*.csv",
  pdf: "*.pdf",
  image: "*.{png,jpg,jpeg,gif,svg,webp}",
};

/** `… in src`, `… are there in src`, `… here`, or nothing. */
export const IN_FOLDER = String
  .raw`(?:\s+(?:are\s+|is\s+|do you see\s+)?(?:there\s+)?(?:in|inside|under|within|of|from|at)\s+(?<path>.+?)|\s+(?:are\s+)?(?:there|here))?`;
/** A rule from its source, whole and in any case. */
export function rule(source: string): RegExp {
  return new RegExp(`^${source}$`, "i");
}

/** A number people wrote, 1 to 1,000. */
export function bounded(digits: string | undefined, standard: number): number {
  const n = Number(digits ?? standard);
  return Number.isSafeInteger(n) ? Math.min(Math.max(n, 1), 1000) : standard;
}

/** What a word for a unit stands for. */
export function unitOf(word: string | undefined): CountUnit {
  const unit = (word ?? "").toLowerCase();
  if (unit.startsWith("line")) return "lines";
  if (unit.startsWith("word")) return "words";
  return unit.startsWith("byte") ? "bytes" : "characters";
}

/** What `make` makes of the path that words name; null when they name none. */
export function at(
  words: string | undefined,
  masked: Masked,
  make: (path: string) => Intent | null,
): Intent | null {
  const path = pathIn(words ?? "", masked);
  return path === null ? null : make(path);
}

/** As {@linkcode at}, for what only makes sense of one file. */
export function inFile(
  words: string | undefined,
  masked: Masked,
  make: (path: string) => Intent,
): Intent | null {
  return at(words, masked, (path) => path === "." ? null : make(path));
}

/** Reads what looks like a file or is said to be read, lists anything else. */
export function listOrRead(
  words: string | undefined,
  masked: Masked,
  verb: string | undefined = "",
): Intent | null {
  const said = words ?? "";
  const isFolder = /\b(folder|directory|dir)\b/i.test(said);
  const isFile = /^(read|cat|type)$/i.test(verb);
  return at(
    said,
    masked,
    (path) =>
      path !== "." && !isFolder && (isFile || looksLikeFile(path))
        ? { type: "read", path, from: 1, lines: null }
        : { type: "list", path: path.replace(/(?<=^\/|[^/])\/+$/, ""), depth: 1 },
  );
}

/** A search for words somewhere; null when the place is no path. */
export function search(
  words: string | undefined,
  where: string | undefined,
  want: "lines" | "files" | "definition",
  masked: Masked,
): Intent | null {
  const path = pathIn(where ?? "", masked);
  const text = unquote(
    (words ?? "").trim().replace(/^(the )?(word|text|string|function|class|type|symbol) /i, ""),
    masked,
  );
  return path === null || text === "" ? null : { type: "search", text, path, want };
}

/** The name pattern of `markdown`, `.ts`, `ts`, `*.ts`; undefined when it is no kind of file. */
export function patternOf(word: string, masked: Masked): string | undefined {
  const text = unquote(word, masked).replace(/[,:]$/, "");
  if (/[*?[{]/.test(text)) return text;
  const kind = text.toLowerCase();
  if (Object.hasOwn(KINDS, kind)) return KINDS[kind];
  if (/^\.[A-Za-z0-9]+$/.test(text)) return `*${text}`;
  if (looksLikeFile(text)) return text;
  return /^(all|the|any|my|more|other|these|those|of|hidden|many|most|source|new)$/.test(kind) ||
      !/^[a-z0-9]{1,5}$/.test(kind)
    ? undefined
    : `*.${kind}`;
}
