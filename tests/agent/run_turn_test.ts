import { deepEqual, equal, match, ok } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { runTurn } from "../../src/kernel/agent/run_turn.ts";
import { calls, says, ScriptedModel, usage } from "../fakes/scripted_model.ts";
import { fine, kit, tool } from "./turn_kit.ts";

Deno.test("a turn stores each step before the next begins", async () => {
  const seen: string[][] = [];
  const k = await kit([
    calls(["a", "read", { path: "x" }], ["b", "write", { path: "y" }]),
    says("ok"),
  ], {
    tools: [
      tool("read", "read", () => {
        seen.push([...k.store.log]);
        return fine("X");
      }),
      tool("write", "write", () => {
        seen.push([...k.store.log]);
        return fine("Y", ["write y"]);
      }),
    ],
  });
  const result = await k.run();
  equal(result.outcome, "complete");
  equal(result.text, "ok");
  deepEqual(result.usage, { inputTokens: 20, outputTokens: 10, cachedTokens: 0 });
  equal(result.toolCalls, 2);
  deepEqual(k.store.log, [
    "user",
    // One transaction: the rows of `a`, the answer, and that `a` begins (`!`).
    "audit tool_call",
    "audit decision",
    "assistant a! b",
    "result a",
    "audit tool_call",
    "audit decision",
    "running b",
    "audit effect",
    "result b",
    "audit turn",
    "assistant, end complete",
  ]);
  equal(seen[0]?.at(-1), "assistant a! b");
  equal(seen[1]?.at(-1), "running b");
  deepEqual(k.events.map((e) => e.type), [
    "model_call",
    "usage",
    "tool_planned",
    "tool_started",
    "tool_finished",
    "tool_planned",
    "tool_started",
    "tool_finished",
    "model_call",
    "text",
    "usage",
    "ended",
  ]);
});

Deno.test("read-only calls overlap and their results are stored in the order of the calls", async () => {
  const { promise: bothRun, resolve } = Promise.withResolvers<void>();
  let running = 0;
  const k = await kit([
    calls(["a", "read", { path: "1" }], ["b", "read", { path: "2" }], ["c", "read", { path: "3" }]),
    says("ok"),
  ], {
    tools: [tool("read", "read", async ({ path }) => {
      if (++running === 3) resolve();
      // Ends only when all three have started: one after the other would hang here.
      await bothRun;
      return fine(path);
    })],
  });
  await k.run();
  deepEqual(await k.results(), ["a: 1", "b: 2", "c: 3"]);
});

Deno.test("a call that writes waits for the calls before it and holds up those behind it", async () => {
  const order: string[] = [];
  const step = (name: string) => async () => {
    order.push(`${name} begins`);
    await Promise.resolve();
    await Promise.resolve();
    order.push(`${name} ends`);
    return fine(name);
  };
  const k = await kit([
    calls(["a", "r1", { path: "1" }], ["b", "w", { path: "2" }], ["c", "r2", { path: "3" }]),
    says("ok"),
  ], {
    tools: [
      tool("r1", "read", step("r1")),
      tool("w", "write", step("w")),
      tool("r2", "read", step("r2")),
    ],
  });
  await k.run();
  deepEqual(order, ["r1 begins", "r1 ends", "w begins", "w ends", "r2 begins", "r2 ends"]);
});

Deno.test("arguments that do not fit go back as an error that names the fields; nothing runs", async () => {
  let ran = 0;
  const k = await kit([
    calls(["a", "read", { path: 7 }], ["b", "read", "{oops"], ["c", "raed", { path: "x" }], [
      "d",
      "read",
      "",
    ]),
    says("ok"),
  ], { tools: [tool("read", "read", () => (ran++, fine("no")))] });
  equal((await k.run()).outcome, "complete");
  equal(ran, 0);
  const [a, b, c, d] = await k.results();
  match(a ?? "", /- path: .*expected string.*Nothing was run/s);
  match(b ?? "", /not valid JSON/);
  match(c ?? "", /no tool "raed".*Closest names: read/);
  match(d ?? "", /- path: /);
  ok((await k.messages()).every((m) => m.role !== "tool" || !m.ok));
  equal(k.store.log.filter((what) => what.startsWith("running")).length, 0);
});

Deno.test("two calls with one id, also of an earlier turn, become two", async () => {
  const k = await kit([
    calls(["x", "read", { path: "1" }], ["x", "read", { path: "2" }]),
    says("ok"),
  ], {
    tools: [tool("read", "read", ({ path }) => fine(path))],
  });
  await k.run();
  deepEqual(await k.results(), ["x: 1", "x_2: 2"]);
  const again = {
    ...k.deps,
    model: new ScriptedModel([calls(["x", "read", { path: "3" }]), says("ok")]),
  };
  await runTurn(again, { sessionId: k.sessionId, text: "again", signal: k.stop.signal });
  deepEqual((await k.results()).at(-1), "x_3: 3");
});

Deno.test("a failing tool is told to the model and the turn goes on", async () => {
  const k = await kit([calls(["a", "read", { path: "x" }]), says("ok")], {
    tools: [tool("read", "read", () => {
      throw new AppError("cell.ended", "The cell ended", { hint: "Call again" });
    })],
  });
  equal((await k.run()).outcome, "complete");
  deepEqual(await k.results(), ["a: read x failed: The cell ended. Call again"]);
});

Deno.test("a long result is cut, kept whole and named; NUL never reaches the model", async () => {
  const long = "line\n".repeat(3000) + "\0end";
  const k = await kit([calls(["../../a", "read", { path: "x" }]), says("ok")], {
    tools: [tool("read", "read", () => fine(long))],
  });
  await k.run();
  const [result] = await k.results();
  match(result ?? "", /left out\. Whole text: \/out\/a\.txt \(go on with read, offset \d+\)/);
  ok(!result?.includes("\0"));
  equal(k.saved.get("a.txt"), long.replace("\0", ""));
});

Deno.test("the model gets its tools from their schemas, and the last usage of a call counts", async () => {
  const model = new ScriptedModel([[
    usage(5, 0),
    usage(10, 5),
    { type: "end", stopReason: "end" },
  ]]);
  const k = await kit(model, { tools: [tool("read", "read", () => fine("x"))] });
  const result = await k.run();
  deepEqual(result.usage, { inputTokens: 10, outputTokens: 5, cachedTokens: 0 });
  deepEqual(model.requests[0]?.tools, [{
    name: "read",
    description: "fake read",
    parameters: {
      type: "object",
      properties: { path: { type: "string" }, n: { type: "number" } },
      required: ["path"],
    },
  }]);
});
