/** Text of tool results as people read it. Pure. */

/** Lines of a result that an answer shows. */
const SHOWN_LINES = 400;

/** A result as it is, bounded. */
export function shown(content: string): string {
  const all = content.trimEnd().split("\n");
  if (all.length <= SHOWN_LINES) return all.join("\n");
  return `${all.slice(0, SHOWN_LINES).join("\n")}\n… ${all.length - SHOWN_LINES} more lines`;
}

/** A result that failed. */
export function failure(content: string): string {
  return `That did not work. ${shown(content)}`;
}

/** A folder in a sentence. */
export function folder(path: string): string {
  return path === "." ? "this folder" : path;
}

/** `1 file`, `1,234 files`. */
export function plural(n: number, word: string): string {
  return `${n.toLocaleString("en-US")} ${word}${n === 1 ? "" : "s"}`;
}

/** The answer of `list` with readable sizes, and what there is in numbers. */
export function entries(content: string): string {
  const all = shown(content).split("\n");
  const files = all.filter((line) => /\t\d+$/.test(line)).length;
  const folders = all.filter((line) => line.endsWith("/")).length;
  const sized = all.map((line) =>
    line.replace(/\t(\d+)$/, (_, size: string) => `  (${short(Number(size))})`).replace("\t", "  ")
  );
  return `${sized.join("\n")}\n${plural(files, "file")}, ${plural(folders, "folder")} listed.`;
}

/** The answer of `read` without the numbers of its lines. */
export function unnumbered(content: string): string {
  return content.replace(/^ *\d+\t/gm, "");
}

/** Lines and files in the answer of `grep`, whose lines are `path:line: text`. */
export function matches(content: string): { count: number; files: string[]; more: boolean } {
  const found = [...content.matchAll(/^(.+?):\d+: /gm)].map(([, file]) => file ?? "");
  return {
    count: found.length,
    files: [...new Set(found)],
    more: /^\[there are more matches/m.test(content),
  };
}

/** The sums in the first line of the answer of `overview`. */
export function overviewOf(
  content: string,
): { files: number; folders: number; bytes: number } | null {
  const sums = /^(\d+) files?, (\d+) folders?, (\d+) bytes/.exec(content)?.slice(1).map(Number);
  const [files, folders, total] = sums ?? [];
  return files === undefined || folders === undefined || total === undefined
    ? null
    : { files, folders, bytes: total };
}

/** `1,234 bytes (1.2 KB)`. */
export function bytes(n: number): string {
  const exact = `${n.toLocaleString("en-US")} bytes`;
  return n < 1024 ? exact : `${exact} (${short(n)})`;
}

/** The number that begins the first line that begins with one: what `wc` and `du` print. */
export function firstNumber(content: string): number | null {
  const digits = /^[ \t]*(\d{1,15})(?=\s|$)/m.exec(content)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Lines of `<bytes> <path>` as a list with readable sizes; null when there is none. */
export function sizedLines(content: string): string | null {
  const files = [...content.matchAll(/^(\d{1,15}) (.+)$/gm)].map(([, size, path]) =>
    `${short(Number(size)).padStart(9)}  ${path?.replace(/^\.\//, "")}`
  );
  return files.length === 0 ? null : files.join("\n");
}

function short(n: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
