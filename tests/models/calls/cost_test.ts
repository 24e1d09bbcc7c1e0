/** What calls cost: only from counted tokens and a listed price. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { billedAs, costOf, CostTable } from "../../../src/kernel/models/prices/cost.ts";
import { PRICES, PRICES_AS_OF } from "../../../src/kernel/models/prices/price_table.ts";
import type { UsageRow } from "../../../src/model/conversation/usage.ts";
import { formatCost } from "../../../src/surfaces/cli/format/format_cost.ts";
import { memoryOutput } from "../../cli/streams.ts";

function call(more: Partial<UsageRow>): UsageRow {
  return {
    id: 1,
    sessionId: "s",
    turnId: 1,
    purpose: "answer",
    provider: "anthropic",
    model: "claude-haiku-4-5",
    inputTokens: 1_000_000,
    outputTokens: 100_000,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    ms: 10,
    atMs: Date.UTC(2026, 10, 27, 0, 0, 0),
    ...more,
  };
}

Deno.test("a call costs its plain, cached, written and output tokens", () => {
  equal(costOf(call({})), 1.5);
  const cached = call({ cachedTokens: 600_000, cacheWriteTokens: 200_000 });
  equal(costOf(cached)?.toFixed(6), (0.2 + 0.06 + 0.25 + 0.5).toFixed(6));
  equal(costOf(call({ model: "claude-haiku-4-5-20251001" })), 1.5);
  equal(costOf(call({ provider: "openai", model: "gpt-5-2025-08-07" })), 2.25);
});

Deno.test("what is not listed, not counted or above a price's bound has no price", () => {
  for (
    const unknown of [
      call({ provider: "openai at 127.0.0.1:4000", model: "gpt-5" }),
      call({ provider: "openai", model: "gpt-5-turbo" }),
      call({ provider: "openai", model: "claude-haiku-4-5" }),
      call({ provider: "", model: "gpt-5" }),
      call({ inputTokens: null }),
      call({ model: "claude-sonnet-4-5", inputTokens: 200_001 }),
      call({ provider: "ollama", model: "gpt-oss:120b-cloud" }),
    ]
  ) equal(costOf(unknown), null, `${unknown.provider} ${unknown.model}`);
  equal(costOf(call({ model: "claude-sonnet-4-5", inputTokens: 200_000 }))?.toFixed(2), "2.10");
  const haiku = { model: "claude-haiku-5-5", outputTokens: 0 };
  equal(costOf(call({ ...haiku, inputTokens: 100_000 }))?.toFixed(4), "0.0100");
  equal(costOf(call({ ...haiku, inputTokens: 200_000 }))?.toFixed(4), "0.1000");
});

Deno.test("the built-in assistant and models of this machine cost nothing", () => {
  equal(costOf(call({ provider: "builtin", model: "", inputTokens: null })), 0);
  equal(costOf(call({ provider: "ollama", model: "llama3.2" })), 0);
});

Deno.test("a provider is billed under its own name at its own address only", () => {
  const choice = {
    name: "openai",
    protocol: "openai",
    model: "m",
    why: "",
    keySource: null,
  } as const;
  equal(billedAs({ ...choice, baseUrl: "https://api.openai.com/v1" }), "openai");
  equal(billedAs({ ...choice, baseUrl: "http://127.0.0.1:4000/v1" }), "openai at 127.0.0.1:4000");
  equal(billedAs({ ...choice, protocol: "builtin", name: "builtin", baseUrl: "" }), "builtin");
});

Deno.test("sums by day, session, turn and call are the sums of their calls", () => {
  const row = fc.record({
    sessionId: fc.constantFrom("a", "b"),
    turnId: fc.constantFrom(1, 2, null),
    model: fc.constantFrom("claude-haiku-4-5", "unheard-of"),
    inputTokens: fc.option(fc.nat(1_000_000)),
    outputTokens: fc.nat(100_000),
    atMs: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 0, 4) }),
  });
  fc.assert(fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
    const calls = rows.map((one, id) => call({ ...one, id }));
    for (const by of ["day", "session", "task", "call", "model"] as const) {
      const table = new CostTable(by);
      for (const one of calls) table.add(one);
      const { lines, total } = table.report();
      const sum = (name: "calls" | "inputTokens" | "outputTokens" | "usd" | "unpriced") =>
        lines.reduce((all, line) => all + (line[name] ?? 0), 0);
      deepEqual([sum("calls"), sum("unpriced")], [total.calls, total.unpriced]);
      deepEqual([sum("inputTokens"), sum("outputTokens")], [total.inputTokens, total.outputTokens]);
      ok(Math.abs(sum("usd") - (total.usd ?? 0)) < 1e-6);
      equal(total.calls, calls.length);
      for (const one of [...lines, total]) {
        equal(one.usd === null, one.calls > 0 && one.unpriced === one.calls);
      }
    }
  }));
});

Deno.test("a day ends at midnight UTC; unknown prices are named and not counted as nothing", () => {
  const table = new CostTable("day");
  table.add(call({ atMs: Date.UTC(2026, 10, 26, 23, 59, 59, 999) }));
  table.add(call({}));
  table.add(call({ provider: "lab", model: "x\u202e1" }));
  const text = formatCost(table.report(), memoryOutput());
  match(text, /^2026-11-26 {2}anthropic claude-haiku-4-5 .*\$1\.50$/m);
  match(text, /^2026-11-27 {2}lab x\\u\{202e\}1 .*price unknown$/m);
  match(text, /^total .*\$3\.00, unknown for 1 call$/m);
});

Deno.test("the price table is dated, names no model twice and asks no more for cached input", () => {
  match(PRICES_AS_OF, /^\d{4}-\d{2}-\d{2}$/);
  equal(new Set(PRICES.map(({ provider, model }) => `${provider} ${model}`)).size, PRICES.length);
  for (const price of PRICES) {
    ok(price.cached <= price.input && price.input <= price.output, price.model);
    ok(price.cacheWrite >= price.input, price.model);
    match(price.asOf, /^\d{4}-\d{2}-\d{2}$/);
    ok(price.source.length > 5, price.model);
  }
});
