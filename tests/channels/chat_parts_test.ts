import assert from "node:assert/strict";
import type { Asked } from "../../src/kernel/channels/answers.ts";
import { readButton } from "../../src/kernel/channels/answers.ts";
import { draftPart } from "../../src/kernel/channels/format/format_answer.ts";
import { CHANNEL_KINDS } from "../../src/model/channels/channel.ts";
import type { OutboundPart } from "../../src/model/channels/message.ts";
import { approvalPart, settledPart, voidPart } from "../../src/surfaces/channels/approval_part.ts";
import { costOf } from "../../src/kernel/models/prices/cost.ts";
import { createResultCard } from "../../src/surfaces/channels/result_card.ts";
import { createProgressLine } from "../../src/surfaces/channels/progress_line.ts";
import { assertAccepted } from "../fakes/chat_rules/accepted.ts";
import { telegramHtml } from "../fakes/chat_rules/telegram.ts";

const ASKED: Asked = {
  callId: "c1",
  title: "run `git push`",
  exact: "git push origin main",
  grant: {
    compartment: "hands",
    permission: "run",
    value: "git push",
    risk: "high",
    touches: "sends the work to another machine",
    command: "ward permissions grant run 'git push'",
    widths: [{
      value: "git push",
      covers: "every call of git push",
      risk: "high",
      command: "ward permissions grant run 'git push'",
    }],
  },
  why: "no rule allows git push",
  layer: "bubblewrap",
  lasting: true,
};

const answers = ({ buttons = [] }: OutboundPart) =>
  buttons.map((row) => row.map(({ data }) => readButton(data)?.answer));

Deno.test("approval in a chat: what, exactly, why, how bad, what it touches, what holds it", () => {
  const part = approvalPart("telegram", ASKED, "q1");
  assert.equal(
    telegramHtml(part.text).text,
    "Allow? run `git push`\n" +
      "git push origin main\n" +
      "What: run git push (hands): every call of git push\n" +
      "Why: no rule allows git push\n" +
      "Risk: high\n" +
      "Touches: sends the work to another machine\n" +
      "Held by: bubblewrap",
  );
  assert.deepEqual(part.buttons?.map((row) => row.map(({ data }) => data)), [
    ["a:q1:once", "a:q1:session", "a:q1:always"],
    ["a:q1:deny"],
  ]);
});

Deno.test("approval in a chat: buttons are the answers that the question has", () => {
  const offered = (asked: Partial<Asked>) =>
    answers(approvalPart("discord", { ...ASKED, ...asked }, "q1"));
  assert.deepEqual(offered({ lasting: false }), [["once", "session"], ["deny"]]);
  assert.deepEqual(offered({ grant: { ...ASKED.grant, onceOnly: true } }), [["once"], ["deny"]]);
});

Deno.test("attack: nothing in a call passes for another row of its approval, or for markup", () => {
  const forged =
    "ls\nRisk: low\r\nHeld by: nothing `x` *b* <b>c</b> </code> ```\n@everyone <!channel> <@1>";
  const asked = { ...ASKED, exact: forged, title: forged, why: forged, layer: forged };
  for (const kind of CHANNEL_KINDS) {
    const part = approvalPart(kind, { ...asked, title: "run" }, "q1");
    assertAccepted(kind, part);
    assertAccepted(kind, settledPart(kind, asked, "once"));
    const starts = part.plain.split("\n").filter((line) => /^(?:Risk|Held by): /.test(line));
    assert.deepEqual(starts.map((line) => line.split(":")[0]), ["Risk", "Held by"]);
    assert.ok(part.plain.includes("\\nRisk: low"), "the line end is seen");
  }
});

Deno.test("attack: hidden and look-alike letters of a call are seen in its approval", () => {
  const { plain } = approvalPart("slack", { ...ASKED, exact: "rm \u202egnp.exe pаypal" }, "q1");
  assert.ok(plain.includes("\\u{202e}gnp.exe"));
  assert.match(plain, /⚠ 1 hidden character/);
  assert.match(plain, /⚠ letters that look like others: "а" is U\+0430/);
});

Deno.test("attack: a call too long to be seen whole has no yes", () => {
  for (const kind of CHANNEL_KINDS) {
    const part = approvalPart(
      kind,
      { ...ASKED, exact: `echo ${"x".repeat(5_000)}; rm -r ~` },
      "q1",
    );
    assert.deepEqual(answers(part), [["deny"]]);
    assertAccepted(kind, part);
    assert.match(part.plain, /^Too long to be allowed here/);
  }
});

Deno.test("approval in a chat: its outcome stands in its place, without buttons", () => {
  assert.deepEqual(settledPart("discord", ASKED, "once"), {
    text: "**✅ Allowed once**\n`` run `git push` ``\n`git push origin main`",
    plain: "✅ Allowed once\nrun `git push`\ngit push origin main",
  });
  for (const kind of CHANNEL_KINDS) {
    const long = { ...ASKED, title: "t".repeat(9_000), exact: "e".repeat(9_000) };
    for (const how of ["session", "always", "deny", "late", "stopped"] as const) {
      const part = settledPart(kind, long, how);
      assertAccepted(kind, part);
      assert.equal(part.buttons, undefined);
    }
    const old = voidPart(kind, approvalPart(kind, ASKED, "q1"));
    assertAccepted(kind, old);
    assert.match(old.plain, /^⌛ No longer valid: ward was started again\n\nAllow\?/);
    assert.equal(old.buttons, undefined);
  }
});

Deno.test("progress in a chat: one line with the newest call, and how many are done", () => {
  const line = createProgressLine();
  const said = () => line.spans().map(({ text }) => text).join("");
  assert.equal(said(), "");
  line.onEvent({ type: "tool_started", callId: "1", title: "read a.ts" });
  assert.equal(said(), "⏳ read a.ts");
  line.onEvent({ type: "tool_started", callId: "2", title: "read \u202eb.ts" });
  line.onEvent({ type: "tool_finished", callId: "1", title: "", ok: true, summary: "" });
  assert.equal(said(), "⏳ read \\u{202e}b.ts (1 done)");
  line.onEvent({ type: "tool_finished", callId: "2", title: "", ok: false, summary: "" });
  assert.equal(said(), "⏳ 1 done, 1 failed");
  line.onEvent({ type: "retry", reason: "the provider is busy", waitMs: 4_000, fresh: false });
  assert.equal(said(), "⏳ waiting 4 s: the provider is busy");
  line.onEvent({ type: "text", text: "on" });
  assert.equal(said(), "⏳ 1 done, 1 failed");
});

Deno.test("progress in a chat: it stands below the answer so far, and fits with it", () => {
  const note = [{ text: "⏳ " }, { text: "read a.ts", code: true }];
  assert.equal(draftPart("telegram", "", note)?.text, "⏳ <code>read a.ts</code>");
  assert.equal(draftPart("slack", "So **far**", note)?.text, "So *far*\n\n⏳ `read a.ts`");
  for (const kind of CHANNEL_KINDS) {
    assertAccepted(
      kind,
      draftPart(kind, "word ".repeat(4_000), [{ text: "x".repeat(100), code: true }])!,
    );
  }
});

Deno.test("a result in a chat: steps, calls, tokens, price and time of a turn that did something", () => {
  let ms = 0;
  const card = createResultCard(() => ms);
  card.onEvent({ type: "model_call", iteration: 1 });
  assert.equal(card.line("complete"), "", "an answer alone needs none");
  card.onEvent({
    type: "answering",
    provider: "anthropic",
    model: "claude-haiku-4-5",
    isOther: false,
  });
  const usage = { inputTokens: 10_000, outputTokens: 2_000, cachedTokens: 0 };
  card.onEvent({ type: "usage", usage });
  card.onEvent({ type: "tool_finished", callId: "1", title: "", ok: true, summary: "" });
  card.onEvent({ type: "tool_finished", callId: "2", title: "", ok: false, summary: "" });
  ms = 125_000;
  const usd = costOf({
    provider: "anthropic",
    model: "claude-haiku-4-5",
    ...usage,
    cacheWriteTokens: null,
  })!;
  assert.ok(usd > 0);
  assert.equal(
    card.line("complete"),
    `*✅ 2 steps, 1 failed · 1 model call · 12,000 tokens · $${usd.toFixed(4)} · 2 min 5 s*`,
  );
  card.onEvent({ type: "model_call", iteration: 2 });
  assert.match(
    card.line("failed"),
    /^\*⛔ [^$]*$/,
    "of a call that was not counted nobody knows it",
  );
});
