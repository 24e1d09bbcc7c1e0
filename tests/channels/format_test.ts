import assert from "node:assert/strict";
import { formatAnswer } from "../../src/kernel/channels/format/format_answer.ts";
import { CHANNEL_KINDS } from "../../src/model/channels/channel.ts";
import { assertAccepted } from "../fakes/chat_rules/accepted.ts";
import { telegramHtml } from "../fakes/chat_rules/telegram.ts";

/** One text in the three forms. */
const CASES: readonly {
  readonly name: string;
  readonly markdown: string;
  readonly telegram: string;
  readonly slack: string;
  readonly discord: string;
}[] = [
  {
    name: "emphasis",
    markdown: "**bold** *it* ~~no~~ ***both*** `a<b`",
    telegram: "<b>bold</b> <i>it</i> <s>no</s> <b><i>both</i></b> <code>a&lt;b</code>",
    slack: "*bold* _it_ ~no~ *_both_* `a&lt;b`",
    discord: "**bold** *it* ~~no~~ ***both*** `a<b`",
  },
  {
    name: "emphasis within a word and marks that meet",
    markdown: "un**believ**able *a***b**",
    telegram: "un<b>believ</b>able <i>a</i><b>b</b>",
    slack: "un\u200b*believ*\u200bable _a_\u200b*b*",
    discord: "un**believ**able *a*\u200b**b**",
  },
  {
    name: "titles",
    markdown: "# One\n\n#### Four `x`",
    telegram: "<b>One</b>\n\n<b>Four</b> <code>x</code>",
    slack: "*One*\n\n*Four* `x`",
    discord: "# One\n\n**Four** `x`",
  },
  {
    name: "nested lists, numbers, boxes",
    markdown: "3. c\n   - d\n     more\n4. e\n\n- [x] f\n- [ ] g",
    telegram: "3. c\n   • d\n     more\n4. e\n\n☑ f\n☐ g",
    slack: "3. c\n   • d\n     more\n4. e\n\n☑ f\n☐ g",
    discord: "3. c\n   - d\n     more\n4. e\n\n☑ f\n☐ g",
  },
  {
    name: "a quote with another and code in it",
    markdown: "> a\n> > b\n> ```sh\n> ls\n> ```",
    telegram: '<blockquote>a\n│ b</blockquote>\n<pre><code class="language-sh">ls</code></pre>',
    slack: "> a\n> │ b\n```\nls\n```",
    discord: "> a\n> │ b\n```sh\nls\n```",
  },
  {
    name: "links; one whose text says another address shows both",
    markdown:
      "[docs](https://a.example/x?y=1&z=2) [bank.example](https://evil.example/) <https://b.example/>",
    telegram: '<a href="https://a.example/x?y=1&amp;z=2">docs</a> bank.example (' +
      '<a href="https://evil.example/">https://evil.example/</a>) ' +
      '<a href="https://b.example/">https://b.example/</a>',
    slack: "<https://a.example/x?y=1&amp;z=2|docs> bank.example (" +
      "<https://evil.example/|https://evil.example/>) <https://b.example/|https://b.example/>",
    discord: "[docs](<https://a.example/x?y=1&z=2>) bank.example (<https://evil.example/>) " +
      "<https://b.example/>",
  },
  {
    name: "addresses that are not of the web, and images, are text",
    markdown: "[run](javascript:alert(1)) ![cat](https://a.example/c.png) [f](/etc/passwd)",
    telegram: 'run (javascript:alert(1)) <a href="https://a.example/c.png">cat</a> f (/etc/passwd)',
    slack: "run (javascript:alert(1)) <https://a.example/c.png|cat> f (/etc/passwd)",
    discord: "run (javascript:alert(1)) [cat](<https://a.example/c.png>) f (/etc/passwd)",
  },
  {
    name: "a table",
    markdown: "| a | n |\n|---|--:|\n| x | 1 |\n| y**b** | 23 |",
    telegram: "<pre>a  |  n\n---+---\nx  |  1\nyb | 23</pre>",
    slack: "```\na  |  n\n---+---\nx  |  1\nyb | 23\n```",
    discord: "```\na  |  n\n---+---\nx  |  1\nyb | 23\n```",
  },
  {
    name: "signs that are no markup stay as they are",
    markdown: "2 * 3 * 4, \\*not\\*, snake_case, a \\_b\\_ c, *.ts, C:\\Users, 1 < 2 & 3 > 2",
    telegram: "2 * 3 * 4, *not*, snake_case, a _b_ c, *.ts, C:\\Users, 1 &lt; 2 &amp; 3 &gt; 2",
    slack:
      "2 * 3 * 4, *\u200bnot*, snake_case, a _\u200bb_ c, *\u200b.ts, C:\\Users, 1 &lt; 2 &amp; 3 &gt; 2",
    discord: "2 \\* 3 \\* 4, \\*not\\*, snake_case, a \\_b\\_ c, \\*.ts, C:\\Users, 1 < 2 & 3 > 2",
  },
  {
    name: "a line that would be a title or an item",
    markdown: "\\# no\n\n1\\. no\n\n\\- no\n\n\\> no",
    telegram: "# no\n\n1. no\n\n- no\n\n&gt; no",
    slack: "# no\n\n1. no\n\n- no\n\n\u200b&gt; no",
    discord: "\\# no\n\n1\\. no\n\n\\- no\n\n\\> no",
  },
  {
    name: "a fence within a fence",
    markdown: "````md\n```js\nx\n```\n````",
    telegram: '<pre><code class="language-md">```js\nx\n```</code></pre>',
    slack: "```\n`\u200b``js\nx\n`\u200b``\n```",
    discord: "```md\n`\u200b``js\nx\n`\u200b``\n```",
  },
  {
    name: "right to left, emoji, combining marks",
    markdown: "**שלום** 👩‍👩‍👧‍👦 é 🏳️‍🌈 _مرحبا_",
    telegram: "<b>שלום</b> 👩‍👩‍👧‍👦 é 🏳️‍🌈 <i>مرحبا</i>",
    slack: "*שלום* 👩‍👩‍👧‍👦 é 🏳️‍🌈 _مرحبا_",
    discord: "**שלום** 👩‍👩‍👧‍👦 é 🏳️‍🌈 *مرحبا*",
  },
  {
    name: "HTML is text",
    markdown: 'a <b>b</b> <img src="https://a.example/x">\n\n<script>1</script>',
    telegram:
      "a &lt;b&gt;b&lt;/b&gt; &lt;img src=&quot;https://a.example/x&quot;&gt;\n\n&lt;script&gt;1&lt;/script&gt;",
    slack:
      'a &lt;b&gt;b&lt;/b&gt; &lt;img src="https://a.example/x"&gt;\n\n&lt;script&gt;1&lt;/script&gt;',
    discord: 'a <b>b<\u200b/b> <img src="https://a.example/x">\n\n<script>1<\u200b/script>',
  },
  {
    name: "reference links; what is not used is shown",
    markdown: "see [it][1]\n\n[1]: https://a.example/\n[2]: https://b.example/",
    telegram: 'see <a href="https://a.example/">it</a>\n\n[2]: https://b.example/',
    slack: "see <https://a.example/|it>\n\n[2]: https://b.example/",
    discord: "see [it](<https://a.example/>)\n\n[2]: https://b.example/",
  },
];

for (const { name, markdown, ...wanted } of CASES) {
  Deno.test(`formatting: ${name}`, () => {
    const written = (kind: keyof typeof wanted) =>
      formatAnswer(kind, markdown).map((part) => part.text).join("\n=====\n");
    assert.deepEqual(
      { telegram: written("telegram"), slack: written("slack"), discord: written("discord") },
      wanted,
    );
  });
}

Deno.test("formatting: signs of code in an address or a link's text open no block", () => {
  const odd = "[a](https://x.example/``` www.x.example```` [b ``` c](https://x.example/?q=```)";
  for (const kind of CHANNEL_KINDS) {
    for (const part of formatAnswer(kind, odd)) assertAccepted(kind, part);
  }
});

Deno.test("formatting: a table too wide for a phone comes as cards", () => {
  const wide = "w".repeat(50);
  const [part] = formatAnswer("telegram", `| Name | Note |\n|--|--|\n| a | ${wide} |\n| b | |`);
  assert.equal(part?.text, `<b>a</b>\n• Note: ${wide}\n\n<b>b</b>`);
});

Deno.test("formatting: an answer with nothing to see is no message", () => {
  for (const empty of ["", "  \n\n", "\u200b\u2060", "&nbsp;", ">", "```\n```", "- \n"]) {
    assert.deepEqual(formatAnswer("telegram", empty), [], JSON.stringify(empty));
  }
});

Deno.test("attack: a link's text hides no other address, and a hidden sign turns no text around", () => {
  const [part] = formatAnswer(
    "telegram",
    "[https://bank.example](https://evil.example/p) a\u202eb&#8238;",
  );
  const { text, entities } = telegramHtml(part!.text);
  assert.ok(text.includes("evil.example"));
  assert.ok(entities.every((entity) => entity.type !== "a" || entity.text === entity.url));
  assert.ok(!/[\u202a-\u202e]/.test(part!.text + part!.plain));
});
