/** Patterns take time that grows with the text and no faster: by their form, and by counts. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { isOwnPattern, matchesByPiece } from "../../src/kernel/redaction/own_pattern.ts";
import { PATTERNS } from "../../src/kernel/redaction/patterns.ts";

const TOKEN =
  /\\(?:[pP]\{[^}]*\}|k<[^>]*>|[^])|\[(?:\\[^]|[^\]\\])*\]|\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/g;

/**
 * What repeats without bound before the first fixed character of a pattern: each place of a text is
 * then tried to the end of the text. It may where the pattern begins only where what repeats begins.
 */
function freeStart(source: string): string | null {
  const tokens = [...source.matchAll(TOKEN)].map(([token]) => token);
  let at = 0;
  const group = (): { free: string | null; isFixed: boolean } => {
    let free: string | null = null;
    let isFixed = true;
    let hasLiteral = false;
    let guard = "";
    for (; at < tokens.length && tokens[at] !== ")"; at++) {
      const token = tokens[at]!;
      if (token === "|") {
        isFixed &&= hasLiteral;
        hasLiteral = false;
        continue;
      }
      const isGroup = token.startsWith("(");
      const isAround = /^\(\?<?[=!]/.test(token);
      let inner = { free: null as string | null, isFixed: false };
      if (isGroup) {
        at++;
        const begin = at;
        inner = group();
        if (token === "(?<!") guard = tokens.slice(begin, at).join("");
      }
      const next = tokens[at + 1] ?? "";
      const quantifier = /^(?:[*+?]|\{\d)/.test(next) ? next : "";
      if (quantifier) at++;
      if (hasLiteral || isAround || /^(?:\\[bB]|\^)$/.test(token)) continue;
      const isUnbounded = /^[*+]|,\}/.test(quantifier);
      const isLiteral = isGroup ? inner.isFixed : /^(?:\\[^a-zA-Z]|[^\\[.])$/.test(token);
      if (isUnbounded && token !== guard) free ??= token + quantifier;
      free ??= inner.free;
      hasLiteral = isLiteral && !/^[*?]|^\{0/.test(quantifier);
    }
    return { free, isFixed: isFixed && hasLiteral };
  };
  return group().free;
}

Deno.test("no pattern repeats without bound before something fixed", () => {
  for (const [category, patterns] of Object.entries(PATTERNS)) {
    for (const { pattern } of patterns) {
      equal(freeStart(pattern.source), null, `${category}: ${pattern.source}`);
      ok(pattern.flags.includes("d") && pattern.flags.includes("g"), category);
    }
  }
  const slow = {
    "(?<![A-Za-z])(?:[\\w-]*token)[:=]": "[\\w-]*",
    "\\b[a-z][a-z0-9+.-]*:\\/\\/": "[a-z0-9+.-]*",
    "[\\p{L}\\p{N}._%+-]+@[\\p{L}]+": "[\\p{L}\\p{N}._%+-]+",
    "ab|\\w{8,}c": "\\w{8,}",
    "(?:x|\\d+)y": "\\d+",
  };
  for (const [source, found] of Object.entries(slow)) equal(freeStart(source), found, source);
});

Deno.test("a pattern of the user's that could take exponential time is refused", () => {
  const fine = [
    "TICKET-\\d+",
    "(?:\\d{4}-){3}\\d{4}",
    "(?<id>a+:x)",
    "\\(+a+\\)+",
    "[(+]+",
    "(ab)+",
    "(?=.*x)y",
    "(?:foo|bar)-\\d",
  ];
  for (const source of fine) ok(isOwnPattern(source), source);
  const refused = [
    "(",
    "(a+)+",
    "(a|ab)*",
    "(a?){30}",
    "((ab)*c)+",
    "(?<id>\\w*)+",
    "(?:a{1,3}){2,}",
    "(?:(?:a+)b)*",
  ];
  for (const source of refused) ok(!isOwnPattern(source), source);
});

Deno.test("a pattern of the user's sees a long text in pieces, and finds in it what it finds whole", () => {
  const text = Array.from({ length: 900 }, (_, n) => `line ${n} of TICKET-${n * 7919} `).join("");
  const pattern = /(?<![\w])TICKET-\d+\b/dgu;
  const found = new Set<string>();
  for (const { match, at } of matchesByPiece(text, pattern)) {
    ok(match.input.length <= 2_048);
    found.add(`${at + match.index} ${match[0]}`);
  }
  const whole = [...text.matchAll(pattern)].map((match) => `${match.index} ${match[0]}`);
  deepEqual(whole.filter((one) => !found.has(one)), []);
});
