/**
 * 63: the big list of naughty strings (minimaxir, MIT, db33ec7) through all that reads, cleans or
 * shows a text: none breaks it, acts on a terminal, or becomes a link or picture that is loaded.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { decodeBase64 } from "../../../src/base/base64.ts";
import { AppError } from "../../../src/base/app_error.ts";
import { readHtml } from "../../../src/compartments/web/read_html.ts";
import { parseMessage } from "../../../src/kernel/builtin/parse_message.ts";
import { findClaims } from "../../../src/kernel/claims/find_claims.ts";
import { parseLine } from "../../../src/kernel/commands/parse_line.ts";
import { checkUrl } from "../../../src/kernel/net/check_url.ts";
import { OWN_MARKS, sanitizeOutside } from "../../../src/kernel/outside/sanitize.ts";
import {
  revealHidden,
  safeJson,
  sanitizeTerminal,
} from "../../../src/surfaces/cli/sanitize_terminal.ts";
import { createMarkdownStream } from "../../../src/surfaces/terminal/markdown/stream.ts";
import { tallyBattery } from "../../battery_count.ts";
import { sequencesIn } from "../kit/ansi_corpus.ts";

const NAUGHTY = (JSON.parse(
  Deno.readTextFileSync(new URL("blns.base64.json", import.meta.url)),
) as string[]).map((one) => new TextDecoder().decode(decodeBase64(one)));

/** What would be loaded or run where Markdown or HTML is shown. */
const MORE = [
  "[x](javascript:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "![x](https://evil.example/p.png)",
  "<img src=https://evil.example/p.png>",
  "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
  "<https://evil.example/auto>",
  "[x]: https://evil.example/ref\n\n![y][x]",
];

/** Colours of the Markdown stream. */
// deno-lint-ignore no-control-regex
const OURS = /^\x1b\[\d+(?:;\d+)*m$/;

const PLACES: Readonly<Record<string, (text: string) => void>> = {
  "shown plainly": (text) => deepEqual(sequencesIn(sanitizeTerminal(text)), []),
  "shown with everything revealed": (text) => deepEqual(sequencesIn(revealHidden(text)), []),
  "shown as JSON": (text) => {
    deepEqual(sequencesIn(safeJson({ text })), []);
    equal(JSON.parse(safeJson({ text })).text, text);
  },
  "shown as Markdown": (text) => {
    const stream = createMarkdownStream({ columns: () => 80, hasStyle: true });
    const written = stream.push(sanitizeTerminal(`# ${text}\n\n- ${text}\n`)) + stream.end();
    deepEqual(sequencesIn(written).filter((one) => !OURS.test(one)), []);
  },
  "from outside": (text) => equal(sanitizeOutside(text).text.match(OWN_MARKS), null),
  "as a page": (text) => {
    const { markdown } = readHtml(`<article><p>${text}</p><p>Words.</p></article>`, "https://a.b/");
    ok(!/(?<!\\)\]\((?:javascript|data|vbscript):/i.test(markdown), markdown);
    ok(!/!\[[^\]]*\]\(/.test(markdown), markdown);
  },
  "as an address": (text) => {
    try {
      match(checkUrl(text).href, /^https?:\/\//);
    } catch (error) {
      ok(error instanceof AppError && error.code.startsWith("net."), String(error));
    }
  },
  "as a command line": (text) => ok(parseLine(text, {}).type),
  "as a message": (text) => ok(parseMessage(text, ["ls"]).length >= 0),
  "as an answer": (text) => ok(findClaims(`I sent ${text}.`).length <= 8),
};

Deno.test("63: gate: naughty strings", async (t) => {
  equal(NAUGHTY.length, 676);
  const wrong: string[] = [];
  const all = [...NAUGHTY, ...MORE];
  for (const [place, look] of Object.entries(PLACES)) {
    for (const text of all) {
      try {
        look(text);
      } catch (error) {
        wrong.push(`${place}: ${JSON.stringify(text)}: ${String(error).slice(0, 200)}`);
      }
    }
  }
  const tried = all.length * Object.keys(PLACES).length;
  const held = tried - wrong.length;
  tallyBattery({ battery: "naughty strings", verb: "harmless", held, tried });
  await t.step(`naughty strings: harmless ${held} of ${tried}`, () => deepEqual(wrong, []));
});
