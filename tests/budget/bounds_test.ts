/** What a request takes at most and an answer at least, and answers that pass their bound. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { countTokens as cl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as o200k } from "gpt-tokenizer/encoding/o200k_base";
import { LeastTokens, mostTokens } from "../../src/kernel/budget/token_bounds.ts";
import type { ModelEvent } from "../../src/model/conversation/model_stream.ts";
import { call, capped, inStore, request, scrambled, service } from "./budget_kit.ts";

const SOURCE = Deno.readTextFileSync(
  new URL("../../src/kernel/budget/with_budget.ts", import.meta.url),
);
const BASE64 = scrambled("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const TEXTS: Record<string, string> = {
  base64: BASE64,
  hex: scrambled("0123456789abcdef"),
  digits: scrambled("0123456789"),
  symbols: scrambled("!@#$%^&*(){}[]<>?/|~`-_=+;:,."),
  letters: [...scrambled("abcdefghij")].join(" "),
  numbers: scrambled("0123456789,.").replaceAll(",", ",0."),
  prose: "The heating in my flat is cold, and nobody answers the telephone. ".repeat(20),
  German: "Die Überprüfung der Geschäftsführung wäre später möglich. ".repeat(20),
  Russian: "Сегодня мы идём в парк гулять, а потом домой. ".repeat(20),
  Chinese: "我们今天去公园散步然后回家做饭。".repeat(40),
  Hindi: "मैं आज बाज़ार जा रहा हूँ और फल खरीदूँगा। ".repeat(20),
  emoji: "😀🎉🚀🧪👩‍💻".repeat(40),
  table: "| --- | ---------------- |\n| name | some words here |\n".repeat(40),
  code: SOURCE,
  json: JSON.stringify({ lines: SOURCE.split("\n") }),
};

Deno.test("tokenizers of services lie between the least and the most, for words, code, keys and scripts", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    const counts = [o200k(text), cl100k(text)];
    const most = mostTokens(text);
    assert.ok(most >= Math.max(...counts), `${name}: ${counts}, at most ${most}`);
    const least = new LeastTokens();
    least.add(text);
    assert.ok(least.tokens <= Math.min(...counts), `${name}: ${counts}, at least ${least.tokens}`);
  }
});

Deno.test("text in any pieces comes to the same, and never to more than the most", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom(...Object.values(TEXTS)).map((all) => all.slice(0, 300)),
  );
  fc.assert(fc.property(text, fc.array(fc.nat(300)), (all, cuts) => {
    const whole = new LeastTokens();
    whole.add(all);
    const pieces = new LeastTokens();
    const at = [0, ...cuts.toSorted((a, b) => a - b), all.length];
    at.slice(1).forEach((end, n) => pieces.add(all.slice(at[n], end)));
    assert.ok(Math.abs(whole.tokens - pieces.tokens) < 1e-9);
    assert.ok(whole.tokens <= mostTokens(all) + 1e-9);
  }));
});

Deno.test("attack: a service that keeps no bound is stopped, and all that came is counted", () =>
  inStore(async (store, id) => {
    let sent = 0;
    let isEnded = false;
    const endless = {
      async *stream(): AsyncGenerator<ModelEvent> {
        try {
          for (;; sent++) yield { type: "text", text: "and on it goes " };
        } finally {
          isEnded = true;
        }
      },
    };
    const budget = { sessionTokens: 100_000 };
    const model = capped(endless, store, id, budget);
    const bound = request({ maxOutputTokens: 200 });
    assert.equal(await call(model, store, id, bound), "model.over_budget");
    assert.ok(isEnded && sent >= 50 && sent < 60, `${sent} times four words`);
    assert.deepEqual(model.reached, [], "no cap of the session was reached");
    // The next one is told what is spent: more than was held for the first.
    const next = capped(endless, store, id, { sessionTokens: 1 });
    assert.equal(await call(next, store, id, bound), "model.over_budget");
    const [fact] = next.reached;
    assert.ok(fact!.spent > fact!.asked, `${fact!.spent} of ${fact!.asked}`);
  }));

Deno.test("attack: calls of tools without end are no way around the bound of an answer", () =>
  inStore(async (store, id) => {
    const port = service(() => [
      { type: "tool_call", call: { id: "c", name: "write", arguments: BASE64 } },
      { type: "end", stopReason: "tool_calls" },
    ]);
    const model = capped(port, store, id, { sessionTokens: 100_000 });
    const bound = request({ maxOutputTokens: 100 });
    assert.equal(await call(model, store, id, bound), "model.over_budget");
    // A message of its own budget has room for it.
    const roomy = capped(port, store, id, { taskTokens: 100_000 });
    assert.equal(await call(roomy, store, id, bound), "end");
    const tight = capped(port, store, id, { taskTokens: 150 });
    assert.equal(
      await call(tight, store, id, request({ maxOutputTokens: 1 })),
      "model.over_budget",
    );
  }));

Deno.test("an answer as long as its bound is not stopped, in whatever language", () =>
  inStore(async (store, id) => {
    for (const [name, text] of Object.entries(TEXTS)) {
      const answer: ModelEvent[] = [
        ...text.match(/[^]{1,7}/gu)!.map((piece) => ({ type: "text", text: piece }) as const),
        { type: "end", stopReason: "end" },
      ];
      const model = capped(service(() => answer), store, id, { sessionTokens: 1_000_000_000 });
      const bound = request({ maxOutputTokens: Math.min(o200k(text), cl100k(text)) });
      assert.equal(await call(model, store, id, bound), "end", name);
    }
  }));
