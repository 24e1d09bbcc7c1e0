import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { runTurn } from "../../src/kernel/agent/run_turn.ts";
import type { ModelEvent } from "../../src/model/model_stream.ts";
import { calls, says, ScriptedModel, usage } from "../fakes/scripted_model.ts";
import { answering, dangling, FakePolicy, fine, kit, tool } from "./turn_kit.ts";

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
    "assistant a b",
    "audit tool_call",
    "audit decision",
    "running a",
    "result a",
    "audit tool_call",
    "audit decision",
    "running b",
    "audit effect",
    "result b",
    "assistant",
    "audit turn",
    "end complete",
  ]);
  equal(seen[0]?.at(-1), "running a");
  equal(seen[1]?.at(-1), "running b");
  deepEqual(k.events.map((e) => e.type), [
    "model_call",
    "usage",
    "tool_started",
    "tool_finished",
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

Deno.test("caps: iterations, tokens and time end the turn and name the setting", async () => {
  const looks = (n: number) => calls([`c${n}`, "read", { path: String(n) }]);
  const script = Array.from({ length: 10 }, (_, n) => looks(n));
  const tools = [tool("read", "read", ({ path }) => fine(path))];

  const few = await kit(script, { tools, limits: { iterations: 3 } });
  const byCalls = await few.run();
  equal(byCalls.outcome, "capped");
  match(byCalls.reason ?? "", /cap of 3 model calls \(limits\.iterations\)/);
  equal(byCalls.iterations, 3);

  const tokens = await kit(script, { tools, limits: { turnTokens: 15 } });
  const byTokens = await tokens.run();
  match(byTokens.reason ?? "", /limits\.turn_tokens/);
  match((await tokens.results())[0] ?? "", /Not run: the turn ended first/);

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

Deno.test("tokens that a service does not count are estimated, so the cap holds", async () => {
  const silent: ModelEvent[] = calls(["a", "read", { path: "x".repeat(4000) }])
    .filter((event) => event.type !== "usage");
  const k = await kit([silent], {
    tools: [tool("read", "read", () => fine("x"))],
    limits: { turnTokens: 1000 },
  });
  match((await k.run()).reason ?? "", /limits\.turn_tokens/);
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
        return Promise.resolve("once" as const);
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

Deno.test("approvals: the answer decides, asked one at a time, each use taken once", async () => {
  for (const answer of ["once", "session", "always"] as const) {
    const policy = new FakePolicy(() => "ask");
    const approver = answering(answer, answer);
    const k = await kit([
      calls(["a", "write", { path: "x" }], ["b", "write", { path: "y" }], ["c", "write", {
        path: "x",
      }]),
      says("ok"),
    ], { tools: [tool("write", "write", ({ path }) => fine(path))], policy, approver });
    await k.run();
    deepEqual(policy.minted, [{ value: "x", answer }, { value: "y", answer }]);
    deepEqual(approver.asked, ["write x", "write y"]);
    deepEqual(policy.used, ["x", "y", "x"]);
    deepEqual(await k.results(), ["a: x", "b: y", "c: x"]);
  }
});

Deno.test("approvals: a no runs nothing and the model is told to leave it", async () => {
  let ran = 0;
  const policy = new FakePolicy(() => "ask");
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", () => (ran++, fine("no")))],
    policy,
    approver: answering("deny"),
  });
  await k.run();
  equal(ran, 0);
  deepEqual(policy.minted, []);
  match((await k.results())[0] ?? "", /Refused: write x: the user said no/);
});

Deno.test("approvals: with nobody there the call is refused with the command that allows it", async () => {
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", () => fine("no"))],
    policy: new FakePolicy(() => "ask"),
  });
  equal((await k.run()).outcome, "complete");
  const command = "ward permissions grant write x --once";
  match((await k.results())[0] ?? "", new RegExp(command));
  ok(k.events.some((e) => e.type === "notice" && e.text.includes(command)));
  ok(!k.store.log.includes("running a"));
});

Deno.test("approvals: a line that is not understood is allowed once at most", async () => {
  const policy = new FakePolicy(() => "ask");
  const shell = tool("run", "write", () => fine("ran"));
  const k = await kit([calls(["a", "run", { path: "x" }]), says("ok")], {
    tools: [{
      ...shell,
      plan: (args) => ({
        ...shell.plan(args),
        accesses: [{ permission: "shell", line: "echo $(x)", why: "substitution" }],
      }),
    }],
    policy,
    approver: answering("always"),
  });
  await k.run();
  deepEqual(policy.minted, [{ value: "echo $(x)", answer: "once" }]);
});

Deno.test("policy: a denied access refuses the whole call and nobody is asked", async () => {
  const approver = answering("always");
  const write = tool("write", "write", () => fine("no"));
  const k = await kit([calls(["a", "write", { path: "ask" }]), says("ok")], {
    tools: [{
      ...write,
      plan: (args) => ({
        ...write.plan(args),
        accesses: [{ permission: "write", path: "ask" }, { permission: "write", path: "never" }],
      }),
    }],
    policy: new FakePolicy((access) => "path" in access && access.path === "ask" ? "ask" : "deny"),
    approver,
  });
  await k.run();
  deepEqual(approver.asked, []);
  match((await k.results())[0] ?? "", /Refused: write ask: never/);
});

Deno.test("policy: a grant that is gone by the time of use runs nothing", async () => {
  const policy = new FakePolicy(() => "ask");
  policy.spent = true;
  let ran = 0;
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", () => (ran++, fine("no")))],
    policy,
    approver: answering("once"),
  });
  await k.run();
  equal(ran, 0);
  match((await k.results())[0] ?? "", /used up or revoked/);
});

Deno.test("audit: call, decisions, answer and effect are rows, in order, with the call's id", async () => {
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", () => fine("done", ["write x"]))],
    policy: new FakePolicy(() => "ask"),
    approver: answering("session"),
  });
  await k.run();
  const rows = k.store.audit.map(({ kind, subject, detail }) => [
    kind,
    subject,
    detail["decision"] ?? detail["effect"] ?? null,
  ]);
  deepEqual(rows, [
    ["tool_call", "write", null],
    ["decision", "write", "ask"],
    ["decision", "write", "allow"],
    ["effect", "write", "write x"],
    ["turn", "complete", null],
  ]);
});

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
        return Promise.resolve("always" as const);
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
