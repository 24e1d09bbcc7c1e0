import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createTerminalSanitizer,
  revealHidden,
  safeJson,
  sanitizeTerminal,
} from "../../src/surfaces/cli/sanitize_terminal.ts";

/** Texts made of the pieces attacks are made of. */
const hostile = fc.array(
  fc.oneof(
    fc.constantFrom("\x1b", "[", "]", "P", "\\", "\x07", "\x9b", "\x9d", "\x9c", "31m", "0;t", "?"),
    fc.constantFrom("\r", "\n", "\t", "\b", "\0", "\x7f", "\x85", "\u202e", "\u2066", "\u{e0041}"),
    fc.constantFrom("a", "é", "日", "👩‍💻", "\ud83d", "\ude00", ";", " ", "c", "(B", "\u2028"),
    fc.string({ unit: "binary", maxLength: 4 }),
  ),
  { maxLength: 24 },
).map((parts) => parts.join(""));

// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

Deno.test("sanitizeTerminal lets nothing through that acts on a terminal", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const out = sanitizeTerminal(text);
      assert.doesNotMatch(out, FORBIDDEN);
      assert.doesNotMatch(out, /[\u{e0000}-\u{e007f}]/u);
      assert.ok(out.isWellFormed());
    }),
    { numRuns: 2000 },
  );
});

Deno.test("sanitizeTerminal gives the same however the stream is cut", () => {
  fc.assert(
    fc.property(hostile, fc.array(fc.nat(40), { maxLength: 6 }), (text, cuts) => {
      const sanitizer = createTerminalSanitizer();
      const places = [...new Set(cuts.map((cut) => Math.min(cut, text.length)))].sort((a, b) =>
        a - b
      );
      let out = "";
      let from = 0;
      for (const to of [...places, text.length]) {
        out += sanitizer.push(text.slice(from, to));
        from = to;
      }
      assert.equal(out + sanitizer.end(), sanitizeTerminal(text));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("sanitizeTerminal changes no ordinary text, and nothing a second time", () => {
  const ordinary = "Grüße, 日本語 — 👩‍💻 x\u00a0y\n\tif (a[0]) { return \\n; } ] P ^ _\n";
  assert.equal(sanitizeTerminal(ordinary), ordinary);
  fc.assert(fc.property(hostile, (text) => {
    const once = sanitizeTerminal(text);
    assert.equal(sanitizeTerminal(once), once);
  }));
});

const ATTACKS: [name: string, text: string, shown: string][] = [
  ["a colour", "a\x1b[31mb\x1b[0mc", "abc"],
  ["a cursor move", "a\x1b[2A\x1b[2Kb", "ab"],
  ["a title", "a\x1b]0;owned\x07b", "ab"],
  ["a clipboard write", "a\x1b]52;c;cm0gLXJm\x1b\\b", "ab"],
  ["a hyperlink", "\x1b]8;;http://e/\x1b\\text\x1b]8;;\x1b\\", "text"],
  ["a device string", "a\x1bP+q544e\x1b\\b", "ab"],
  ["8-bit forms of CSI and OSC", "a\x9b31mb\x9d0;t\x9cc", "abc"],
  ["a reset", "a\x1bcb", "ab"],
  ["a character set", "a\x1b(0b", "ab"],
  ["a carriage return that overwrites", "rm -rf /\rls", "rm -rf /ls"],
  ["backspaces", "rm\b\bls", "rmls"],
  ["an open string that would hide the rest", "a\x1b]0;x\nAllow? [o]nce", "a\nAllow? [o]nce"],
  ["a reversed reading order", "\u202etxt.exe", "\\u{202e}txt.exe"],
  ["a string within a string", "a\x1b]0;x\x1b[31mb", "ab"],
];
for (const [name, text, shown] of ATTACKS) {
  Deno.test(`sanitizeTerminal disarms ${name}`, () => {
    assert.equal(sanitizeTerminal(text), shown);
  });
}

Deno.test("revealHidden shows what cannot be seen and drops nothing", () => {
  assert.equal(revealHidden("a\x1b[8mb\nc\td\r"), "a\\x1b[8mb\\nc\\td\\r");
  assert.equal(
    revealHidden("ls\u200b\u00a0-l\u00ad\u{e0041}"),
    "ls\\u{200b}\\u{a0}-l\\u{ad}\\u{e0041}",
  );
  assert.equal(revealHidden("\u3164x\ufe0f"), "\\u{3164}x\\u{fe0f}");
  assert.equal(revealHidden("git log | wc -l"), "git log | wc -l");
  fc.assert(fc.property(hostile, (text) => {
    assert.match(revealHidden(text), /^[^\p{Cc}\p{Cf}\p{Cs}]*$/u);
  }));
});

Deno.test("safeJson prints one line that a terminal takes literally and a program reads back", () => {
  fc.assert(fc.property(hostile, (text) => {
    const line = safeJson({ text });
    assert.doesNotMatch(line, FORBIDDEN);
    assert.doesNotMatch(line, /\n/);
    assert.deepEqual(JSON.parse(line), { text });
  }));
});
