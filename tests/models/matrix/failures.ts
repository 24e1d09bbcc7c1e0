/** How what goes wrong is told. */
import assert from "node:assert/strict";
import type { ModelEvent, ModelFailureCode } from "../../../src/model/conversation/model_stream.ts";
import type { Refusal } from "../../fakes/services/speaker.ts";
import { failureOf } from "../start_thread.ts";
import { type Behaviour, CALLS, callsOf, user } from "./behaviour.ts";
import { ECHO } from "./desk.ts";

/** The service's own words for an error become one class, and nothing of them comes out. */
function fails(refuse: Refusal, code: ModelFailureCode): Behaviour["run"] {
  return async (desk) => {
    desk.will({ refuse });
    const failure = failureOf(await desk.ask());
    assert.equal(failure.code, code);
    assert.ok(!JSON.stringify(failure).includes(ECHO), "the body is not copied");
    assert.ok(!JSON.stringify(failure).includes(desk.key));
  };
}

/** Broken streams, errors of services, and stopping. */
export const FAILURES: readonly Behaviour[] = [
  {
    name: "a cut stream is never an end, and yields no call",
    async run(desk) {
      desk.will({ text: ["half"], calls: CALLS, fault: "cut" });
      const events = await desk.ask();
      assert.equal(failureOf(events).code, "model.cut");
      assert.deepEqual(callsOf(events), []);
    },
  },
  {
    name: "a malformed chunk is malformed",
    async run(desk) {
      desk.will({ text: ["half"], fault: "malformed" });
      assert.equal(failureOf(await desk.ask()).code, "model.malformed");
    },
  },
  {
    name: "an error inside the stream keeps its class",
    async run(desk) {
      desk.will({ fault: "overloaded" });
      assert.equal(failureOf(await desk.ask()).code, "model.unavailable");
    },
  },
  {
    name: "a page instead of a stream is malformed",
    async run(desk) {
      desk.will(() =>
        new Response("<html>router</html>", { headers: { "content-type": "text/html" } })
      );
      assert.equal(failureOf(await desk.ask()).code, "model.malformed");
    },
  },
  { name: "error: the key", run: fails("key", "model.unauthorized") },
  {
    name: "error: rate limit, with the time to wait",
    async run(desk) {
      desk.will({ refuse: "rate" });
      const { code, retryAfterMs } = failureOf(await desk.ask());
      assert.deepEqual([code, retryAfterMs], ["model.rate_limited", 7_000]);
    },
  },
  {
    name: "error: a limit of tokens per minute is no overflow",
    run: fails("tokens_rate", "model.rate_limited"),
  },
  { name: "error: the prompt is too long", run: fails("overflow", "model.context_overflow") },
  { name: "error: no such model", run: fails("missing", "model.not_found") },
  { name: "error: overloaded", run: fails("busy", "model.unavailable") },
  { name: "error: the service is broken", run: fails("server", "model.unavailable") },
  { name: "error: no credit", run: fails("credit", "model.no_credit") },
  { name: "error: another refusal of the request", run: fails("other", "model.rejected") },
  {
    name: "a redirect is not followed with the key",
    async run(desk) {
      const before = desk.requests.length;
      desk.will(() =>
        new Response(null, { status: 307, headers: { location: `${desk.baseUrl}/elsewhere` } })
      );
      assert.equal(failureOf(await desk.ask()).code, "model.rejected");
      assert.equal(desk.requests.length, before + 1);
    },
  },
  {
    name: "stopping ends the request",
    async run(desk) {
      const cancelled = Promise.withResolvers<void>();
      desk.will(() => {
        const { type, chunks } = desk.speaker.answer({ text: ["first"], fault: "cut" });
        const whole = chunks.slice(0, desk.speaker.protocol === "bedrock" ? -1 : undefined);
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => whole.forEach((chunk) => controller.enqueue(chunk)),
          cancel: () => cancelled.resolve(),
        });
        return new Response(body, { headers: { "content-type": type } });
      });
      const stop = new AbortController();
      const events: ModelEvent[] = [];
      const request = { model: desk.speaker.model, system: "", tools: [], maxOutputTokens: 9 };
      const stream = desk.thread.client.stream(
        { ...request, messages: [user("go")] },
        { signal: stop.signal },
      );
      for await (const event of stream) {
        events.push(event);
        if (event.type === "text") stop.abort();
      }
      assert.equal(failureOf(events).code, "model.cancelled");
      await cancelled.promise;
    },
  },
];
