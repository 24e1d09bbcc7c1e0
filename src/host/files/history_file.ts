/** Lines typed at the prompt, one JSON text each in a file (0600) of the profile's data folder. */

/** A longer line is not kept: history is for what one would type again. */
const MAX_LINE = 10_000;

/**
 * What was typed before, oldest first; nothing when the file cannot be read.
 *
 * @param keptLines Lines that are kept at most; with 0 the file is removed.
 */
export function readHistory(dataDir: string, keptLines: number): string[] {
  if (keptLines === 0) {
    try {
      Deno.removeSync(pathOf(dataDir));
    } catch {
      // There is none.
    }
    return [];
  }
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
  const kept = lines.slice(-keptLines);
  if (lines.length > 2 * keptLines) {
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
