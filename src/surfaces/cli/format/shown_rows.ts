import { hangRows } from "../../../base/text_width.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/**
 * A foreign text that somebody is to approve, with everything hidden shown: each line begins with a
 * bar and goes on moved in, so that none can look like ward's own. Ends with a line end.
 *
 * @param isDiff Whether what comes and goes is coloured.
 * @param columns Of the screen.
 */
export function shownRows(
  text: string,
  isDiff: boolean,
  output: Output,
  columns: number,
): string {
  return text.replace(/\n$/, "").split("\n").map((line) => {
    const safe = hangRows(
      `  | ${line.split("\t").map(revealHidden).join("    ")}`,
      Math.max(20, columns - 1),
    );
    const tone = !isDiff
      ? null
      : line.startsWith("+")
      ? "green"
      : line.startsWith("-")
      ? "red"
      : null;
    return `${tone === null ? safe : paint(output, tone, safe)}\n`;
  }).join("");
}
