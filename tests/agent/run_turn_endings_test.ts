import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { runTurn } from "../../src/kernel/agent/run_turn.ts";
import type { ModelEvent } from "../../src/model/conversation/model_stream.ts";
import { calls, says, ScriptedModel } from "../fakes/scripted_model.ts";
import { dangling, FakePolicy, fine, kit, tool } from "./turn_kit.ts";

Deno.test("a model that fails ends the turn with cause and remedy", async () => {
  const k = await kit([[{
    type: "failed",
    failure: { code: "model.unauthorized", message: "The key was refused", hint: "Check it" },
  }]]);
  const result = await k.run();
  equal(result.outcome, "failed");
  equal(result.reason, "The key was refused. Check it");
  deepEqual((await k.messages()).map((m) => m.role), ["user"]);
});

Deno.test("a stream cut in the middle is kept as incomplete and its calls are not run", async () => {
  let ran = 0;
  for (
    const cut of [
      [{ type: "failed", failure: { code: "model.cut", message: "Cut" } }],
      [],
    ] as ModelEvent[][]
  ) {
    const k = await kit([[
      { type: "text", text: "Half an ans" },
      { type: "tool_call", call: { id: "a", name: "read", arguments: '{"path":"x"}' } },
      ...cut,
    ]], { tools: [tool("read", "read", () => (ran++, fine("x")))] });
    const result = await k.run();
    equal(result.outcome, "failed");
    equal(ran, 0);
    const last = (await k.messages()).at(-1);
    ok(last?.role === "assistant");
    equal(last.text, "Half an ans\n\n[incomplete: the turn ended here as failed]");
    deepEqual(last.toolCalls, []);
    ok(k.events.some((e) => e.type === "notice" && /incomplete/.test(e.text)));
  }
});

Deno.test("an adapter that throws is a failure that does not leak its message", async () => {
  // deno-lint-ignore require-yield
  const k = await kit([async function* () {
    throw new Error("sk-secret in the message");
  }]);
  const result = await k.run();
  equal(result.outcome, "failed");
  ok(!JSON.stringify([result, k.events]).includes("sk-secret"));
});

Deno.test("an answer at the output limit is capped, with calls they still run", async () => {
  const full = await kit([[
    { type: "text", text: "long" },
    { type: "end", stopReason: "max_tokens" },
  ]]);
  const result = await full.run();
  equal(result.outcome, "capped");
  match(result.reason ?? "", /model\.max_output_tokens/);

  const withCall = calls(["a", "read", { path: "x" }]);
  const k = await kit([
    [...withCall.slice(0, 2), { type: "end", stopReason: "max_tokens" }],
    says("ok"),
  ], {
    tools: [tool("read", "read", () => fine("x"))],
  });
  equal((await k.run()).outcome, "complete");
});

Deno.test("a refusal of the service is a failure, not an answer", async () => {
  const k = await kit([[{ type: "text", text: "I" }, { type: "end", stopReason: "refusal" }]]);
  equal((await k.run()).outcome, "failed");
});

Deno.test("stop: what is done is kept, what runs is cancelled, the rest is closed", async () => {
  const k = await kit([
    calls(["a", "write", { path: "1" }], ["b", "write", { path: "2" }], ["c", "write", {
      path: "3",
    }]),
    says("never"),
  ], {
    tools: [tool("write", "write", ({ path }, { signal }) => {
      if (path === "1") return fine("kept", ["write 1"]);
      k.stop.abort();
      return Promise.reject(signal.reason);
    })],
  });
  const result = await k.run();
  equal(result.outcome, "stopped");
  const [a, b, c] = await k.results();
  equal(a, "a: kept");
  match(b ?? "", /Stopped while running/);
  match(c ?? "", /Not run: the turn ended first/);
  deepEqual(dangling(await k.messages()), []);
});

Deno.test("stop: a tool and a model that ignore it do not hold the turn", async () => {
  const deaf = await kit([calls(["a", "write", { path: "1" }])], {
    tools: [tool("write", "write", () => {
      k1();
      return new Promise(() => {});
    })],
  });
  const k1 = () => {
    deaf.stop.abort();
    // The grace is asked for after the abort was seen.
    queueMicrotask(() => deaf.clock.advance(10_000));
    setTimeout(() => deaf.clock.advance(10_000));
  };
  equal((await deaf.run()).outcome, "stopped");
  match((await deaf.results())[0] ?? "", /whether it took effect is not known/);

  const stuck = await kit([async function* () {
    yield { type: "text", text: "ha" };
    stuck.stop.abort();
    await new Promise(() => {});
  }]);
  const result = await stuck.run();
  equal(result.outcome, "stopped");
  equal(result.text, "ha");
});

Deno.test("stop: with a question open nothing is run and nothing granted", async () => {
  const policy = new FakePolicy(() => "ask");
  const k = await kit([calls(["a", "write", { path: "x" }])], {
    tools: [tool("write", "write", () => fine("no"))],
    policy,
    approver: {
      available: true,
      ask: () => {
        k.stop.abort();
        return Promise.resolve({ type: "allow", scope: "always", value: "x" } as const);
      },
    },
  });
  equal((await k.run()).outcome, "stopped");
  deepEqual(policy.minted, []);
  match((await k.results())[0] ?? "", /Not run: stopped by the user/);
});

Deno.test("a store that fails ends the turn at once and no execution outlives it", async () => {
  let ended = false;
  const k = await kit([calls(["a", "read", { path: "1" }], ["b", "read", { path: "2" }])], {
    tools: [
      tool(
        "read",
        "read",
        ({ path }, { signal }) =>
          path === "1"
            ? fine("1")
            : new Promise((_, reject) =>
              signal.addEventListener("abort", () =>
                // Winding down takes a while, and is waited for.
                setTimeout(() => {
                  ended = true;
                  reject(signal.reason);
                }))
            ),
      ),
    ],
  });
  k.store.beforeWrite = (what) => {
    if (what === "result a") throw new Error("disk full");
  };
  await rejects(k.run(), /disk full/);
  ok(ended);
});

Deno.test("after a crash open calls are closed, none is run again, and the session goes on", async () => {
  let ran = 0;
  const k = await kit([
    calls(["a", "write", { path: "1" }], ["b", "write", { path: "2" }]),
    says("ok"),
  ], {
    tools: [tool("write", "write", () => (ran++, fine("done")))],
  });
  k.store.beforeWrite = (what) => {
    if (what === "result a") throw new Error("killed");
  };
  await rejects(k.run());
  k.store.beforeWrite = () => {};
  const model = new ScriptedModel([says("checked")]);
  const again = { ...k.deps, model };
  await runTurn(again, { sessionId: k.sessionId, text: "go on", signal: k.stop.signal });
  equal(ran, 1);
  const [a, b] = await k.results();
  match(a ?? "", /Interrupted while running; whether it took effect is not known/);
  match(b ?? "", /Not run: interrupted before it started/);
  deepEqual(dangling(model.requests[0]?.messages ?? []), []);
});

Deno.test("a session that does not exist is named", async () => {
  const k = await kit([says("ok")]);
  await rejects(
    runTurn(k.deps, { sessionId: "nope", text: "x", signal: k.stop.signal }),
    (error) => error instanceof AppError && error.code === "session.not_found",
  );
});
