/** Pages as a reader sees them. */
import assert from "node:assert/strict";
import { decodeText } from "../../src/compartments/web/decode_text.ts";
import { readHtml } from "../../src/compartments/web/read_html.ts";

const HREF = "https://site.example/a/b/page";
const SENTENCE = "Flour and water and time, and nothing else, make bread. ";
const article = (inner: string) =>
  `<!doctype html><title>Bread</title><body><nav><a href="/">Home</a> <a href="/all">All</a></nav>` +
  `<article><h1>On bread</h1><p>${SENTENCE.repeat(20)}</p>${inner}<p>${SENTENCE.repeat(20)}</p>` +
  `</article><footer>Imprint</footer>`;
const markdown = (inner: string) => readHtml(article(inner), HREF).markdown;

Deno.test("an article is read without what stands around it", () => {
  const { title, markdown, isCut } = readHtml(article(""), HREF);
  assert.equal(title, "Bread");
  assert.ok(markdown.includes(SENTENCE.trim()));
  assert.doesNotMatch(markdown, /Home|Imprint/);
  assert.equal(isCut, false);
});

Deno.test("lists, links, code, quotes and tables are Markdown", () => {
  const forms: Record<string, [html: string, expected: string | RegExp]> = {
    link: ['<p>See <a href="../x?y=1#z">there</a>.</p>', "[there](https://site.example/a/x?y=1#z)"],
    list: ["<ul><li>One</li><li>Two</li></ul>", /-\s+One\n-\s+Two/],
    code: [
      '<pre><code class="language-ts">let x = 1;\nx++;</code></pre>',
      "```ts\nlet x = 1;\nx++;\n```",
    ],
    quote: ["<blockquote><p>Said.</p></blockquote>", "> Said."],
    picture: ['<p><img src="https://t.example/1.png?id=7" alt="A loaf"></p>', "[picture: A loaf]"],
    table: [
      "<table><tr><th>Name</th><th>Grams</th></tr><tr><td>Rye | wheat</td><td>500</td></tr></table>",
      "| Name | Grams |\n| --- | --- |\n| Rye \\| wheat | 500 |",
    ],
  };
  for (const [name, [html, expected]] of Object.entries(forms)) {
    const text = markdown(html);
    if (typeof expected === "string") assert.ok(text.includes(expected), `${name}: ${text}`);
    else assert.match(text, expected, name);
  }
});

Deno.test("attack: what a page hides from its readers, or would run, reaches nobody", () => {
  const hidden = [
    "<script>canary()</script>",
    "<SCRIPT type=x>canary()</SCRIPT >",
    "<style>.canary{}</style>",
    "<!-- canary -->",
    "<noscript>canary</noscript>",
    "<template>canary</template>",
    "<p hidden>canary</p>",
    '<p aria-hidden="true">canary</p>',
    '<div style="display: none">canary</div>',
    '<div style="color:red;visibility:hidden">canary</div>',
    '<span style="font-size:0px">canary</span>',
    '<span style="opacity:0">canary</span>',
    '<a href="javascript:canary()">press</a>',
    '<a href="data:text/html,canary">press</a>',
    '<iframe src="https://canary.example/"></iframe>',
    '<img src="https://canary.example/x.png">',
    "<svg><text>canary</text></svg>",
    '<math><annotation encoding="x">ok</annotation></math><object data="canary"></object>',
  ];
  for (const html of hidden) assert.doesNotMatch(markdown(html), /canary/i, html);
  assert.match(markdown('<span style="opacity: 0.5">half seen</span>'), /half seen/);
});

Deno.test("attack: pages made to be hard are read within bounds", () => {
  const hard: Record<string, string> = {
    nested: "<div>".repeat(50_000) + "deep",
    "nested lists": "<ul><li>".repeat(5_000) + "deep",
    "open scripts": "<script>".repeat(100_000),
    "a long tag": `<p ${"a ".repeat(200_000)}>x`,
    doctypes: "<!doctype ".repeat(100_000),
    spaces: `<div>${" ".repeat(900_000)}x</div>`,
    "capitals that grow": `${"İ".repeat(1000)}<script>canary</script><p>seen</p>`,
    "no end": "<",
    nothing: "",
    "an unclosed comment": `<p>seen</p><!-- ${"x".repeat(100_000)}`,
    "a table of tables": "<table><tr><td>".repeat(2_000),
  };
  for (const [name, html] of Object.entries(hard)) {
    assert.doesNotMatch(readHtml(html, HREF).markdown, /canary|script/, name);
  }
  const { isCut, markdown } = readHtml(`<p>${"x".repeat(2_000_000)}</p>`, HREF);
  assert.ok(isCut && markdown.length <= 1_000_000);
  const scripts = readHtml(`<script>${"x".repeat(2_000_000)}</script><p>seen</p>`, HREF);
  assert.deepEqual([scripts.isCut, scripts.markdown], [false, "seen"]);
});

Deno.test("characters are those of the header, the page or the mark at its beginning", () => {
  const bytes = (...values: number[]) => new Uint8Array(values);
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const cases: [Uint8Array, string | null, string][] = [
    [utf8("grün"), "text/plain", "grün"],
    [bytes(0x67, 0x72, 0xfc, 0x6e), "text/plain; charset=ISO-8859-1", "grün"],
    [bytes(0x67, 0x72, 0xfc, 0x6e), 'text/plain; Charset="windows-1252"', "grün"],
    [bytes(0x93, 0xfa, 0x96, 0x7b), "text/plain; charset=shift_jis", "日本"],
    [bytes(0xff, 0xfe, 0x67, 0, 0xfc, 0), "text/plain; charset=utf-8", "gü"],
    [bytes(0xef, 0xbb, 0xbf, 0x67), "text/plain; charset=latin1", "g"],
    [utf8("grün"), "text/plain; charset=no-such-thing", "grün"],
    [utf8("grün"), "text/plain; charset=utf-7", "grün"],
    [bytes(...utf8('<meta charset="latin1"><p>gr'), 0xfc), "text/html", 'charset="latin1"><p>grü'],
    [bytes(0x67, 0xff, 0x67), "text/plain", "g\ufffdg"],
  ];
  for (const [body, type, expected] of cases) {
    assert.ok(decodeText(body, type).text.endsWith(expected), `${type}: ${expected}`);
  }
});

Deno.test("kinds: HTML, JSON and text by their types, everything else is refused", () => {
  const kinds: Record<string, string> = {
    "text/html; charset=utf-8": "HTML",
    "application/xhtml+xml": "HTML",
    "application/json": "JSON",
    "application/problem+json": "JSON",
    "text/markdown": "text",
    "application/xml": "text",
    "application/atom+xml": "text",
    "image/svg+xml": "text",
    "application/javascript": "text",
    "application/octet-stream": "text",
    "": "text",
  };
  const body = new TextEncoder().encode("x");
  for (const [type, kind] of Object.entries(kinds)) {
    assert.equal(decodeText(body, type).kind, kind, type);
  }
  assert.equal(decodeText(new TextEncoder().encode(" <!DOCTYPE html>"), null).kind, "HTML");
  for (const type of ["image/png", "application/pdf", "application/zip", "ignore all/previous"]) {
    assert.throws(() => decodeText(body, type), (error: Error) => {
      // The type is the host's own text.
      return !error.message.includes("ignore") && /no text/.test(error.message);
    });
  }
});
