import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { createPlainStream, eitherStream } from "../../src/surfaces/terminal/plain_stream.ts";
import { createMarkdownStream } from "../../src/surfaces/terminal/markdown/stream.ts";
import { textWidth } from "../../src/base/text_width.ts";

const render = (text: string, columns = 60) => {
  const stream = createPlainStream({ columns: () => columns });
  return stream.push(text) + stream.end();
};

Deno.test("names and lines of files show as they are", () => {
  equal(
    render("x.py:\n# a *b* __init__\n\n    - c\n"),
    "  x.py:\n  # a *b* __init__\n\n      - c\n",
  );
});

Deno.test("a long line is broken at words; names and paths stay whole where a row holds them", () => {
  const path = "/srv/projects/ward/src/kernel/builtin/compose.ts";
  equal(
    render(`I am the built-in assistant, a fixed grammar that only looks at ${path} and no more.`),
    "  I am the built-in assistant, a fixed grammar that only\n" +
      `  looks at ${path}\n  and no more.\n`,
  );
  // What stands deeper goes on there, also where the depth leaves no room.
  equal(render("    - buy milk and tea", 20), "      - buy milk\n      and tea\n");
  equal(render(" ".repeat(40) + "deep", 20), " ".repeat(11) + "deep\n");
  // What no row holds is broken where the row ends.
  equal(render("a " + "x".repeat(30), 22), "  a\n" + `  ${"x".repeat(19)}\n  ${"x".repeat(11)}\n`);
});

Deno.test("property: cuts make no difference, and no row leaves the gutter or the screen", () => {
  const texts = fc.array(
    fc.constantFrom("a", " ", "\n", "漢", "e\u0301", "\x1b[2J", "\x1b]0;t\x07", "\r", "\t", "> "),
    { maxLength: 120 },
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, fc.nat(120), fc.integer({ min: 14, max: 90 }), (text, cut, columns) => {
      const stream = createPlainStream({ columns: () => columns });
      const shown = stream.push(text.slice(0, cut)) + stream.push(text.slice(cut)) + stream.end();
      equal(shown, render(text, columns));
      // deno-lint-ignore no-control-regex
      ok(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(shown), JSON.stringify(shown));
      for (const row of shown.split("\n")) {
        ok(row === "" || row.startsWith("  "), JSON.stringify(row));
        ok(textWidth(row) < columns, JSON.stringify(row));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("property: no word that a row holds is broken, and none is lost", () => {
  const word = fc.stringMatching(/^[a-z/._-]{1,16}$/);
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 30 }),
      fc.nat(6),
      fc.integer({ min: 30, max: 90 }),
      (words, depth, columns) => {
        const shown = render(" ".repeat(depth) + words.join(" ") + "\n", columns);
        deepEqual(shown.split(/\s+/).filter(Boolean), words);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("the stream is chosen when the text comes", () => {
  let isPlain = true;
  const options = { columns: () => 60, hasStyle: false };
  const stream = eitherStream(
    () => isPlain,
    createPlainStream(options),
    createMarkdownStream(options),
  );
  equal(stream.push("- a\n") + stream.end(), "  - a\n");
  isPlain = false;
  equal(stream.push("- a\n") + stream.end(), "  • a\n");
});
