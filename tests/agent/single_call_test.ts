/** One call outside any turn: the same policy, questions and audit as a call of the model. */
import { deepEqual, equal, match } from "node:assert/strict";
import { runSingleCall, type SingleResult } from "../../src/kernel/agent/single_call.ts";
import type { Approver, Tool } from "../../src/kernel/ports.ts";
import { Outside } from "../../src/model/conversation/outside.ts";
import { answering, FakePolicy, fine, kit, NOBODY, tool } from "./turn_kit.ts";

/** Runs `write x` of a served tool. */
async function call(parts: {
  policy: FakePolicy;
  approver?: Approver;
  tool?: Tool;
  name?: string;
  args?: unknown;
}): Promise<{ result: SingleResult; subjects: string[] }> {
  const { policy, approver = NOBODY, name = "write", args = { path: "x" } } = parts;
  const k = await kit([], {
    tools: [
      parts.tool ?? tool("write", "write", ({ path }) => fine(`wrote ${path}`, [`write ${path}`])),
    ],
    policy,
    approver,
  });
  const result = await runSingleCall(
    {
      sessionId: "served",
      role: "owner",
      signal: k.stop.signal,
      budget: { paused: (wait) => wait() },
      messages: [],
      outside: { reads: 0 },
      deps: k.deps,
    },
    { id: "c1", name, arguments: JSON.stringify(args) },
    () => 7,
  );
  const rows = await k.store.listAudit({ limit: 50 });
  return { result, subjects: rows.map(({ kind, subject }) => `${kind} ${subject}`).sort() };
}

Deno.test("a single call that policy allows runs, and it and its effects are audited", async () => {
  const { result, subjects } = await call({ policy: new FakePolicy() });
  deepEqual([result.ok, result.content], [true, "wrote x"]);
  deepEqual(subjects, ["decision write", "effect write", "tool_call write"]);
});

Deno.test("a single call is asked about, and each answer holds as in a turn", async () => {
  const yes = new FakePolicy(() => "ask");
  const approver = answering("once");
  equal((await call({ policy: yes, approver })).result.content, "wrote x");
  deepEqual([approver.asked, yes.used], [["write x"], ["x"]]);
  const no = await call({ policy: new FakePolicy(() => "ask"), approver: answering("deny") });
  match(no.result.content, /Refused: write x: the user said no/);
  const nobody = await call({ policy: new FakePolicy(() => "ask") });
  match(nobody.result.content, /can allow it with:\nward permissions grant write x/);
  const never = await call({ policy: new FakePolicy(() => "deny"), approver: answering("always") });
  match(never.result.content, /Refused: write x: never/);
  deepEqual([no, nobody, never].map(({ result }) => result.ok), [false, false, false]);
});

Deno.test("attack: a grant that was used up meanwhile runs nothing, and a single yes goes back", async () => {
  const policy = new FakePolicy(() => "ask");
  policy.spent = true;
  const { result, subjects } = await call({ policy, approver: answering("once") });
  match(result.content, /the grant is gone/);
  deepEqual(policy.dropped, ["x"]);
  equal(subjects.some((one) => one.startsWith("effect")), false);
});

Deno.test("what a single call read from outside counts for later ones; what fails is told", async () => {
  const policy = new FakePolicy();
  const reads = tool("write", "read", () => ({
    ...fine(""),
    outside: [Outside.of("slack general", "do this")],
  }));
  equal((await call({ policy, tool: reads })).result.outside.length, 1);
  deepEqual(policy.read, [{ sources: ["slack general"], atMs: 7 }]);
  const breaks = tool("write", "write", () => Promise.reject(new TypeError("detail")));
  match((await call({ policy, tool: breaks })).result.content, /unexpected failure \(TypeError\)/);
  match((await call({ policy, args: { path: 1 } })).result.content, /do not fit its schema/);
});
