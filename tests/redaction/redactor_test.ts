/** What is sensitive leaves as a placeholder and comes back as it was. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { REDACTION_CATEGORIES, SECRET_CATEGORIES } from "../../src/kernel/redaction/patterns.ts";
import { createRedaction } from "../../src/kernel/redaction/with_redaction.ts";
import type { Message } from "../../src/model/conversation/message.ts";
import type { ModelRequest } from "../../src/model/conversation/model_stream.ts";
import { echo, NONCE, redactor, SAMPLES } from "./redaction_kit.ts";

Deno.test("each category is found alone, keeps its place, and comes back", () => {
  for (const category of REDACTION_CATEGORIES) {
    for (const [text, secret] of SAMPLES[category]) {
      const one = redactor([category]);
      const whole = `before ${text}\nafter`;
      const redacted = one.redact(whole);
      assert.ok(!redacted.includes(secret), `${category}: ${redacted}`);
      assert.ok(redacted.startsWith("before ") && redacted.includes(`_1_${NONCE}]]`), redacted);
      assert.equal(one.restore(redacted), whole);
      assert.equal(one.redact(redacted), redacted, "what is hidden is not hidden twice");
    }
  }
});

Deno.test("what only looks like one stays", () => {
  const harmless = [
    "version 1.2.3, port 8080, build 20261127",
    "4111 1111 1111 1112 is no card",
    "1111111111111111",
    "127.0.0.1:9742 and ::1 and 0.0.0.0",
    "at 12:30:45 std::string a::b",
    "const password = readPassword();".replace("readPassword();", ""),
    "the secret of the token is that it is one",
    "user@host",
  ];
  for (const text of harmless) assert.equal(redactor().redact(text), text);
});

Deno.test("a category that is off is left alone", () => {
  assert.equal(redactor(["cards"]).redact("a@b.example"), "a@b.example");
});

Deno.test("the same value keeps its placeholder, and is found bare once it was named", () => {
  const one = redactor();
  const first = one.redact("password: correcthorse");
  const second = one.redact("I typed correcthorse twice: correcthorse");
  const placeholder = /\[\[.*?\]\]/.exec(first)?.[0] ?? "";
  assert.equal(second, `I typed ${placeholder} twice: ${placeholder}`);
  assert.equal(one.redact("correcthorse, then password=correcthorse").includes("horse"), false);
});

Deno.test("ward's own keys are hidden wherever they stand", () => {
  const one = redactor([], ["key-of-ward-77"]);
  assert.equal(one.redact("xkey-of-ward-77y"), `x[[SECRET_1_${NONCE}]]y`);
});

const sample = fc.constantFrom(...Object.values(SAMPLES).flat());
const filler = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(" ", "\n", "=", '"', "password: ", "token=", "[[", "]]", "$&", "$1", "\\"),
).filter((text) => !text.includes(NONCE));

/** Texts with secrets in them, set apart as secrets are. */
const mixed = fc.array(fc.oneof(filler, sample.map(([text]) => ` ${text} `)), { maxLength: 12 })
  .map((parts) => parts.join(""));

Deno.test("round trip: any text comes back as it was, whole and in JSON", () => {
  fc.assert(
    fc.property(fc.array(mixed, { maxLength: 4 }), (texts) => {
      const one = redactor();
      for (const text of texts) {
        assert.equal(one.restore(one.redact(text)), text);
        const json = JSON.stringify({ value: one.redact(text) });
        assert.deepEqual(JSON.parse(one.restoreJson(json)), { value: text });
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("no original leaves in any part of a request, and all of it comes back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sample, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 30 }),
      async (secrets, piece) => {
        const text = secrets.map(([whole]) => `see ${whole} here`).join("\n");
        const messages: Message[] = [
          { role: "user", text },
          {
            role: "assistant",
            text,
            toolCalls: [{
              id: "a",
              name: "w",
              arguments: JSON.stringify({ a: [text], [text]: 1 }),
            }],
          },
          { role: "tool", callId: "a", name: "w", ok: true, content: text },
        ];
        const sent: ModelRequest[] = [];
        const port = createRedaction(redactor()).wrap(echo(sent, piece));
        const request = { model: "m", system: text, messages, tools: [], maxOutputTokens: 1 };
        let shown = "";
        let args = "";
        for (let round = 0; round < 2; round++) {
          shown = "";
          const { signal } = new AbortController();
          for await (const event of port.stream(request, { signal })) {
            if (event.type === "text") shown += event.text;
            if (event.type === "tool_call") args = event.call.arguments;
          }
        }
        const wire = JSON.stringify(sent);
        for (const [, part] of secrets) {
          assert.ok(!wire.includes(JSON.stringify(part).slice(1, -1)), `${part} in ${wire}`);
        }
        assert.equal(shown, [text, text, text].join("|"));
        assert.equal(JSON.parse(args).text, shown);
        assert.equal(JSON.parse(args).nested[0].deep, shown);
        const [first, second] = sent;
        first?.messages.forEach((message, at) =>
          assert.equal(message, second?.messages[at], "the same message is the same object")
        );
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a secret that is named by its key in arguments is hidden; one found late is hidden before", async () => {
  const sent: ModelRequest[] = [];
  const port = createRedaction(redactor()).wrap(echo(sent, 5));
  const messages: Message[] = [
    { role: "user", text: "use opensesame1 please" },
    {
      role: "assistant",
      text: "",
      toolCalls: [{ id: "a", name: "w", arguments: '{"password":"opensesame1"}' }],
    },
  ];
  const request = { model: "m", system: "", messages, tools: [], maxOutputTokens: 1 };
  for await (const _ of port.stream(request, { signal: new AbortController().signal }));
  assert.ok(!JSON.stringify(sent).includes("opensesame1"), JSON.stringify(sent));
});

Deno.test("attack: where others read along an answer keeps placeholders, while calls of tools have the values", async () => {
  const sent: ModelRequest[] = [];
  const port = createRedaction(redactor(SECRET_CATEGORIES), false).wrap(echo(sent, 3));
  const text = "the key is sk-ant-api03-AbCdEf123456_789-xyz, mail ada@example.org";
  const messages: Message[] = [{ role: "user", text }];
  const request = { model: "m", system: "", messages, tools: [], maxOutputTokens: 1 };
  let shown = "";
  let args = "";
  for await (const event of port.stream(request, { signal: new AbortController().signal })) {
    if (event.type === "text") shown += event.text;
    if (event.type === "tool_call") args = event.call.arguments;
  }
  assert.ok(!shown.includes("sk-ant-api03"), shown);
  assert.match(shown, /the key is \S*API_KEY\S*, mail ada@example\.org/);
  assert.ok(args.includes("sk-ant-api03-AbCdEf123456_789-xyz"), args);
});
