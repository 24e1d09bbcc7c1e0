import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { createMarkdownStream } from "../../src/surfaces/terminal/markdown/stream.ts";
import { textWidth } from "../../src/base/text_width.ts";

function render(text: string, options: { columns?: number; hasStyle?: boolean } = {}): string {
  const { columns = 60, hasStyle = false } = options;
  const stream = createMarkdownStream({ columns: () => columns, hasStyle });
  return stream.push(text) + stream.end();
}

for (
  const [name, text, shown] of [
    [
      "headings and paragraphs",
      "# One\n\ntext\nmore\n\n\n## Two",
      "  # One\n\n  text\n  more\n\n  ## Two\n",
    ],
    ["emphasis", "a **b** *c* ~~d~~ `e*f`", "  a **b** *c* ~~d~~ `e*f`\n"],
    ["a link shows its address", "[bank](http://evil.test/)", "  bank (http://evil.test/)\n"],
    ["a bare link shows once", "<http://a.test> http://b.test", "  http://a.test http://b.test\n"],
    ["lists", "- a\n  - b\n1. c\n- [x] d", "  • a\n    • b\n  1. c\n  [x] d\n"],
    ["a quote", "> a\n> b", "  │ a\n  │ b\n"],
    [
      "code as it is",
      "```sh\na  *b*\n\n   c\n```\nd",
      "  ```sh\n  a  *b*\n  \n     c\n  ```\n  d\n",
    ],
    ["a rule", "a\n\n---\nb", `  a\n\n  ${"─".repeat(40)}\n  b\n`],
    [
      "a table",
      "| a | b |\n|---|--:|\n| 漢 | 1 |\n",
      "  a  │ b\n  ───┼──\n  漢 │ 1\n",
    ],
    [
      "what only looks like marks",
      "2 * 3 * 4 a_b_c [1] a < b & c",
      "  2 * 3 * 4 a_b_c [1] a < b & c\n",
    ],
    ["entities by name, not by number", "a &lt; b &#27;[2J", "  a < b &#27;[2J\n"],
    ["an emphasis over a line end", "**a\nb** c", "  **a\n  b** c\n"],
    ["what never ends is shown", "**a `b [c", "  **a `b [c\n"],
  ] as const
) {
  Deno.test(`markdown: ${name}`, () => equal(render(text), shown));
}

Deno.test("markdown: words show as they come, a table once it is whole", () => {
  const stream = createMarkdownStream({ columns: () => 60, hasStyle: false });
  equal(stream.push("The first wo"), "  The first");
  equal(stream.push("rd **bo"), " word");
  equal(stream.push("ld** no"), " **bold**");
  equal(stream.push("w\n\n| a |\n| - |\n"), " now\n");
  ok(stream.push("| b |\n\nend ").includes("a\n  ─\n  b\n"));
});

Deno.test("markdown: styles are closed where a row ends", () => {
  const text = render("**" + "word ".repeat(30).trim() + "**", { columns: 30, hasStyle: true });
  for (const row of text.trimEnd().split("\n")) {
    // deno-lint-ignore no-control-regex
    ok(/^ {2}(?:\x1b\[1mword\x1b\[0m ?)+$/.test(row), JSON.stringify(row));
  }
});

const MARKDOWN = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...[
        "# ",
        "- ",
        "  - ",
        "1. ",
        "> ",
        "```",
        "```js\n",
        "~~~",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "---\n",
      ],
      ...[
        "**",
        "*",
        "_",
        "`",
        "~~",
        "[a](http://b.test)",
        "![i](u)",
        "<b>",
        "<http://c.test>",
        "&amp;",
        "\\*",
      ],
      ...[
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "word",
        "漢字",
        "🙂",
        "👩‍👩‍👧",
        "|",
        "- [ ] ",
        "***",
        "===\n",
      ],
      ...[
        "\x1b[2J",
        "&#27;[2J",
        "&#x9b;1A",
        "&#10;",
        "&rlm;",
        "\x1b]0;t\x07",
        "\x9b1A",
        "\u202e",
        "\r",
      ],
    ),
    fc.string({ maxLength: 8 }),
  ),
  { maxLength: 30 },
).map((parts) => parts.join(""));

Deno.test("property: where the text is cut makes no difference to the screen", () => {
  fc.assert(
    fc.property(
      MARKDOWN,
      fc.array(fc.nat(120), { maxLength: 12 }),
      fc.integer({ min: 5, max: 90 }),
      fc.boolean(),
      (text, cuts, columns, hasStyle) => {
        const stream = createMarkdownStream({ columns: () => columns, hasStyle });
        const at = [...new Set(cuts.filter((cut) => cut < text.length))].sort((a, b) => a - b);
        const pieces = [...at, text.length].map((end, index) =>
          text.slice(at[index - 1] ?? 0, end)
        );
        const shown = pieces.map((piece) => stream.push(piece)).join("") + stream.end();
        equal(shown, render(text, { columns, hasStyle }));
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("property: no row runs over the screen, leaves the gutter or holds a sequence not ours", () => {
  fc.assert(
    fc.property(MARKDOWN, fc.integer({ min: 14, max: 90 }), (text, columns) => {
      const shown = render(text, { columns, hasStyle: true });
      // deno-lint-ignore no-control-regex
      const plain = shown.replace(/\x1b\[[\d;]+m/g, "");
      // deno-lint-ignore no-control-regex
      ok(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(plain), JSON.stringify(plain));
      for (const row of plain.split("\n")) {
        ok(row === "" || row.startsWith("  "), JSON.stringify(row));
        ok(textWidth(row) < columns, JSON.stringify(row));
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("property: no word is lost", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 12 });
  const joins = fc.constantFrom(
    " ",
    "\n",
    "\n\n",
    "\n- ",
    "\n> ",
    "\n# ",
    "\n| ",
    " **",
    "** ",
    " `",
    "` ",
    "\n```\n",
    " [",
    "] ",
  );
  fc.assert(
    fc.property(words, fc.array(joins, { minLength: 12, maxLength: 12 }), (all, between) => {
      const text = all.map((word, index) => word + between[index]).join("");
      // Wide enough that no code line is broken.
      const shown = render(text, { columns: 500 }).split(/[^a-z]+/).filter((word) => word !== "");
      equal(shown.join(" "), all.join(" "));
    }),
    { numRuns: 1_000 },
  );
});
