/** Whatever a model writes: each service takes it, it calls nobody, and nothing of it is lost. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { draftPart, formatAnswer } from "../../src/kernel/channels/format/format_answer.ts";
import { CHANNEL_KINDS } from "../../src/model/channels/channel.ts";
import type { OutboundPart } from "../../src/model/channels/message.ts";
import { assertAccepted } from "../fakes/chat_rules/accepted.ts";

const ROUNDS = 150;

/** Pieces that break formatters, and what they are made of. */
const PIECES = [
  "**",
  "*",
  "_",
  "__",
  "~~",
  "`",
  "```",
  "````",
  "~~~",
  "\n",
  "\n\n",
  "\n    ",
  "> ",
  ">> ",
  "- ",
  "1. ",
  "* [ ] ",
  "# ",
  "### ",
  "\n---\n",
  "\n===\n",
  "| a | b |\n|---|---|\n| c | d |\n",
  "|",
  "[a](",
  "[a](https://x.example/",
  ")",
  "](https://y.example/(a)) ",
  "![i](https://x.example/i.png) ",
  "<",
  ">",
  "<b>",
  "</b>",
  "<pre>",
  "</code>",
  "<!--",
  "<br>",
  "&",
  "&amp;",
  "&lt;",
  "&#60;",
  "&#x202e;",
  "\\",
  "@everyone",
  "@here",
  "<@1>",
  "<@&2>",
  "<#3>",
  "<!channel>",
  "<!here>",
  "<@U123>",
  "<:a:1>",
  "<t:1>",
  "word",
  " ",
  "  \n",
  "\t",
  "שלום",
  "مرحبا",
  "👩‍👩‍👧‍👦",
  "é",
  "\u0301",
  "\ud800",
  "\u0000",
  "\u001b[31m",
  "\u202e",
  "\u200b",
  "\ufeff",
  "0",
  "a_b_c",
  "https://x.example/a_b?c=1&d=<2>",
  "www.x.example",
  "a@b.example",
  "$",
  "\r\n",
  "long".repeat(700),
  "many words ".repeat(200),
  "x\n".repeat(150),
] as const;

const markdown = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme" }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  ),
  { maxLength: 40 },
).map((pieces) => pieces.join(""));

for (const kind of CHANNEL_KINDS) {
  Deno.test(`attack: whatever a model writes, ${kind} takes it and nobody is called by it`, () => {
    fc.assert(
      fc.property(markdown, (text) => {
        for (const part of formatAnswer(kind, text)) assertAccepted(kind, part);
        const draft = draftPart(kind, text);
        if (draft) assertAccepted(kind, draft);
      }),
      { numRuns: ROUNDS },
    );
  });

  Deno.test(`formatting for ${kind}: no word is lost, none comes twice, all in order`, () => {
    // Words that no markup is made of; what stands between them is.
    const word = fc.stringMatching(/^[a-z]{1,30}$/);
    const between = fc.constantFrom(
      " ",
      " ",
      " ",
      "\n",
      "\n\n",
      "\n- ",
      "\n1. ",
      "\n> ",
      "\n\n# ",
      " **",
      "** ",
      " `",
      "` ",
      "\n```\n",
      "\n\n```js\n",
      " *",
      "* ",
    );
    const text = fc.array(fc.tuple(fc.integer({ min: 0, max: 9_999 }), word, between), {
      minLength: 1,
      maxLength: 1_500,
      size: "max",
    });
    fc.assert(
      fc.property(text, (words) => {
        const marked = words.map(([n, letters]) => `w${n}${letters};`);
        const parts = formatAnswer(kind, words.map(([, , gap], at) => marked[at] + gap).join(""));
        const said = (read: (part: OutboundPart) => string) =>
          parts.map(read).join("\n").match(/w\d+[a-z]+;/g) ?? [];
        // The language of a block is no word of it.
        assert.deepEqual(said((part) => part.plain), marked);
        assert.deepEqual(said((part) => part.text), marked);
      }),
      { numRuns: 40 },
    );
  });

  Deno.test(`formatting for ${kind}: 100 KB of each kind of text, and of what lexers choke on`, () => {
    for (const [name, text] of Object.entries(LONG)) {
      // Reading is the same for all: what takes long to read is read once.
      if (kind !== "telegram" && !["prose", "code", "table", "links", "emoji"].includes(name)) {
        continue;
      }
      const parts = formatAnswer(kind, text);
      for (const part of parts) assertAccepted(kind, part);
      if (name === "prose") {
        const limit = { telegram: 4_000, slack: 3_900, discord: 1_900 }[kind];
        // Messages end at paragraphs, but are not small for that.
        assert.ok(parts.length <= Math.ceil(text.length / (limit * 0.6)), `${parts.length}`);
        assert.ok(parts.every((part) => /[.]$/.test(part.text)), "ends within a paragraph");
      }
    }
  });
}

const SIZE = 100_000;
const filled = (unit: string): string => unit.repeat(Math.ceil(SIZE / unit.length));

/** Texts of 100 KB. */
const LONG: Readonly<Record<string, string>> = {
  prose: filled("This is **one** sentence of a paragraph, with `code` in it. ".repeat(5) + "\n\n"),
  code: "```ts\n" + filled("const x: Map<string, number> = new Map(); // & so on\n") + "```",
  oneLine: filled("a"),
  oneCodeLine: "```\n" + filled("ab") + "\n```",
  list: filled("- item\n  - inner **item**\n"),
  table: "| a | b |\n|---|---|\n" + filled("| some `x` | y & z |\n"),
  wideTable: "| a | b |\n|---|---|\n" + filled(`| ${"x".repeat(60)} | y |\n`),
  links: filled("[label](https://x.example/path?a=1&b=2) "),
  emoji: filled("👩‍👩‍👧‍👦"),
  rightToLeft: filled("שלום עולם "),
  zalgo: "z" + "\u0301".repeat(SIZE),
  emphases: filled("_a_"),
  address: filled("a.") + "@",
  quotes: filled(">"),
  numbers: filled("1. "),
  brackets: filled("["),
  openBold: filled("**a "),
  ticks: Array.from({ length: 440 }, (_, n) => "`".repeat(n)).join(" "),
  nested: Array.from({ length: 400 }, (_, n) => " ".repeat(2 * n) + "- a").join("\n"),
  signs: filled("*_~`[<|\\"),
  stars: filled("*"),
  html: filled("<a "),
  blank: filled("\n"),
  cells: filled("|a") + "\n" + filled("|-"),
};

Deno.test("formatting: a block of code goes on in a block of the same language, whole lines each", () => {
  const lines = Array.from({ length: 400 }, (_, n) => `line ${n} of it`);
  const parts = formatAnswer(
    "discord",
    "Before.\n\n```py\n" + lines.join("\n") + "\n```\n\nAfter.",
  );
  assert.ok(parts.length > 3);
  const codes = parts.map((part) => /```py\n([^]*?)\n```/.exec(part.text)?.[1] ?? "");
  assert.deepEqual(codes.join("\n").split("\n"), lines);
});

Deno.test("formatting: a table that goes on has its header again", () => {
  const rows = Array.from({ length: 300 }, (_, n) => `| row ${n} | ${n} |`);
  const parts = formatAnswer("telegram", "| Name | N |\n|---|---|\n" + rows.join("\n"));
  assert.ok(parts.length > 1);
  for (const { text } of parts) assert.match(text, /^<pre>Name {4}\| N\n-+\+-+\n/);
});

Deno.test("formatting: a title is not the last thing in a message", () => {
  const paragraph = "word ".repeat(300);
  const parts = formatAnswer("telegram", Array(12).fill(`## Title\n\n${paragraph}`).join("\n\n"));
  for (const { text } of parts) assert.doesNotMatch(text, /<b>Title<\/b>$/);
});

Deno.test("drafts: the first message as far as it is, closed, and said to go on", () => {
  assert.equal(draftPart("telegram", "  \n"), null);
  assert.deepEqual(draftPart("telegram", "Here:\n\n```js\nlet a"), {
    text: 'Here:\n\n<pre><code class="language-js">let a</code></pre>\n…',
    plain: "Here:\n\nlet a\n…",
  });
  const whole = filled("This is a sentence. ".repeat(10) + "\n\n");
  const [first] = formatAnswer("slack", whole);
  const draft = draftPart("slack", whole)!;
  assert.ok(first!.text.startsWith(draft.text.replace(/ …$/, "").slice(0, 2_000)));
});
