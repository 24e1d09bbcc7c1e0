import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { callModel } from "../../src/kernel/agent/call_model.ts";
import { closestNames } from "../../src/kernel/agent/prepare_call.ts";
import { interruptedNote } from "../../src/kernel/agent/resume.ts";
import { canonicalArguments, StallDetector } from "../../src/kernel/agent/stall_detector.ts";
import { buildGuestPrompt, buildSystemPrompt } from "../../src/kernel/agent/system_prompt.ts";
import type { ModelEvent } from "../../src/model/conversation/model_stream.ts";

const LIMITS = { sameCalls: 3, alternations: 3, failedRounds: 6, refusedRounds: 12 };

Deno.test("canonicalArguments: the order of keys and white space do not matter, values do", () => {
  equal(
    canonicalArguments('{"b":1, "a":{"d":[1,2],"c":2}}'),
    canonicalArguments(
      '{"a":{"c":2,"d":[1,2]},"b":1}',
    ),
  );
  ok(canonicalArguments('{"a":[1,2]}') !== canonicalArguments('{"a":[2,1]}'));
  equal(canonicalArguments("{oops"), "{oops");
});

Deno.test("StallDetector: a group of calls repeated whole is a stall, a growing one is not", () => {
  const call = (name: string) => ({ name, arguments: "{}", ok: true, content: name });
  const group = [call("a"), call("b"), call("c")];
  const stalls = new StallDetector(LIMITS);
  equal(stalls.add(group), null);
  equal(stalls.add(group), null);
  ok(stalls.add(group)?.includes("same calls"));

  const moving = new StallDetector(LIMITS);
  for (let n = 0; n < 20; n++) equal(moving.add([...group, call(`d${n}`)]), null);
});

Deno.test("StallDetector: one success among failures starts the count anew", () => {
  const stalls = new StallDetector(LIMITS);
  for (let n = 0; n < 30; n++) {
    equal(stalls.add([{ name: "t", arguments: `${n}`, ok: n % 6 === 5, content: "" }]), null);
  }
});

Deno.test("closestNames: nearest first", () => {
  deepEqual(closestNames("reed", ["glob", "write", "read", "grep"])[0], "read");
  deepEqual(closestNames("x".repeat(100_000), []), []);
});

Deno.test("the system prompt is short and says what is in force", () => {
  for (const layer of ["BWRAP", "REDUCED"]) {
    const workspace = "/users/somebody/projects/a-rather-long-name/packages/core";
    const text = buildSystemPrompt({ workspace, date: "2026-11-21", layer, commands: false });
    ok(countTokens(text) <= 250, `${countTokens(text)} tokens`);
    for (const fact of [workspace, "2026-11-21", layer, "Commands are off"]) {
      ok(text.includes(fact));
    }
  }
});

Deno.test("interruptedNote() says by the tool's flags whether a call may be repeated", () => {
  const flags = {
    readOnly: false,
    externalSideEffect: false,
    needsApproval: false,
    idempotent: false,
    highImpactWrite: false,
  };
  match(interruptedNote("pending", flags), /Not run/);
  match(interruptedNote("running", { ...flags, readOnly: true }), /call it again/);
  match(interruptedNote("running", { ...flags, idempotent: true }), /no more than once/);
  match(interruptedNote("running", flags), /not known/);
  match(interruptedNote("running", undefined), /not known/);
});

Deno.test("what a failed try counted and thought is not taken for the answer of the next one", async () => {
  const by = (hold: string) =>
    ({ type: "answering", by: { provider: "p", model: "m", hold } }) as const;
  const counted = { inputTokens: 1, outputTokens: 2, cachedTokens: 0 };
  const model = {
    async *stream(): AsyncGenerator<ModelEvent> {
      yield by("first");
      yield { type: "reasoning", reasoning: { by: "p", parts: [] } };
      yield { type: "usage", usage: counted };
      yield { type: "settled", held: { tokens: 97, usd: null } };
      yield by("second");
      yield { type: "text", text: "hello" };
      yield { type: "end", stopReason: "end" };
    },
  };
  const request = { model: "m", system: "", messages: [], tools: [], maxOutputTokens: 100 };
  const signal = new AbortController().signal;
  const answer = await callModel(model, request, { signal, onText: () => {} });
  const { by: who, text, usage, held, reasoning } = answer;
  deepEqual([who?.hold, text, usage, held, reasoning], ["second", "hello", null, null, undefined]);
});

Deno.test("StallDetector: each rule has its number from the settings and names the setting", () => {
  const limits = { sameCalls: 5, alternations: 4, failedRounds: 9, refusedRounds: 11 };
  const call = (name: string, n: number, isFine = true, refused = false) => ({
    name,
    arguments: `{"n":${n}}`,
    ok: isFine,
    refused,
    content: isFine ? name : `${n}`,
  });
  const roundsUntil = (next: (n: number) => ReturnType<typeof call>) => {
    const stalls = new StallDetector(limits);
    for (let round = 1; round < 20; round++) {
      const why = stalls.add([next(round)]);
      if (why) return `${round} ${/limits\.\w+/.exec(why)?.[0]}`;
    }
    return "none";
  };
  equal(roundsUntil(() => call("a", 0)), "5 limits.stall_same_calls");
  equal(roundsUntil((n) => call(n % 2 ? "a" : "b", 0)), "8 limits.stall_alternations");
  equal(roundsUntil((n) => call("a", n, false)), "9 limits.stall_failed_rounds");
  equal(roundsUntil((n) => call("a", n, false, true)), "11 limits.stall_refused_rounds");
});

Deno.test("whoever is not the owner is told that there are no tools, and of no path and no layer", () => {
  const text = buildGuestPrompt({ date: "2026-11-21", hasTools: false });
  match(text, /2026-11-21[^]*no tools here/);
  doesNotMatch(text, /Workspace|In force|\/|BWRAP|REDUCED/);
  doesNotMatch(buildGuestPrompt({ date: "2026-11-21", hasTools: true }), /no tools here/);
});
