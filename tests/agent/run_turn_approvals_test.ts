import { deepEqual, equal, match, ok } from "node:assert/strict";
import { calls, says } from "../fakes/scripted_model.ts";
import { answering, FakePolicy, fine, kit, tool } from "./turn_kit.ts";

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

Deno.test("attack: a yes to one part of a refused call is not kept for later", async () => {
  const policy = new FakePolicy(() => "ask");
  const two = tool("run", "write", () => fine("ran"));
  const k = await kit([calls(["a", "run", { path: "x" }]), says("ok")], {
    tools: [{
      ...two,
      plan: (args) => ({
        ...two.plan(args),
        accesses: [{ permission: "write", path: "x" }, { permission: "write", path: "y" }],
      }),
    }],
    policy,
    approver: answering("once", "deny"),
  });
  await k.run();
  deepEqual([policy.used, policy.dropped], [[], ["x"]]);
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

Deno.test("approvals: no answer in time is a no, and the turn says so", async () => {
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", () => fine("no"))],
    policy: new FakePolicy(() => "ask"),
    approver: answering({ type: "deny", late: true }),
  });
  await k.run();
  match((await k.results())[0] ?? "", /nobody answered in time \(approvals.timeout_s\)/);
  ok(k.events.some((e) => e.type === "notice" && e.text.includes("nobody answered in time")));
  ok(k.store.audit.some(({ detail }) => detail["rule"] === "answer: none in time"));
});

Deno.test("attack: an answer that is wider than what was asked runs nothing", async () => {
  let ran = 0;
  const policy = new FakePolicy(() => "ask");
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", () => (ran++, fine("no")))],
    policy,
    approver: answering({ type: "allow", scope: "always", value: "/" }),
  });
  await k.run();
  deepEqual([ran, policy.minted], [0, []]);
});

Deno.test("approvals: yolo answers by itself, also where nobody is there, and the audit log says so", async () => {
  const policy = new FakePolicy(() => "ask");
  const k = await kit([calls(["a", "write", { path: "x" }]), says("ok")], {
    tools: [tool("write", "write", ({ path }) => fine(path))],
    policy,
    mode: () => "yolo",
  });
  await k.run();
  deepEqual(await k.results(), ["a: x"]);
  deepEqual(policy.minted, [{ value: "x", answer: "once" }]);
  ok(k.store.audit.some(({ detail }) => detail["rule"] === "answer: once by mode yolo"));
});

Deno.test("attack: a call whose second part still asks in yolo is refused whole, the first part's answer with it", async () => {
  const policy = new FakePolicy(() => "ask");
  const decide = policy.decide.bind(policy);
  policy.decide = async (access) => {
    const decision = await decide(access);
    if (decision.type !== "ask" || decision.grant.value !== "y") return decision;
    return { ...decision, grant: { ...decision.grant, risk: "critical" } };
  };
  const two = tool("run", "write", () => fine("ran"));
  const k = await kit([calls(["a", "run", { path: "x" }]), says("ok")], {
    tools: [{
      ...two,
      plan: (args) => ({
        ...two.plan(args),
        accesses: [{ permission: "write", path: "x" }, { permission: "write", path: "y" }],
      }),
    }],
    policy,
    mode: () => "yolo",
    approver: answering("deny"),
  });
  await k.run();
  match((await k.results())[0] ?? "", /Refused/);
  deepEqual([policy.used, policy.dropped], [[], ["x"]]);
});
