/** Where a value begins and ends: whole ones, cut ones, those that only look like one. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { redactJson } from "../../src/kernel/redaction/redact_json.ts";
import { Redactor } from "../../src/kernel/redaction/redactor.ts";
import { inClear, redactor, SAMPLES } from "./redaction_kit.ts";

Deno.test("a value in quotes is hidden up to its end, one without up to white space", () => {
  const texts = {
    'passphrase = "correct horse battery staple" # mine': 'passphrase = "" # mine',
    'password="abcd;efgh,1234"': 'password=""',
    '{"password":"a b c d e f","user":"bob"}': '{"password":"","user":"bob"}',
    "DB_PASSWORD='a b;c\"d' next": "DB_PASSWORD='' next",
    'os.environ["DB_PASSWORD"] = "a b c"': 'os.environ["DB_PASSWORD"] = ""',
    '{"text":"{\\"password\\": \\"a b \\\\\\"c\\\\\\" d\\"}","n":1}':
      '{"text":"{\\"password\\": \\"\\"}","n":1}',
    "password = 'it''s all mine', x": "password = '', x",
    'password := "a b c d"': 'password := ""',
    '{"password": " leads with a space"}': '{"password": ""}',
    "password=abcd;efgh,1234, then": "password=, then",
    'password=ab"cd{ef}g; then': "password=; then",
    '{"log":"token=abc123def","next":"stays"}': '{"log":"token=","next":"stays"}',
    'passphrase = "correct horse ba': 'passphrase = "',
    'passphrase = "correct horse ba\nnext line': 'passphrase = "\nnext line',
  };
  for (const [text, left] of Object.entries(texts)) {
    const one = redactor();
    equal(inClear(one.redact(text)), left, text);
    equal(one.restore(one.redact(text)), text);
  }
});

Deno.test("what names no value hides nothing", () => {
  for (
    const text of [
      'log("password: " + user.name)',
      '{"password":"","user":"someone else"}',
      "password: '', user: 'someone'",
      "a basic description of the basic properties, Basic TypeScript",
    ]
  ) equal(redactor().redact(text), text);
});

Deno.test("Basic is a word: it hides what is credentials, or stands after Authorization", () => {
  const texts = {
    "Basic dXNlcjpwYXNz": "Basic ",
    "basic dXNlcjpwYXNzd29yZA==": "basic ",
    "curl -H 'Authorization: Basic whatever'": "curl -H 'Authorization: Basic '",
    '{"authorization":"Basic whatever"}': '{"authorization":"Basic "}',
  };
  for (const [text, left] of Object.entries(texts)) equal(inClear(redactor().redact(text)), left);
});

Deno.test("in arguments a string under a secret key is hidden whole, in lists and however short", () => {
  const one = redactor();
  const args = {
    password: "a b",
    db: { access_token: ["x y", "z"], name: "x y" },
    client_secret: 'say "it"\nnow',
    note: "password: inner thing",
    Authorization: "Basic whatever",
    password_reset: "stays",
    max_token: 5,
    pwd: 918273,
  };
  const redacted = JSON.parse(redactJson(JSON.stringify(args), one));
  const left = JSON.parse(inClear(JSON.stringify(redacted)));
  deepEqual(left, {
    password: "",
    db: { access_token: ["", ""], name: "x y" },
    client_secret: "",
    note: "password:  thing",
    Authorization: "Basic ",
    password_reset: "stays",
    max_token: 5,
    pwd: "",
  });
  deepEqual(JSON.parse(one.restoreJson(JSON.stringify(redacted))), { ...args, pwd: "918273" });
});

Deno.test("a value with quotes that arguments named is hidden where JSON quotes it, and the other way", () => {
  const one = redactor();
  redactJson('{"password":"open \\"sesame\\" now"}', one);
  equal(inClear(one.redact('say open "sesame" now')), "say ");
  equal(inClear(one.redact('{"said":"open \\"sesame\\" now"}')), '{"said":""}');
  const other = redactor();
  other.redact('{"password":"open \\"sesame\\" now"}');
  equal(inClear(other.redact('say open "sesame" now')), "say ");
});

Deno.test("what stands before the first comma of an unquoted value is hidden alone too", () => {
  const one = redactor();
  one.redact("Server=x;Password=correcthorse;Database=y");
  equal(inClear(one.redact("it is correcthorse there")), "it is  there");
});

const secret = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9!#$%*+./:;,=?@^_~-]{10,40}$/).map((value) => `password=${value}x`),
  fc.stringMatching(/^[A-Za-z0-9 ;,'=-]{10,40}$/).map((value) => `passphrase = "a${value}"`),
  fc.constantFrom(...Object.values(SAMPLES).flat()).map(([text]) => text),
);

Deno.test("attack: a value that was first seen cut is hidden whole later, nothing of its rest leaves", () => {
  fc.assert(
    fc.property(secret, fc.double({ min: 0, max: 1, noNaN: true }), (whole, where) => {
      const text = `see ${whole} here`;
      const fresh = inClear(redactor().redact(text));
      const one = redactor();
      one.redact(text.slice(0, Math.floor(text.length * where)));
      const redacted = one.redact(text);
      const left = inClear(redacted);
      ok(left.length <= fresh.length, `${redacted} leaves more than ${fresh}`);
      equal(left, fresh);
      equal(one.restore(redacted), text);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("attack: of known values that overlap nothing is left, the longest names them", () => {
  const overlapping = new Redactor({
    patterns: [],
    secrets: () => ["first-secret-77", "77-second-secret", "77-second", "secret-and-more"],
    nonce: "q7z3",
  });
  for (
    const text of [
      "first-secret-77-second",
      "77-second-secret-and-more",
      "first-secret-77-second-secret-and-more",
    ]
  ) {
    equal(inClear(overlapping.redact(`<${text}>`)), "<>");
  }
  const one = redactor();
  one.redact("password: db.example.org");
  const redacted = one.redact("at postgres://bob:hunter2@db.example.org/x now");
  ok(/^at \[\[CONNECTION_1_q7z3\]\] now$/.test(redacted), redacted);
});
