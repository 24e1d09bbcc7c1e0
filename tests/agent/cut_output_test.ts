import { equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  countLines,
  cutOutput,
  needsCut,
  OUTPUT_BYTES,
  OUTPUT_LINES,
  utf8Length,
} from "../../src/kernel/agent/cut_output.ts";

const MARK =
  /\n\[… (\d+) lines, (\d+) bytes left out\. Whole text: (\S+) \(go on with read, offset (\d+)\) …\]\n/;

Deno.test("cutOutput: what is within the bounds stays as it is", () => {
  for (const text of ["", "a", "a\n".repeat(OUTPUT_LINES), "x".repeat(OUTPUT_BYTES)]) {
    equal(cutOutput(text, "/out"), text);
  }
  ok(needsCut("a\n".repeat(OUTPUT_LINES) + "b"));
  ok(needsCut("é".repeat(OUTPUT_BYTES / 2) + "e"));
});

Deno.test("cutOutput: head and tail stay, the offset is the first line left out", () => {
  const text = Array.from({ length: 5000 }, (_, i) => `line ${i + 1}`).join("\n");
  const cut = cutOutput(text, "/out/a.txt");
  ok(cut.startsWith("line 1\nline 2\n"));
  ok(cut.endsWith("\nline 4999\nline 5000"));
  const offset = Number(MARK.exec(cut)?.[4]);
  const head = cut.slice(0, cut.indexOf("\n[…"));
  equal(head.split("\n").at(-1), `line ${offset - 1}`);
});

Deno.test("cutOutput: a single long line is torn, and reading goes on with it", () => {
  const cut = cutOutput("x".repeat(200_000), "/out/a.txt");
  equal(MARK.exec(cut)?.[4], "1");
  ok(utf8Length(cut) <= OUTPUT_BYTES);
});

Deno.test("cutOutput: what could not be kept is said", () => {
  match(cutOutput("x\n".repeat(3000), null), /The whole text could not be kept/);
});

Deno.test("cutOutput: bounds hold, no character is torn, head and tail come from the text", () => {
  const piece = fc.oneof(
    fc.constantFrom("\n", "\n\n", "é", "中", "😀", "👩‍👩‍👧", "a", "\r\n", " "),
    fc.string({ unit: "binary", maxLength: 30 }),
  );
  fc.assert(fc.property(
    fc.array(piece, { maxLength: 40 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 10, max: 60 }),
    fc.integer({ min: 1000, max: 1500 }),
    (pieces, times, lines, bytes) => {
      const text = pieces.join("").repeat(times).toWellFormed();
      const cut = cutOutput(text, "/out/a.txt", { lines, bytes });
      ok(cut.isWellFormed());
      ok(countLines(cut) <= lines, `${countLines(cut)} lines of ${lines}`);
      ok(utf8Length(cut) <= bytes, `${utf8Length(cut)} bytes of ${bytes}`);
      equal(utf8Length(text), new TextEncoder().encode(text).length);
      if (cut === text) return;
      const mark = MARK.exec(cut.slice(cut.indexOf("\n[… ")));
      ok(mark);
      const at = cut.indexOf(mark[0]);
      ok(text.startsWith(cut.slice(0, at)));
      ok(text.endsWith(cut.slice(at + mark[0].length)));
    },
  ));
});
