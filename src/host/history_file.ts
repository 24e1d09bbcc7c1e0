/** Lines typed at the prompt, one JSON text each in a file (0600) of the profile's data folder. */

/** Lines that are kept. */
const KEPT_LINES = 1_000;

/** A longer line is not kept: history is for what one would type again. */
const MAX_LINE = 10_000;

/** What was typed before, oldest first; nothing when the file cannot be read. */
export function readHistory(dataDir: string): string[] {
  let text = "";
  try {
    text = Deno.readTextFileSync(pathOf(dataDir));
  } catch {
    return [];
  }
  const lines = text.split("\n").flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return typeof entry === "string" ? [entry] : [];
    } catch {
      // The end of a line that was being written when the machine stopped.
      return [];
    }
  });
  const kept = lines.slice(-KEPT_LINES);
  if (lines.length > 2 * KEPT_LINES) {
    const beside = `${pathOf(dataDir)}.${Deno.pid}`;
    try {
      Deno.writeTextFileSync(beside, kept.map((line) => JSON.stringify(line) + "\n").join(""), {
        mode: 0o600,
      });
      Deno.renameSync(beside, pathOf(dataDir));
    } catch {
      // A full disk must not keep anybody from typing.
    }
  }
  return kept;
}

/** Keeps a line; several processes may do so at once. A failure loses the line and nothing else. */
export function appendHistory(dataDir: string, line: string): void {
  if (line.length > MAX_LINE) return;
  try {
    Deno.writeTextFileSync(pathOf(dataDir), JSON.stringify(line) + "\n", {
      append: true,
      mode: 0o600,
    });
  } catch {
    // As above.
  }
}

function pathOf(dataDir: string): string {
  return `${dataDir}/history`;
}
