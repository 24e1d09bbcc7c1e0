import assert from "node:assert/strict";
import type { CallLimits } from "../../../src/kernel/models/calls/one_try.ts";
import { withRetries } from "../../../src/kernel/models/calls/resilient.ts";
import type { ModelPort } from "../../../src/kernel/ports.ts";
import type { ModelEvent, ModelFailureCode } from "../../../src/model/conversation/model_stream.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { collect, failureOf, modelRequest, textOf } from "../start_thread.ts";

const TEXT: ModelEvent = { type: "text", text: "hi" };
const END: ModelEvent = { type: "end", stopReason: "end" };

function failed(code: ModelFailureCode, retryAfterMs?: number): ModelEvent {
  const extra = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { type: "failed", failure: { code, message: "It failed", ...extra } };
}

type Step = ModelEvent | "hang" | { activityAfterMs: number };

/** Plays the tries one after the other on a clock that moves by itself. */
function setUp(
  tries: readonly (readonly Step[])[],
  fraction = 1,
  limits: Partial<CallLimits> = {},
) {
  const clock = new FakeClock();
  const seen = { calls: 0, fresh: 0, aborted: 0, waits: [] as number[], told: [] as boolean[] };
  const port: ModelPort = {
    async *stream(_request, { signal, onActivity }) {
      const steps = tries[Math.min(seen.calls++, tries.length - 1)] ?? [];
      signal.addEventListener("abort", () => seen.aborted++, { once: true });
      for (const step of steps) {
        if (step === "hang") await new Promise(() => {});
        else if ("activityAfterMs" in (step as object)) {
          await clock.delay((step as { activityAfterMs: number }).activityAfterMs);
          onActivity?.();
        } else yield step as ModelEvent;
      }
    },
  };
  const resilient = withRetries(port, {
    clock,
    random: { id: () => "id", fraction: () => fraction },
    limits: {
      firstByteMs: 45_000,
      stallMs: 90_000,
      streamMs: 180_000,
      tries: 4,
      waitMs: 120_000,
      ...limits,
    },
    onRetry: ({ waitMs, fresh }) => {
      seen.waits.push(waitMs);
      seen.told.push(fresh);
    },
    freshConnection: () => Promise.resolve(void seen.fresh++),
  });
  const run = async (stop = new AbortController()) => {
    let over = false;
    const events = collect(resilient.stream(modelRequest(), { signal: stop.signal }))
      .finally(() => over = true);
    while (!over) {
      // Turns of the event loop let every promise settle before time goes on.
      await new Promise((resolve) => setTimeout(resolve, 0));
      clock.advance(1_000);
    }
    return await events;
  };
  return { run, seen, clock };
}

Deno.test("failures that can pass are tried again with growing waits, four tries in all", async () => {
  for (
    const [code, waits] of [
      ["model.rate_limited", [2_000, 4_000, 8_000]],
      ["model.unavailable", [1_000, 2_000, 4_000]],
      ["model.unreachable", [500, 1_000, 2_000]],
      ["model.cut", [500, 1_000, 2_000]],
    ] as const
  ) {
    const { run, seen } = setUp([[failed(code)]]);
    const failure = failureOf(await run());
    assert.equal(failure.code, code);
    assert.match(failure.message, /after 4 tries/);
    assert.deepEqual(seen.waits, waits);
    assert.equal(seen.calls, 4);
  }
});

Deno.test("the jitter is full: with the lowest draw there is no wait", async () => {
  const { run, seen } = setUp([[failed("model.unavailable")], [TEXT, END]], 0);
  assert.equal(textOf(await run()), "hi");
  assert.deepEqual(seen.waits, [0]);
});

Deno.test("failures that stay are not tried again", async () => {
  for (
    const code of [
      "model.unauthorized",
      "model.not_found",
      "model.rejected",
      "model.context_overflow",
      "model.no_credit",
      "model.malformed",
      "model.cancelled",
    ] as const
  ) {
    const { run, seen } = setUp([[failed(code)]]);
    assert.equal(failureOf(await run()).code, code);
    assert.equal(seen.calls, 1, code);
  }
});

Deno.test("Retry-After is never undercut, and one beyond what is left fails at once and says so", async () => {
  const short = setUp([[failed("model.rate_limited", 7_000)], [TEXT, END]], 0.5);
  assert.equal(textOf(await short.run()), "hi");
  assert.deepEqual(short.seen.waits, [8_000]);
  const long = setUp([[failed("model.rate_limited", 121_000)]]);
  assert.match(
    failureOf(await long.run()).message,
    /wait 121 s, longer than the 120 s that are left \(limits\.model_wait_s\)/,
  );
  assert.equal(long.seen.calls, 1);
});

Deno.test("all waits of one call together have an end", async () => {
  const { run, seen } = setUp([[failed("model.rate_limited", 50_000)]], 0, { tries: 9 });
  assert.equal(failureOf(await run()).code, "model.rate_limited");
  assert.deepEqual(seen.waits, [50_000, 50_000]);
});

Deno.test("after a time-out or a failed connection the next try is fresh and says so; else not", async () => {
  for (
    const [code, fresh] of [
      ["model.timeout", true],
      ["model.unreachable", true],
      ["model.cut", true],
      ["model.rate_limited", false],
      ["model.unavailable", false],
    ] as const
  ) {
    const { run, seen } = setUp([[failed(code)], [TEXT, END]]);
    assert.equal(textOf(await run()), "hi");
    assert.deepEqual([seen.told, seen.fresh], [[fresh], fresh ? 1 : 0], code);
  }
});

Deno.test("a partial answer is not repeated: it ends as cut", async () => {
  const call: ModelEvent = { type: "tool_call", call: { id: "c", name: "n", arguments: "{}" } };
  for (const output of [TEXT, call]) {
    for (const code of ["model.cut", "model.unavailable", "model.rate_limited"] as const) {
      const { run, seen } = setUp([[output, failed(code)]]);
      assert.equal(failureOf(await run()).code, "model.cut");
      assert.equal(seen.calls, 1);
    }
  }
});

Deno.test("no byte for 45 s is a time-out; the next try has a fresh connection", async () => {
  const { run, seen, clock } = setUp([["hang"], [TEXT, END]]);
  const startMs = clock.monotonic();
  assert.equal(textOf(await run()), "hi");
  assert.equal(seen.fresh, 1);
  assert.equal(seen.aborted >= 1, true, "the silent try is ended");
  assert.ok(clock.monotonic() - startMs >= 45_000);
  assert.ok(clock.monotonic() - startMs < 60_000);
});

Deno.test("that the kernel says who answers is no byte of the service", async () => {
  const by = { provider: "p", model: "m", hold: null };
  const { run, seen, clock } = setUp([[{ type: "answering", by }, "hang"], [TEXT, END]]);
  const from = clock.now();
  assert.equal(textOf(await run()), "hi");
  assert.ok(clock.now() - from < 60_000, "not the limit of a silence");
  assert.equal(seen.calls, 2);
});

Deno.test("bytes that are no event keep a stream alive, 90 s of silence end it", async () => {
  const slow = { activityAfterMs: 40_000 };
  const thinking = { activityAfterMs: 60_000 };
  const alive = setUp([[slow, thinking, thinking, TEXT, END]]);
  assert.equal(textOf(await alive.run()), "hi");
  assert.equal(alive.seen.calls, 1);
  const dead = setUp([[TEXT, "hang"]]);
  const failure = failureOf(await dead.run());
  assert.equal(failure.code, "model.cut");
  assert.match(failure.message, /No answer within 90 s \(limits\.model_stall_s\)/);
});

Deno.test("an answer that takes longer than 180 s as a whole ends, and is not asked for again", async () => {
  const thinking = { activityAfterMs: 40_000 };
  const endless = [thinking, thinking, thinking, thinking, thinking, thinking, TEXT, END];
  const { run, seen } = setUp([endless]);
  const failure = failureOf(await run());
  assert.equal(failure.code, "model.timeout");
  assert.match(failure.message, /No whole answer within 180 s \(limits\.model_stream_s\)/);
  assert.equal(seen.calls, 1);
  const unbound = setUp([endless], 1, { streamMs: 0 });
  assert.equal(textOf(await unbound.run()), "hi");
});

Deno.test("stopping during a wait ends the call as cancelled, without another try", async () => {
  const { run, seen } = setUp([[failed("model.unavailable", 50_000)]]);
  const stop = new AbortController();
  const events = run(stop);
  while (seen.waits.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  stop.abort();
  assert.equal(failureOf(await events).code, "model.cancelled");
  assert.equal(seen.calls, 1);
});
