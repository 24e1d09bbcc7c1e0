/** Caps of tokens and money: whatever is asked, none is passed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { countTokens as cl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as o200k } from "gpt-tokenizer/encoding/o200k_base";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import { callUsd } from "../../src/kernel/budget/with_budget.ts";
import type { ModelEvent } from "../../src/model/conversation/model_stream.ts";
import {
  call,
  capped,
  inStore,
  NO_CAPS,
  PRICED,
  request,
  scrambled,
  service,
  used,
} from "./budget_kit.ts";

const DAY_MS = 86_400_000;
/** Tokens and dollars of all stored calls of a day and of a session. */
async function spent(store: EncryptedStore, where: { sessionId?: string; fromMs?: number }) {
  const rows = await store.readUsage({ afterId: 0, limit: 10_000, ...where });
  return rows.reduce((sum, row) => ({
    tokens: sum.tokens + (row.inputTokens ?? 0) + (row.outputTokens ?? 0),
    usd: sum.usd + (callUsd(row.provider, row.model, {
      inputTokens: row.inputTokens ?? 0,
      outputTokens: row.outputTokens ?? 0,
      cachedTokens: row.cachedTokens ?? 0,
    }) ?? 0),
  }), { tokens: 0, usd: 0 });
}

const FAILURES = ["model.rate_limited", "model.cut", "model.timeout", "model.unavailable"] as const;

/** Mostly all of it: that is what could pass a cap. */
const share = fc.noBias(fc.integer({ min: 1, max: 12 })).map((part) => Math.min(1, part / 10));

const TOKENIZERS = [o200k, cl100k];

/** Texts of 1,500 characters with more tokens than one for every 3.5 of them, but for the words. */
const TEXTS = {
  base64: scrambled("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
  hex: scrambled("0123456789abcdef"),
  digits: scrambled("0123456789"),
  words: "The heating in my flat is cold, and nobody answers the telephone. ".repeat(23),
} as const;

/** A call: which session, how long its question is, how much of its bounds it uses, how it ends. */
const step = fc.record({
  session: fc.nat(1),
  isNewTask: fc.boolean(),
  text: fc.constantFrom("base64", "hex", "digits", "words"),
  chars: fc.noBias(fc.nat(1_500)),
  maxOutputTokens: fc.noBias(fc.integer({ min: 1, max: 400 })),
  input: share,
  output: share,
  ends: fc.constantFrom("ok", "ok", "ok", "uncounted", ...FAILURES),
  /** What comes of a failure before it. */
  before: fc.constantFrom("nothing", "text", "text", "counted"),
  laterMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 60_000, DAY_MS / 2),
});

/** Not biased to the ends: a cap that lets nothing through is passed by nothing. */
const cap = (max: number) =>
  fc.option(fc.noBias(fc.integer({ min: 200, max })), { nil: null, freq: 3 });
const money = cap(6_000).map((value) => value && value / 100_000);

/** What a service took, whether it said so or not. */
interface Taken {
  readonly session: number;
  readonly task: number;
  readonly atMs: number;
  readonly tokens: number;
  readonly usd: number;
}

Deno.test("no sequence of calls passes a cap by what services took, also where an answer breaks off or nobody counted, and what is refused is never sent", () =>
  inStore(async (store, _id, clock) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 20 }),
        fc.record({ taskTokens: cap(3_000), taskUsd: money, sessionTokens: cap(4_000) }),
        fc.record({ sessionUsd: money, dailyTokens: cap(3_000), dailyUsd: money }),
        async (steps, low, high) => {
          // A new day and new sessions: what was before does not count.
          clock.now = (Math.floor(clock.now / DAY_MS) + 2) * DAY_MS;
          const sessions = [
            (await store.createSession({ workspace: "/w", title: "a" })).id,
            (await store.createSession({ workspace: "/w", title: "b" })).id,
          ];
          const budget = { ...low, ...high, taskTokens: low.taskTokens ?? 1_000_000_000 };
          const taken: Taken[] = [];
          const task = [0, 0];
          let asked = step as unknown as (typeof steps)[number];
          const port = service(({ messages, maxOutputTokens }) => {
            const text = messages[0]?.role === "user" ? messages[0].text : "";
            // As tokenizers of services count, and what is around a message.
            const most = Math.max(...TOKENIZERS.map((count) => count(text))) + 4;
            const input = Math.floor(most * asked.input);
            const output = Math.floor(maxOutputTokens * asked.output);
            const whole = used(input, output);
            const failure = { code: asked.ends as typeof FAILURES[number], message: "broken" };
            const failed: ModelEvent = { type: "failed", failure };
            const events: readonly ModelEvent[] = asked.ends === "ok"
              ? whole
              : asked.ends === "uncounted"
              ? whole.filter(({ type }) => type !== "usage")
              : asked.before === "nothing"
              ? [failed]
              : [
                ...whole.filter(({ type }) =>
                  type === "text" || asked.before === (type === "usage" ? "counted" : type)
                ),
                failed,
              ];
            const isFree = events.length === 1 &&
              ["model.rate_limited", "model.unavailable"].includes(asked.ends);
            const usage = { inputTokens: input, outputTokens: output, cachedTokens: 0 };
            taken.push({
              session: asked.session,
              task: task[asked.session]!,
              atMs: clock.now,
              tokens: isFree ? 0 : input + output,
              usd: isFree ? 0 : callUsd(PRICED.provider, PRICED.model, usage)!,
            });
            return events;
          });
          const tasks = sessions.map((id) => capped(port, store, id, budget));
          for (const one of steps) {
            asked = one;
            clock.now += one.laterMs;
            const at = one.session;
            if (one.isNewTask) {
              tasks[at] = capped(port, store, sessions[at]!, budget);
              task[at]!++;
            }
            const before = port.calls;
            const ended = await call(
              tasks[at]!,
              store,
              sessions[at]!,
              request({
                messages: [{ role: "user", text: TEXTS[one.text].slice(0, one.chars) }],
                maxOutputTokens: one.maxOutputTokens,
              }),
            );
            assert.equal(port.calls, before + (ended === "model.over_budget" ? 0 : 1));
            const sum = (of: (one: Taken) => boolean) =>
              taken.filter(of).reduce(
                (all, { tokens, usd }) => ({ tokens: all.tokens + tokens, usd: all.usd + usd }),
                { tokens: 0, usd: 0 },
              );
            const ofSession = sum(({ session }) => session === at);
            const ofTask = sum(({ session, task: n }) => session === at && n === task[at]);
            const today = Math.floor(clock.now / DAY_MS) * DAY_MS;
            const ofDay = sum(({ atMs }) => atMs >= today);
            const caps = [
              [ofTask.tokens, budget.taskTokens],
              [ofTask.usd, budget.taskUsd],
              [ofSession.tokens, budget.sessionTokens],
              [ofSession.usd, budget.sessionUsd],
              [ofDay.tokens, budget.dailyTokens],
              [ofDay.usd, budget.dailyUsd],
            ] as const;
            for (const [amount, limit] of caps) {
              assert.ok(limit === null || amount <= limit + 1e-9, `${amount} passes ${limit}`);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  }));

Deno.test("a reached cap of a day holds for smaller calls too, until midnight UTC", () =>
  inStore(async (store, id, clock) => {
    const port = service(() => used(10, 10));
    const model = capped(port, store, id, { dailyTokens: 1_000 });
    assert.equal(await call(model, store, id, request({ maxOutputTokens: 5_000 })), REFUSED);
    assert.equal(await call(model, store, id, request({ maxOutputTokens: 1 })), REFUSED);
    assert.equal(port.calls, 0);
    assert.equal(model.reached[0]?.scope, "day");
    const which = { sessionId: id, caps: { ...NO_CAPS, dailyTokens: 1_000 } };
    assert.deepEqual((await store.listTrips(which)).map(({ key }) => key), ["2026-11-21"]);
    clock.now = Date.UTC(2026, 10, 22, 0, 0, 1);
    assert.equal(await call(model, store, id, request({ maxOutputTokens: 1 })), "end");
    assert.deepEqual(await store.listTrips(which), []);
  }));

const REFUSED = "model.over_budget";

Deno.test("what was used before there was a cap counts for it", () =>
  inStore(async (store, id) => {
    const port = service(() => used(500, 500));
    assert.equal(await call(capped(port, store, id, {}), store, id), "end");
    const model = capped(port, store, id, { dailyTokens: 1_050 });
    assert.equal(await call(model, store, id), REFUSED);
    assert.equal(model.reached[0]?.spent, 1_000);
  }));

Deno.test("it is warned once when a cap comes near", () =>
  inStore(async (store, id) => {
    const port = service(() => used(10, 90));
    const model = capped(port, store, id, { sessionTokens: 1_000, warnAt: 0.5 });
    for (let n = 0; n < 6; n++) assert.equal(await call(model, store, id), "end");
    assert.deepEqual(model.warnings.map(({ scope, unit }) => [scope, unit]), [[
      "session",
      "tokens",
    ]]);
    const other = capped(port, store, id, { sessionTokens: 1_000, warnAt: 0.5 });
    await call(other, store, id);
    assert.deepEqual(other.warnings, [], "another process does not warn again");
  }));

Deno.test("under a cap of money a call of unknown price is refused, or counts by tokens alone", () =>
  inStore(async (store, id) => {
    const port = service(() => used(10, 10));
    const budget = { dailyUsd: 1, dailyTokens: 1_000 };
    const unknown = request({ model: "nobody-knows" });
    const refusing = capped(port, store, id, budget);
    assert.equal(await call(refusing, store, id, unknown), REFUSED);
    assert.deepEqual([port.calls, refusing.reached], [0, []]);
    assert.equal(await call(refusing, store, id), "end", "no cap was reached by that");
    const counting = capped(port, store, id, { ...budget, unknownPrice: "count_tokens" });
    for (let n = 0; n < 30; n++) await call(counting, store, id, unknown);
    const { tokens } = await spent(store, {});
    assert.ok(tokens > 500 && tokens <= 1_000, `${tokens}`);
    assert.equal(callUsd(PRICED.provider, "nobody-knows", null), null);
  }));

Deno.test("a task has its own cap, which needs no store", () =>
  inStore(async (store, id) => {
    const port = service(() => used(10, 90));
    const model = capped(port, store, id, { taskTokens: 500 }, {
      ledger: {
        holdBudget: () => Promise.reject(new Error("asked")),
        dropHold: () => Promise.reject(new Error("asked")),
      },
    });
    const ends: string[] = [];
    for (let n = 0; n < 6; n++) ends.push(await call(model, store, id));
    assert.equal(ends.at(-1), REFUSED);
    assert.equal(ends[0], "end");
    const next = capped(port, store, id, { taskTokens: 500 });
    assert.equal(await call(next, store, id), "end");
  }));
