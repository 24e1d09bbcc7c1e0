import { deepEqual, equal, match } from "node:assert/strict";
import { calls, says } from "../fakes/scripted_model.ts";
import { FakePolicy, fine, kit, tool } from "./turn_kit.ts";

Deno.test("caps: iterations and time end the turn and name the setting", async () => {
  const looks = (n: number) => calls([`c${n}`, "read", { path: String(n) }]);
  const script = Array.from({ length: 10 }, (_, n) => looks(n));
  const tools = [tool("read", "read", ({ path }) => fine(path))];

  const few = await kit(script, { tools, limits: { iterations: 3 } });
  const byCalls = await few.run();
  equal(byCalls.outcome, "capped");
  match(byCalls.reason ?? "", /cap of 3 model calls \(limits\.iterations\)/);
  equal(byCalls.iterations, 3);

  const slow = await kit(script, {
    tools: [tool("read", "read", () => {
      slow.clock.advance(61_000);
      return fine("late");
    })],
    limits: { turnMs: 60_000 },
  });
  const byTime = await slow.run();
  equal(byTime.outcome, "capped");
  match(byTime.reason ?? "", /limits\.turn_s/);
  deepEqual(await slow.results(), ["c0: late"]);
  equal(slow.clock.waiting, 0);
});

Deno.test("time that runs out in the middle of an answer ends the call, not only the turn", async () => {
  const k = await kit([async function* (_request, signal) {
    yield { type: "text", text: "half" };
    k.clock.advance(60_000);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    yield { type: "text", text: "never" };
  }], { limits: { turnMs: 60_000 } });
  const result = await k.run();
  equal(result.outcome, "capped");
  equal(result.text, "half");
});

Deno.test("waiting for a person does not count as time of the turn", async () => {
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", () => fine("done"))],
    policy: new FakePolicy(() => "ask"),
    approver: {
      available: true,
      ask: () => {
        k.clock.advance(3_600_000);
        return Promise.resolve({ type: "allow", scope: "once", value: "x" } as const);
      },
    },
    limits: { turnMs: 60_000 },
  });
  equal((await k.run()).outcome, "complete");
});

Deno.test("stalls: same call, alternating calls, nothing but failures", async () => {
  const tools = [
    tool("read", "read", ({ path }) => fine(path)),
    tool("other", "read", ({ path }) => fine(path)),
    tool("fails", "read", ({ path }) => ({ ok: false, content: path, summary: "", effects: [] })),
  ];
  const same = await kit([
    calls(["a", "read", '{"path":"x","n":1}']),
    calls(["b", "read", '{"n":1,"path":"x"}']),
    calls(["c", "read", '{ "path": "x", "n": 1 }']),
    says("never"),
  ], { tools });
  const bySame = await same.run();
  equal(bySame.outcome, "stalled");
  match(bySame.reason ?? "", /"read" was called 3 times in a row/);

  const a = calls(["i", "read", { path: "a" }]);
  const b = calls(["i", "other", { path: "b" }]);
  const turns = await kit([a, b, a, b, a, b, says("never")], { tools });
  match((await turns.run()).reason ?? "", /"read" and "other" alternated 3 times/);
  equal(turns.store.turns(turns.sessionId)[0]?.outcome, "stalled");

  const failing = await kit(
    Array.from({ length: 8 }, (_, n) => calls(["i", "fails", { path: String(n) }])),
    { tools },
  );
  const byFailing = await failing.run();
  match(byFailing.reason ?? "", /failed in 6 rounds/);
  equal(byFailing.iterations, 6);
});

Deno.test("the same call whose result changes is no stall", async () => {
  let n = 0;
  const k = await kit([...Array(8).fill(calls(["i", "read", { path: "x" }])), says("ok")], {
    tools: [tool("read", "read", () => fine(String(n++)))],
  });
  equal((await k.run()).outcome, "complete");
});
