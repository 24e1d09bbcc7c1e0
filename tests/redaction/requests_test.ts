/** Requests as they leave: tools, reasoning, what is done again, what was cut or quoted before. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { ContextWindow } from "../../src/kernel/context/context_window.ts";
import { shareOut } from "../../src/kernel/context/quotas.ts";
import { MessageRedaction } from "../../src/kernel/redaction/message_redaction.ts";
import { LiveSecrets } from "../../src/kernel/net/live_secrets.ts";
import { PATTERNS } from "../../src/kernel/redaction/patterns.ts";
import { Redactor } from "../../src/kernel/redaction/redactor.ts";
import { createRedaction, type Redaction } from "../../src/kernel/redaction/with_redaction.ts";
import type { Message } from "../../src/model/conversation/message.ts";
import type { ModelEvent, ModelRequest } from "../../src/model/conversation/model_stream.ts";
import { kit } from "../agent/turn_kit.ts";
import { says } from "../fakes/scripted_model.ts";
import { inClear, NONCE, redactor } from "./redaction_kit.ts";

const PROSE = "basic description of the basic properties; token: read_file";

function requestOf(messages: readonly Message[], more: Partial<ModelRequest> = {}): ModelRequest {
  return { model: "m", system: "", messages, tools: [], maxOutputTokens: 1, ...more };
}

async function eventsOf(redaction: Redaction, events: ModelEvent[], request: ModelRequest) {
  const sent: ModelRequest[] = [];
  const port = redaction.wrap({
    async *stream(one) {
      sent.push(one);
      yield* events;
    },
  });
  const back: ModelEvent[] = [];
  for await (const event of port.stream(request, { signal: new AbortController().signal })) {
    back.push(event);
  }
  return { sent: sent[0]!, back };
}

Deno.test("attack: a token that was renewed while the conversation runs is sent to a model, also from before", async () => {
  const known = new LiveSecrets();
  known.addLogin({ accessToken: "tok-old-31f0c8a94b" });
  const redaction = createRedaction(
    new Redactor({ patterns: [], secrets: () => known.values, nonce: NONCE }),
  );
  const messages: Message[] = [{ role: "user", text: "tok-old-31f0c8a94b tok-new-9be27d10f3" }];
  const send = async () => {
    const { sent } = await eventsOf(redaction, [], requestOf(messages));
    return sent.messages.map((one) => one.role === "user" && one.text);
  };
  deepEqual(await send(), [`[[SECRET_1_${NONCE}]] tok-new-9be27d10f3`], "control");
  known.addLogin({ accessToken: "tok-new-9be27d10f3" });
  deepEqual(await send(), [`[[SECRET_1_${NONCE}]] [[SECRET_2_${NONCE}]]`]);
  equal(redaction.restore(`[[SECRET_2_${NONCE}]]`), "tok-new-9be27d10f3");
});

Deno.test("names of tools stay as they are, whatever a text made of them", async () => {
  const tools = [{
    name: "read_file",
    description: PROSE,
    parameters: { type: "object", properties: { token: { type: "string", default: "read_file" } } },
  }];
  const before = JSON.stringify(tools);
  const call = { id: "c", name: "read_file", arguments: "{}" };
  const messages: Message[] = [
    { role: "user", text: PROSE },
    { role: "assistant", text: "", toolCalls: [call] },
    { role: "tool", callId: "c", name: "read_file", ok: true, content: "" },
  ];
  const named = { ...call, name: `[[TOKEN_1_${NONCE}]]` };
  const { sent, back } = await eventsOf(
    createRedaction(redactor()),
    [{ type: "tool_call", call }, { type: "tool_call", call: named }],
    requestOf(messages, { tools, system: PROSE }),
  );
  equal(inClear(JSON.stringify(sent.tools)), before.replaceAll(/(?<!name":")read_file/g, ""));
  equal(inClear(sent.system), "basic description of the basic properties; token: ", "control");
  deepEqual(sent.messages.flatMap((one) => one.role === "tool" ? [one.name] : []), ["read_file"]);
  deepEqual(back.map((event) => event.type === "tool_call" && event.call.name), [
    "read_file",
    "read_file",
  ]);
});

Deno.test("attack: what was thought before redaction was on is not sent again", async () => {
  const reasoning = (thought: string) => ({ by: "p/m", parts: [{ sealed: { thought } }] });
  const answer = (thought: string): Message => ({
    role: "assistant",
    text: "ok",
    toolCalls: [],
    reasoning: reasoning(thought),
  });
  const redaction = createRedaction(redactor());
  const events: ModelEvent[] = [{ type: "reasoning", reasoning: reasoning("new") }];
  const first = await eventsOf(redaction, events, requestOf([answer("old: hunter2")]));
  equal("reasoning" in first.sent.messages[0]!, false);
  // As the store gives it back: an equal one, not the same.
  const second = await eventsOf(redaction, [], requestOf([answer("old: hunter2"), answer("new")]));
  deepEqual(second.sent.messages.map((message) => "reasoning" in message), [false, true]);
});

/** Counts how often each text was gone through. */
class CountingRedactor extends Redactor {
  readonly counts = new Map<string, number>();

  override redact(text: string): string {
    this.counts.set(text, (this.counts.get(text) ?? 0) + 1);
    return super.redact(text);
  }
}

Deno.test("a message is gone through once, and once more where it holds what was named after it", () => {
  const counting = new CountingRedactor({
    patterns: Object.values(PATTERNS).flat(),
    secrets: () => [],
    nonce: NONCE,
  });
  const messages: Message[] = Array.from(
    { length: 30 },
    (_, n) => ({ role: "user", text: `password: value-number-${n + 100}` }),
  );
  messages.unshift({ role: "user", text: "value-number-129, then value-number-104" });
  const redaction = new MessageRedaction(counting);
  const { messages: sent } = redaction.request(requestOf(messages, { system: "value-number-110" }));
  ok(!JSON.stringify(sent).includes("value-number"), JSON.stringify(sent));
  deepEqual([...counting.counts.values()], [2, 2, ...messages.slice(1).map(() => 1)]);
  counting.counts.clear();
  redaction.request(requestOf([...sent, { role: "user", text: "password: something-else" }], {
    system: "value-number-110",
  }));
  deepEqual([...counting.counts.keys()], ["password: something-else"]);
});

Deno.test("attack: a value is hidden before a result is cut, no half of it leaves", () => {
  const value = "postgres://bob:HIDDENHIDDENHIDDENHIDDEN@db.example/x";
  fc.assert(
    fc.property(fc.nat(120), fc.integer({ min: 300, max: 2_000 }), (shift, window) => {
      const content = `${"x ".repeat(200)}${"y".repeat(shift)} ${value} `.repeat(40);
      const messages: Message[] = [
        { role: "user", text: "look" },
        {
          role: "assistant",
          text: "",
          toolCalls: [{ id: "c", name: "read", arguments: "{}" }],
        },
        { role: "tool", callId: "c", name: "read", ok: true, content },
      ];
      const session = {
        id: "s",
        workspace: "/w",
        title: "",
        createdAtMs: 0,
        updatedAtMs: 0,
        messageCount: 3,
      };
      const redaction = createRedaction(redactor());
      const held = new ContextWindow({ session, messages, openCalls: [] }, redaction);
      const cut = held.request(shareOut(window, { fixed: 0, answer: 10, correction: 1 }));
      const sent = JSON.stringify(redaction.messages(cut));
      ok(!sent.includes("HID"), sent);
      ok(!/\[\[[A-Z0-9_a-z]*(?!\]\])\\n/.test(sent), `no half of a placeholder: ${sent}`);
    }),
    { numRuns: 300 },
  );
});

/** A turn that says secrets in all the ways in which a record would quote or cut them. */
const SAID = [
  "first line",
  "password: HIDDEN-at-a-line-start",
  '{"password": "HIDDEN in json", "user": "bob"}',
  "-----BEGIN PRIVATE KEY-----",
  "HIDDENkeyover+lines/AAAA",
  "HIDDENkeyover+lines/BBBB",
  "-----END PRIVATE KEY-----",
].join("\n");

/** With one that a cut at any of the lengths in use goes through, where it is not hidden before. */
function said(shift: number): string {
  const url = `postgres://bob:${"HIDDEN".repeat(6)}@db.example/x`;
  const at = (length: number, text: string) => text.padEnd(length - shift, " words") + ` ${url}`;
  return at(2_100, at(1_400, `${at(175, "")}\n${SAID}`));
}

for (const doesAnswer of [true, false]) {
  const how = doesAnswer ? "a model" : "first words, where no model gives one";
  Deno.test(`attack: a summary by ${how} sends no secret, and is stored with them`, async () => {
    const requests: ModelRequest[] = [];
    const isSummary = ({ system }: ModelRequest) => system.startsWith("You shorten");
    const redaction = createRedaction(redactor());
    const model = redaction.wrap({
      async *stream(request) {
        requests.push(request);
        const [asked] = request.messages;
        const text = asked?.role === "user" ? asked.text : "";
        if (!isSummary(request)) yield* says(said(requests.length % 50));
        else if (doesAnswer) {
          // More than a summary may take: it is cut where values stand.
          const [url] = /\[\[CONNECTION_\d+_\w+\]\]/.exec(text) ?? [];
          yield* says(`${text.slice(0, 600)} ${`${url} `.repeat(100)}`);
        } else yield { type: "failed", failure: { code: "model.unavailable", message: "down" } };
      },
    });
    const k = await kit(model, {
      redaction,
      contextTokens: 9_000,
      limits: { maxOutputTokens: 500 },
    });
    for (let n = 0; n < 50; n++) await k.run(said(n));
    ok(requests.filter(isSummary).length >= 2, "control: summaries were asked for");
    for (const request of requests) {
      ok(!JSON.stringify(request).includes("HIDDEN"), JSON.stringify(request));
    }
    const summaries = k.store.summaries(k.sessionId);
    equal(summaries[0]?.author, doesAnswer ? "model" : "extract");
    const texts = summaries.map(({ text }) => text).join("\n");
    match(texts, doesAnswer ? /HIDDEN-at-a-line-start/ : /bob:(?:HIDDEN){6}@db/);
    ok(!texts.includes(NONCE) && !/bob:\w+…/.test(texts), texts);
  });
}
