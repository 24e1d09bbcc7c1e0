/** A view that is drawn over itself. Nothing but ward's own sequences and sanitised rows is written. */
import { type Output, paint } from "../cli/output.ts";
import type { LiveRow } from "../cli/format/format_live.ts";
import type { ScreenSize } from "./screen.ts";
import { cutToWidth } from "../../base/text_width.ts";

/** The second screen of a terminal, without a cursor (xterm's ctlseqs, modes 1049 and 25). */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
/** Clears the rest of a row, and the rows below (ECMA-48 EL, ED). */
const CLEAR_ROW = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Draws rows; the last ones that have no room are counted. */
export interface LiveView {
  draw(rows: readonly LiveRow[]): void;
  /** Gives the first screen back. */
  leave(): void;
}

/** Takes the screen. */
export function enterLiveView(output: Output, size: () => ScreenSize): LiveView {
  output.write(ENTER);
  return {
    draw(rows) {
      const { columns, rows: height } = size();
      const room = Math.max(1, height - 2);
      const more = rows.length - room;
      const shown = more > 0
        ? [...rows.slice(0, room - 1), { text: `… ${more + 1} more rows`, tone: "dim" as const }]
        : rows;
      const foot = { text: "q or Ctrl-C leaves", tone: "dim" as const };
      const lines = [...shown, foot].map(({ text, tone }) => {
        const cut = cutToWidth(text, columns - 1);
        return (tone === null ? cut : paint(output, tone, cut)) + CLEAR_ROW;
      });
      output.write(HOME + lines.join("\r\n") + CLEAR_BELOW);
    },
    leave: () => output.write(LEAVE),
  };
}
