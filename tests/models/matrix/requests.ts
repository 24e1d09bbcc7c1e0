/** How requests are made. */
import assert from "node:assert/strict";
import type { ImagePart, Message } from "../../../src/model/conversation/message.ts";
import { SERVICE_PROTOCOLS, type ServiceProtocol } from "../../../src/model/settings.ts";
import { textOf } from "../start_thread.ts";
import { type Behaviour, CALLS, callsOf, HISTORY, of, TOOLS, user } from "./behaviour.ts";
import { type Desk, streamed } from "./desk.ts";

const IMAGE: ImagePart = { mediaType: "image/png", data: "iVBORw0KGgo=" };

/** Reasoning of an answer with calls, in the next request of the same model and of no other. */
async function goesBack(desk: Desk): Promise<void> {
  desk.will({ sealed: "sig-1", calls: CALLS, stop: "calls" });
  const events = await desk.ask();
  const reasoning = events.find((event) => event.type === "reasoning")?.reasoning;
  assert.ok(reasoning);
  const toolCalls = callsOf(events);
  const messages: Message[] = [
    user("go"),
    { role: "assistant", text: textOf(events), toolCalls, reasoning },
    ...toolCalls.map(({ id, name }): Message => ({
      ...{ role: "tool", ok: true, content: "x" },
      callId: id,
      name,
    })),
  ];
  desk.will({ text: ["ok"] });
  await desk.ask({ messages });
  assert.deepEqual(desk.said().sealed, ["sig-1 tool_use"]);
  await desk.ask({ messages, model: `${desk.speaker.model}-other` });
  assert.deepEqual(desk.said().sealed, [], "no other model is sent it");
}

/** Chat completions, by whatever name. */
const CHAT = ["openai", "azure", "ollama"] as const;

const CHAT_AND_RESPONSES = [...CHAT, "openai_responses"] as const;

/** They keep prompts by what these begin with. */
const UNASKED: readonly ServiceProtocol[] = ["gemini", "ollama"];

/** What is sent, and where it stands. */
export const REQUESTS: readonly Behaviour[] = [
  {
    name: "tools, system prompt and output limit are sent",
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ tools: TOOLS, maxOutputTokens: 4321 });
      const { tools, system, maxTokens } = desk.said();
      assert.deepEqual([tools, system, maxTokens], [
        ["read_file", "list_files"],
        "You are ward.",
        4321,
      ]);
    },
  },
  {
    name: "calls and their results go back",
    async run(desk) {
      await desk.ask({ messages: HISTORY });
      const { calls, results, texts } = desk.said();
      assert.deepEqual(calls, [
        { name: "read_file", args: { path: "a.md" } },
        { name: "list_files", args: {} },
      ]);
      assert.deepEqual(results.map(({ content }) => content), ["content of a", "failed: denied"]);
      assert.deepEqual(texts, ["go", "Looking."]);
    },
  },
  {
    name: "a result that failed is marked so",
    not: of(CHAT_AND_RESPONSES, "has no mark for it; the text of the result says it"),
    async run(desk) {
      await desk.ask({ messages: HISTORY });
      assert.deepEqual(desk.said().results.map(({ failed }) => failed), [false, true]);
    },
  },
  {
    name: "all results of one answer stand in one message",
    not: of(CHAT_AND_RESPONSES, "has a message for each"),
    async run(desk) {
      await desk.ask({ messages: HISTORY });
      assert.equal(desk.said().resultMessages, 1);
    },
  },
  {
    name: "images go in, with their type",
    async run(desk) {
      const jpeg: ImagePart = { mediaType: "image/jpeg", data: "/9j/4AAQ" };
      await desk.ask({ messages: [user("what is this?", [IMAGE, jpeg])] });
      assert.deepEqual(desk.said().images, [IMAGE, jpeg]);
      assert.deepEqual(desk.said().texts, ["what is this?"]);
    },
  },
  {
    name: "a service without images gets a note instead",
    async run(desk) {
      await using blind = await desk.other({ images: false });
      await blind.ask({ messages: [user("what is this?", [IMAGE])] });
      assert.deepEqual(blind.said().images, []);
      assert.match(blind.said().texts[0] ?? "", /An image was shown here, which you cannot see/);
    },
  },
  {
    name: "an effort is sent, none where none is wished",
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask();
      assert.equal(desk.said().effort, null);
      await desk.ask({ reasoningEffort: "high" });
      assert.equal(desk.said().effort, "high");
    },
  },
  {
    name: "a refused effort is left out, once and for all",
    async run(desk) {
      await using other = await desk.other({});
      const refuse = () => {
        const { status, body } = desk.speaker.refusal("effort", "");
        return Response.json(body, { status });
      };
      other.will((seen) =>
        /effort|thinking/i.test(seen.body) ? refuse() : streamed(desk.speaker, { text: ["ok"] })
      );
      assert.equal(textOf(await other.ask({ reasoningEffort: "low" })), "ok");
      const tries = other.requests.length;
      assert.equal(textOf(await other.ask({ reasoningEffort: "low" })), "ok");
      assert.equal(other.requests.length, tries + 1, "it remembers what is refused");
    },
  },
  {
    name: "sealed reasoning goes back where it stood",
    not: of(CHAT, "keeps none unless a service has a field for it"),
    run: goesBack,
  },
  {
    name: "reasoning goes back in the field that a service has for it",
    not: of(["anthropic", "openai_responses", "gemini", "bedrock"], "has it in its own form"),
    async run(desk) {
      await using kept = await desk.other({ reasoningBack: "reasoning_details" });
      await goesBack(kept);
    },
  },
  {
    name: "the prompt cache is asked for where the service wants it",
    not: of(UNASKED, "caches unasked"),
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ tools: TOOLS, cacheKey: "session-1" });
      const { cache } = desk.said();
      const isMarked = ["anthropic", "bedrock"].includes(desk.speaker.protocol);
      assert.equal(cache, isMarked ? "marks" : "session-1");
    },
  },
  {
    name: "no word about the cache where the service caches unasked",
    not: of(SERVICE_PROTOCOLS.filter((one) => !UNASKED.includes(one)), "is asked for it"),
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ tools: TOOLS, cacheKey: "session-1" });
      assert.ok(!desk.requests.at(-1)!.body.includes("session-1"));
    },
  },
  {
    name: "the fixed part is the same, byte by byte, from turn to turn",
    async run(desk) {
      desk.will({ text: ["ok"] });
      const common = { tools: TOOLS, cacheKey: "s", reasoningEffort: "low" } as const;
      await desk.ask({ ...common, messages: [user("go")] });
      const first = desk.requests.at(-1)!.body;
      const { fixed } = desk.said();
      await desk.ask({ ...common, tools: structuredClone(TOOLS), messages: HISTORY });
      assert.equal(desk.said().fixed, fixed);
      const second = desk.requests.at(-1)!.body;
      // What was said first stands in both at the same place; after it only new things follow.
      const at = [...first].findIndex((character, index) => character !== second[index]);
      assert.ok(at > fixed.length / 2, `they differ from character ${at} on`);
    },
  },
  {
    name: "the key is in its header and nowhere else",
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ messages: HISTORY });
      const seen = desk.requests.at(-1)!;
      assert.equal(desk.said().key, desk.key);
      const holders = [...seen.headers].filter(([, value]) => value.includes(desk.key));
      assert.equal(holders.length, 1);
      assert.ok(!seen.body.includes(desk.key) && !seen.path.includes(desk.key));
    },
  },
  {
    name: "models are listed",
    not: of(["azure", "bedrock"], "lists nothing that can be named"),
    async run(desk) {
      desk.will(() => Response.json(desk.speaker.list(["one", "two"])));
      const models = await desk.thread.client.models({ signal: new AbortController().signal });
      assert.deepEqual(models.map(({ id }) => id), ["one", "two"]);
    },
  },
  {
    name: "after freshConnection the next request comes over another connection",
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask();
      await desk.ask();
      await desk.thread.client.freshConnection();
      await desk.ask();
      const [first, second, third] = desk.requests.slice(-3).map(({ fromPort }) => fromPort);
      assert.equal(second, first, "control: connections are pooled");
      assert.notEqual(third, second);
    },
  },
];
