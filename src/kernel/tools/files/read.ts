import * as z from "zod";
import type { ReadFileResult } from "../../../model/cells/hands.ts";
import { OUTPUT_BYTES, OUTPUT_LINES, utf8Length } from "../../agent/cut_output.ts";
import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { resolveToolPath, shownPath } from "./paths.ts";
import { fileResult, plural, READ_FLAGS, withNotes } from "./results.ts";

/** Kept free for the notes. */
const NOTE_LINES = 4;
const NOTE_BYTES = 400;

const schema = z.strictObject({
  path: z.string(),
  offset: z.int().min(1).optional(),
  limit: z.int().min(1).optional(),
});

/** The tool `read`: lines of a text file, numbered. */
export function createReadTool(
  deps: { hands: HandsFiles; workspace: string },
): Tool<z.infer<typeof schema>> {
  return {
    name: "read",
    description: "Read a text file; lines are numbered",
    schema,
    flags: READ_FLAGS,
    plan({ path, offset, limit }) {
      const absolute = resolveToolPath(deps.workspace, path);
      const shown = shownPath(deps.workspace, absolute);
      return {
        accesses: [{ permission: "read", path: absolute }],
        title: `read ${shown}`,
        readOnly: true,
        execute: ({ signal, leased }) =>
          fileResult(async () => {
            const params = { path: absolute, offset, limit: limit ?? OUTPUT_LINES };
            const file = await deps.hands.readFile(params, { signal, leased });
            const { content, lines } = numbered(file);
            return {
              ok: true,
              content,
              summary: `${shown}: ${plural(lines, "line")}`,
              effects: [],
            };
          }),
      };
    },
  };
}

/** The lines that fit the answer, so that the loop has nothing to cut, and what to know of them. */
function numbered(file: ReadFileResult): { content: string; lines: number } {
  const count = file.lastLine - file.firstLine + 1;
  const all = count > 0 ? file.content.split("\n") : [];
  const lines: string[] = [];
  let bytes = 0;
  for (const text of all) {
    const line = `${String(file.firstLine + lines.length).padStart(4)}\t${text}`;
    bytes += utf8Length(line) + 1;
    if (lines.length >= OUTPUT_LINES - NOTE_LINES || bytes > OUTPUT_BYTES - NOTE_BYTES) break;
    lines.push(line);
  }
  const last = file.firstLine + lines.length - 1;
  const total = file.totalLines;
  const whole = total !== null && last >= total;
  const content = withNotes(lines, [
    total === 0 && "empty file",
    total !== null && total > 0 && lines.length === 0 && `the file has ${plural(total, "line")}`,
    lines.length > 0 && !whole &&
    `lines ${file.firstLine}-${last} of ${total ?? `more, ${file.sizeBytes} bytes in all`}; ` +
      `next: offset ${last + 1}`,
    file.crlfLines > 0 && "line ends are CR LF; edits keep them",
    file.encoding !== "utf-8" && `encoded in ${file.encoding.toUpperCase()}`,
    file.invalidText && "not valid text: bad bytes are shown as \uFFFD",
  ]);
  return { content, lines: lines.length };
}
