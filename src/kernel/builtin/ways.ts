/** Tool calls behind each thing the built-in assistant understands, and how results read. */
import {
  bytes,
  entries,
  firstNumber,
  folder,
  matches,
  overviewOf,
  plural,
  shown,
  sizedLines,
  unnumbered,
} from "./compose.ts";
import type { CountUnit, Intent } from "./intent.ts";
import { literalPattern, looksLikeFile, shellWord } from "./words.ts";

/** A tool call to make. */
export interface Wanted {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A way to find something out, and how its result reads; null tries the next way. */
export interface Way {
  readonly call: Wanted;
  readonly say: (content: string) => string | null;
}

/** Ways to answer, best first; none for what needs no tool. */
export function waysOf(intent: Intent): readonly Way[] {
  switch (intent.type) {
    case "list":
      return [list(intent.path, intent.depth), read(intent.path, 1, null)];
    case "overview":
      return [way("overview", { path: intent.path }, shown)];
    case "read":
      return [read(intent.path, intent.from, intent.lines), list(intent.path, 1)];
    case "tail":
      return tailWays(intent.path, intent.lines);
    case "search":
      return searchWays(intent);
    case "find_files":
      return [glob(intent.pattern, intent.path)];
    case "count_files":
      return countFiles(intent.pattern, intent.path);
    case "count_folders":
      return [
        run(
          `find ${shellWord(intent.path)} -mindepth 1 -name .git -prune -o -mindepth 1 -type d ` +
            "-print | wc -l",
          number((n) => `${plural(n, "folder")} in ${folder(intent.path)}, .git left out.`),
        ),
        way("overview", { path: intent.path }, (content) => {
          const found = overviewOf(content);
          return found && `${plural(found.folders, "folder")} in ${folder(intent.path)}.`;
        }),
      ];
    case "count_in_file":
      return countInFile(intent.unit, intent.path);
    case "count_commits":
      return [
        run("git log --oneline | wc -l", number((n) => `${plural(n, "commit")} on this branch.`)),
      ];
    case "size":
      return sizeWays(intent.path);
    case "largest":
      return [run(
        `find ${shellWord(intent.path)} -name .git -prune -o -type f -printf '%s %p\\n' | ` +
          `sort -rn | head -n ${intent.count}`,
        (content) => {
          const files = sizedLines(content);
          return files && `Largest files in ${folder(intent.path)}, .git left out:\n${files}`;
        },
      )];
    case "run":
      return [run(intent.line, (content) => `\`${intent.line}\`:\n${shown(content)}`)];
    case "git":
      return [
        run(intent.line, (content) => `${intent.what} (\`${intent.line}\`):\n${shown(content)}`),
      ];
    default:
      return [];
  }
}

function list(path: string, depth: number): Way {
  return way("list", { path, depth }, (content) => `In ${folder(path)}:\n${entries(content)}`);
}

function read(path: string, from: number, count: number | null): Way {
  const range = count === null ? {} : { offset: from, limit: count };
  return way("read", { path, ...range }, (content) => `${path}:\n${unnumbered(shown(content))}`);
}

function glob(pattern: string, path: string): Way {
  return way(
    "glob",
    { pattern: pattern.includes("/") ? pattern : `**/${pattern}`, path },
    (content) =>
      content.startsWith("[no file matches")
        ? `No file named ${pattern} in ${folder(path)}.`
        : `Files named ${pattern} in ${folder(path)}:\n${shown(content)}`,
  );
}

function tailWays(path: string, count: number): readonly Way[] {
  const title = `Last ${plural(count, "line")} of ${path}`;
  return [
    run(`tail -n ${count} -- ${shellWord(path)}`, (content) => `${title}:\n${shown(content)}`),
    way("read", { path }, (content) => {
      const all = unnumbered(content).split("\n");
      // Read only to a bound, its last lines are not those of the file.
      return /; next: offset \d+\]$/m.test(content)
        ? null
        : `${title}:\n${all.slice(-count).join("\n")}`;
    }),
  ];
}

function searchWays({ text, path, want }: Extract<Intent, { type: "search" }>): readonly Way[] {
  const pattern = literalPattern(text);
  const where = path === "." ? "" : ` in ${path}`;
  // Small letters find both, as in most search tools; capitals mean what they say.
  const grep = (regex: string, say: Way["say"]) =>
    way("grep", { pattern: regex, path, ignore_case: text === text.toLowerCase() }, say);
  const lines = grep(pattern, (content) => {
    const { count } = matches(content);
    const title = count === 0 ? "No line" : plural(count, "line");
    return `${title} with "${text}"${where}:\n${shown(content)}`;
  });
  if (want === "lines") return [lines];
  if (want === "files") {
    return [grep(pattern, (content) => {
      const { files, more } = matches(content);
      if (files.length === 0) return `No file contains "${text}"${where}:\n${shown(content)}`;
      const note = more ? "\n[there may be more: the search ended at its bound]" : "";
      return `${plural(files.length, "file")} with "${text}"${where}:\n${files.join("\n")}${note}`;
    })];
  }
  const words = "function|class|interface|type|enum|struct|trait|impl|module|namespace|package|" +
    "const|let|var|static|def|fn|func|fun|sub|define";
  return [
    grep(
      `\\b(?:${words})\\b[\\s*]*${pattern}(?!\\w)`,
      (content) =>
        matches(content).count > 0 ? `"${text}" is defined here:\n${shown(content)}` : null,
    ),
    grep(
      pattern,
      (content) =>
        `I found no definition of "${text}"${where}; lines with the word:\n${shown(content)}`,
    ),
  ];
}

function countFiles(pattern: string | null, path: string): readonly Way[] {
  const names = pattern === null ? "" : ` ${namesOf(pattern)}`;
  const kind = pattern === null ? "" : ` named ${pattern}`;
  const first = run(
    `find ${shellWord(path)} -name .git -prune -o -type f${names} -print | wc -l`,
    number((n) => `${plural(n, "file")}${kind} in ${folder(path)} and below, .git left out.`),
  );
  if (pattern !== null) return [first, glob(pattern, path)];
  return [
    first,
    way("overview", { path }, (content) => {
      const found = overviewOf(content);
      return found && `${plural(found.files, "file")} in ${folder(path)} and below.`;
    }),
  ];
}

/** `find` knows no braces: `*.{png,jpg}` becomes two names. */
function namesOf(pattern: string): string {
  const braces = /^(.*)\{([^{}]*)\}(.*)$/.exec(pattern);
  const all = braces
    ? (braces[2] ?? "").split(",").map((middle) => `${braces[1]}${middle}${braces[3]}`)
    : [pattern];
  const tests = all.map((name) => `-name '${name.replaceAll("'", `'\\''`)}'`).join(" -o ");
  return all.length > 1 ? `'(' ${tests} ')'` : tests;
}

function countInFile(unit: CountUnit, path: string): readonly Way[] {
  const one = unit.slice(0, -1);
  const option = { lines: "-l", words: "-w", characters: "-m", bytes: "-c" }[unit];
  const word = shellWord(path);
  const inFile = run(
    `wc ${option} -- ${word}`,
    number((n) => `${path} has ${plural(n, one)}.`),
  );
  if (unit !== "lines" || looksLikeFile(path)) return [inFile];
  return [run(
    `grep -rIh --exclude-dir=.git -e '' -- ${word} | wc -l`,
    number((n) => `${plural(n, "line")} in the text files of ${folder(path)}, .git left out.`),
  )];
}

function sizeWays(path: string): readonly Way[] {
  const name = path === "." ? "This folder" : path;
  return [
    run(`du -sb -- ${shellWord(path)}`, number((n) => `${name}: ${bytes(n)}.`)),
    way("overview", { path }, (content) => {
      const found = overviewOf(content);
      return found && `${name}: ${plural(found.files, "file")} with ${bytes(found.bytes)}.`;
    }),
  ];
}

function way(name: string, args: Wanted["args"], say: Way["say"]): Way {
  return { call: { name, args }, say };
}

function run(line: string, say: Way["say"]): Way {
  return way("run", { command: line }, say);
}

function number(say: (n: number) => string): Way["say"] {
  return (content) => {
    const n = firstNumber(content);
    return n === null ? null : say(n);
  };
}
