/** What a call counts for that ended other than whole and counted. */
import assert from "node:assert/strict";
import { callUsd } from "../../src/kernel/budget/with_budget.ts";
import type { ModelEvent, ModelFailureCode } from "../../src/model/conversation/model_stream.ts";
import { call, capped, inStore, request, service, used } from "./budget_kit.ts";

const REFUSED = "model.over_budget";

Deno.test("a call that was refused by its service takes nothing", () =>
  inStore(async (store, id) => {
    const port = service(() => failing("model.rate_limited"));
    for (let n = 0; n < 30; n++) {
      const model = capped(port, store, id, { sessionTokens: 1_000 });
      assert.equal(await call(model, store, id), "model.rate_limited");
    }
  }));

function failing(code: ModelFailureCode): ModelEvent[] {
  return [{ type: "failed", failure: { code, message: "x" } }];
}

const SAYS: ModelEvent = { type: "text", text: "ok" };

Deno.test("attack: an answer that breaks off, is stopped or is not counted keeps what was held", () =>
  inStore(async (store) => {
    const broken: Record<string, readonly ModelEvent[]> = {
      "cut at once": failing("model.cut"),
      "cut after words": [SAYS, ...failing("model.cut")],
      "out of time after words": [SAYS, ...failing("model.timeout")],
      "down after words": [SAYS, ...failing("model.unavailable")],
      "cut after it was counted": [...used(5, 1).slice(0, 2), ...failing("model.cut")],
      "without an end": [SAYS],
      "uncounted": [SAYS, { type: "end", stopReason: "end" }],
    };
    for (const [what, events] of Object.entries(broken)) {
      for (const budget of [{ sessionTokens: 1_000 }, { sessionUsd: 0.01 }]) {
        const { id } = await store.createSession({ workspace: "/w", title: what });
        // 1,000 of some 160, and one cent of 0.1 for 100 tokens of output, with the input.
        const port = service(() => events);
        const ends: string[] = [];
        for (let n = 0; n < 30; n++) {
          ends.push(await call(capped(port, store, id, budget), store, id));
        }
        assert.equal(ends.at(-1), REFUSED, `${what}: ${ends}`);
        assert.ok(port.calls >= 3 && port.calls < 10, `${what}: ${port.calls} calls`);
      }
    }
  }));

Deno.test("attack: a user who stops each answer after its first word does not get more for it", () =>
  inStore(async (store, id) => {
    const port = {
      calls: 0,
      async *stream(): AsyncGenerator<ModelEvent> {
        port.calls++;
        yield SAYS;
        await new Promise(() => {});
      },
    };
    const ends: string[] = [];
    for (let n = 0; n < 12; n++) {
      const stop = new AbortController();
      const model = capped(port, store, id, { sessionTokens: 1_000 });
      ends.push(await call(model, store, id, request(), stop));
    }
    assert.equal(ends[0], "aborted");
    assert.equal(ends.at(-1), REFUSED, String(ends));
    assert.ok(port.calls < 10, `${port.calls} calls`);
  }));

Deno.test("what is counted of an answer that broke off is counted once", () =>
  inStore(async (store, id) => {
    const port = service(() => [...used(100, 50).slice(0, 2), ...failing("model.cut")]);
    const model = capped(port, store, id, { sessionTokens: 100_000 });
    assert.equal(await call(model, store, id), "model.cut");
    const full = capped(port, store, id, { sessionTokens: 1 });
    assert.equal(await call(full, store, id), REFUSED);
    const [fact] = full.reached;
    // The hold of the second call is as large as that of the first: it is the same request.
    assert.equal(fact?.spent, fact?.asked);
  }));

Deno.test("a counted call whose price is known only for less keeps the dollars that were held", () =>
  inStore(async (store, id) => {
    // Its price is known to 200,000 tokens of input.
    const model = "claude-sonnet-4-5";
    const parts = { provider: "anthropic" };
    assert.equal(callUsd("anthropic", model, { ...USED, inputTokens: 200_001 }), null);
    const port = service(() => used(200_001, 10));
    const budget = { sessionUsd: 0.004, unknownPrice: "refuse" } as const;
    const ends: string[] = [];
    for (let n = 0; n < 12; n++) {
      const ledger = capped(port, store, id, budget, parts);
      ends.push(await call(ledger, store, id, request({ model, maxOutputTokens: 50 })));
    }
    assert.equal(ends.at(-1), REFUSED, String(ends));
    assert.ok(port.calls < 6, `${port.calls} calls`);
  }));

const USED = { inputTokens: 1, outputTokens: 1, cachedTokens: 0 };
