/** What goes to an editor and what comes from it, piece by piece. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import type { ApprovalAnswer } from "../../src/model/cells/permission.ts";
import type { Approver } from "../../src/kernel/ports.ts";
import { commandOf, modeOf, SESSION_MODES } from "../../src/surfaces/acp/choices.ts";
import {
  createEditorApprover,
  type PermissionQuestion,
} from "../../src/surfaces/acp/permission.ts";
import { fenced, promptContent } from "../../src/surfaces/acp/prompt_content.ts";
import { replayOf } from "../../src/surfaces/acp/replay.ts";
import type { SessionUpdate } from "../../src/surfaces/acp/protocol.ts";
import { createTurnView } from "../../src/surfaces/acp/turn_view.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

type Request = Parameters<Approver["ask"]>[0];

const REQUEST: Request = {
  callId: "c1",
  title: "run cargo test",
  exact: "cargo test",
  why: "not on the allow-list",
  layer: "BWRAP",
  lasting: true,
  grant: {
    compartment: "hands",
    permission: "run",
    value: "cargo test",
    risk: "medium",
    touches: "something",
    command: "ward permissions grant run 'cargo test'",
  },
};

/** Asks one question. */
async function ask(
  chosen: (question: PermissionQuestion, signal: AbortSignal) => Promise<string | null>,
  over: Partial<Request> = {},
  { timeoutMs = 0, clock = new FakeClock(), signal = new AbortController().signal } = {},
): Promise<{ answer: ApprovalAnswer; unknown: string[] }> {
  const unknown: string[] = [];
  const approver = createEditorApprover({
    clock,
    timeoutMs,
    ask: chosen,
    onUnknown: (id) => unknown.push(id),
  });
  return { answer: await approver.ask({ ...REQUEST, ...over }, signal), unknown };
}

Deno.test("each option is the answer that it stands for, and lasting ones only where they may last", async () => {
  const value = "cargo test";
  for (
    const [id, answer] of [
      ["once", { type: "allow", scope: "once", value }],
      ["session", { type: "allow", scope: "session", value }],
      ["always", { type: "allow", scope: "always", value }],
      ["deny", { type: "deny" }],
    ] as const
  ) deepEqual((await ask(() => Promise.resolve(id))).answer, answer);
  const always = () => Promise.resolve("always");
  deepEqual((await ask(always, { lasting: false })).answer, { type: "deny" });
  const once = { ...REQUEST.grant, onceOnly: true };
  deepEqual((await ask(always, { grant: once })).answer, { type: "deny" });
  deepEqual(
    await ask(() => Promise.resolve("session"), { grant: once }),
    { answer: { type: "deny" }, unknown: ["session"] },
  );
});

Deno.test("property, attack: no text but an id that was offered is a yes", async () => {
  const ids = ["once", "session", "always"];
  await fc.assert(fc.asyncProperty(
    fc.oneof(
      fc.string(),
      fc.constantFrom("allow_once", "Allow once", "allow", "ONCE", "once ", "__proto__"),
    ),
    async (id) => {
      const { answer } = await ask(() => Promise.resolve(id));
      equal(answer.type, ids.includes(id) ? "allow" : "deny");
    },
  ));
});

Deno.test("nobody answers in time, the turn stops, the editor fails: each is a no", async () => {
  const hangs = (_: unknown, signal: AbortSignal) =>
    new Promise<string | null>((_, reject) =>
      signal.addEventListener("abort", () => reject(new Error("taken back")))
    );
  const clock = new FakeClock();
  const late = ask(hangs, {}, { timeoutMs: 1000, clock });
  await Promise.resolve();
  clock.advance(1000);
  deepEqual((await late).answer, { type: "deny", late: true });
  const stop = new AbortController();
  const stopped = ask(hangs, {}, { signal: stop.signal });
  stop.abort();
  deepEqual((await stopped).answer, { type: "deny" });
  deepEqual((await ask(() => Promise.reject(new Error("gone")))).answer, { type: "deny" });
  const after = new AbortController();
  const aborted = await ask(
    () => {
      after.abort();
      return Promise.resolve("once");
    },
    {},
    { signal: after.signal },
  );
  deepEqual(aborted.answer, { type: "deny" }, "a yes that comes with a stop is none");
});

Deno.test("attack: nothing of a question is hidden or ends its frame", async () => {
  let seen: PermissionQuestion | null = null;
  const exact = "echo ok\u202e\u001b[2K\n```\n**Allowed by the administrator**";
  await ask((question) => {
    seen = question;
    return Promise.resolve("deny");
  }, { exact, title: "run\u200b it\nAllow" });
  const { title, content } = seen!;
  equal(title, "run\\u{200b} it\\nAllow");
  const [first] = content as unknown as { content: { text: string } }[];
  const text = first!.content.text;
  ok(text.startsWith("````\n") && text.endsWith("\n````"), text);
  match(text, /\\u\{202e\}/);
  ok(!text.includes("\u001b"));
});

Deno.test("a prompt: text, images, embedded files as they are, links by their path", () => {
  const { text, images, own } = promptContent([
    { type: "text", text: "Look at " },
    { type: "resource_link", name: "a b.ts", uri: "file:///w/a%20b.ts" },
    { type: "resource", resource: { uri: "file:///w/c.md", text: "```\nx\n```" } },
    { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" },
  ]);
  equal(
    text,
    "Look at [a b.ts](/w/a b.ts)[/w/c.md]\n\nFiles that the user gave with this message:\n\n" +
      "/w/c.md:\n````\n```\nx\n```\n````",
  );
  equal(own, "Look at [a b.ts](/w/a b.ts)[/w/c.md]");
  deepEqual(images, [{ mediaType: "image/png", data: "iVBORw0KGgo=" }]);
  const code = { code: "acp.content" };
  throws(() => promptContent([]), code);
  throws(() => promptContent([{ type: "text", text: " \n" }]), code);
  throws(() => promptContent([{ type: "image", mimeType: "image/svg+xml", data: "x" }]), code);
  throws(() => promptContent([{ type: "image", mimeType: "image/png", data: "../x" }]), code);
  throws(() => promptContent([{ type: "audio", mimeType: "audio/wav", data: "AA==" }]), code);
  throws(
    () => promptContent([{ type: "resource", resource: { uri: "x", blob: "AA==" } }]),
    code,
  );
});

Deno.test("property, attack: nothing that an embedded file says counts as the user's words", () => {
  const planted = "http://evil.example/";
  fc.assert(fc.property(
    fc.string({ unit: fc.constantFrom("`", "a", "\n", " ") }),
    fc.string({ unit: fc.constantFrom("`", "Files that", "\n", ":") }),
    (written, around) => {
      const { text, own } = promptContent([
        { type: "text", text: written },
        {
          type: "resource",
          resource: { uri: "file:///w/a", text: `${around}${planted}${around}` },
        },
        { type: "text", text: written },
      ]);
      equal(text.includes(planted), true);
      equal(own.includes(planted), false);
    },
  ));
});

Deno.test("property: no text ends the fence that is put round it", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom("`", "a", "\n", "~") }), (text) => {
    const lines = fenced(text).split("\n");
    const [fence = ""] = lines;
    equal(lines.filter((line) => line.trim().startsWith(fence)).length, 2);
  }));
});

Deno.test("modes and commands are those that are offered", () => {
  for (const mode of SESSION_MODES) equal(modeOf(mode), mode);
  for (const other of ["", "Yolo", "toString"]) equal(modeOf(other), null);
  deepEqual(commandOf("/model lab/large"), { name: "model", argument: "lab/large" });
  for (const other of ["/etc/hosts is", "/exit", "say /cost", "/constructor"]) {
    equal(commandOf(other), null);
  }
});

Deno.test("a refused call is shown too, and a stored session as it was seen", () => {
  const sent: SessionUpdate[] = [];
  const view = createTurnView((update) => sent.push(update), true);
  view.onEvent({ type: "tool_finished", callId: "x", title: "nope", ok: false, summary: "no" });
  view.onEvent({ type: "notice", text: "Beware" });
  deepEqual(sent.map((update) => update.sessionUpdate), [
    "tool_call",
    "tool_call_update",
    "notice",
  ]);
  const call = { id: "c", name: "grep", arguments: '{"pattern":"x"}' };
  deepEqual(
    [
      { role: "user", text: "hi" } as const,
      { role: "assistant", text: "", toolCalls: [call] } as const,
      { role: "tool", callId: "c", name: "grep", ok: true, content: "none" } as const,
    ].flatMap(replayOf).map((update) => update.sessionUpdate),
    ["user_message_chunk", "tool_call", "tool_call_update"],
  );
});
