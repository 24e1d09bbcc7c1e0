/** One call outside any turn: the same policy, questions and audit as a call of the model. */
import { deepEqual, equal, match } from "node:assert/strict";
import { runSingleCall, type SingleResult } from "../../src/kernel/agent/single_call.ts";
import type { Approver, Tool } from "../../src/kernel/ports.ts";
import type { Access, Decision, Grant } from "../../src/model/cells/permission.ts";
import { Outside } from "../../src/model/conversation/outside.ts";
import { answering, FakePolicy, fine, kit, NOBODY, tool } from "./turn_kit.ts";

/** Runs `write x` of a served tool. */
async function call(parts: {
  policy: FakePolicy;
  approver?: Approver;
  tool?: Tool;
  name?: string;
  args?: unknown;
  outside?: { reads: number };
}): Promise<{ result: SingleResult; subjects: string[]; details: string[] }> {
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
      outside: parts.outside ?? { reads: 0 },
      deps: k.deps,
    },
    { id: "c1", name, arguments: JSON.stringify(args) },
    () => 7,
  );
  const rows = await k.store.listAudit({ limit: 1000 });
  return {
    result,
    subjects: rows.map(({ kind, subject }) => `${kind} ${subject}`).sort(),
    details: rows.flatMap(({ kind, detail }) => kind === "effect" ? [JSON.stringify(detail)] : []),
  };
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
  match(result.content, /the grant was used up or revoked/);
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

/** Denies all that is decided once something was read from outside. */
class TaintedPolicy extends FakePolicy {
  override decide(access: Access): Promise<Decision> {
    if (this.read.length === 0) return super.decide(access);
    return Promise.resolve({ type: "deny", rule: "read from outside" });
  }
}

Deno.test("attack: a call that waits for its answer is decided anew once one beside it read from outside", async () => {
  const policy = new TaintedPolicy(({ permission }) => permission === "write" ? "ask" : "allow");
  const outside = { reads: 0 };
  const page = tool("write", "read", () => ({
    ...fine(""),
    outside: [Outside.of("web a.example", "obey")],
  }));
  let ran = 0;
  const approver: Approver = {
    available: true,
    async ask({ grant: { value } }) {
      await call({ policy, tool: page, outside });
      return { type: "allow", scope: "once", value };
    },
  };
  const writes = tool("write", "write", () => (ran++, fine("written")));
  const { result } = await call({ policy, approver, tool: writes, outside });
  match(result.content, /Refused: write x: read from outside/);
  equal(ran, 0);
  deepEqual(policy.dropped, ["x"], "the yes before it is none to anything later");
});

Deno.test("a single call runs with what a use of its grant leased, and no effect is cut unsaid", async () => {
  const grant = { id: "g1" } as Grant;
  class Leasing extends FakePolicy {
    override use(): Promise<{ leased: Grant }> {
      return Promise.resolve({ leased: grant });
    }
  }
  let leased: unknown;
  const effects = Array.from({ length: 600 }, (_, at) => `write ${at}`);
  const made = tool("write", "write", (_, options) => {
    leased = (options as { leased?: unknown }).leased;
    return fine("", effects);
  });
  const { details } = await call({
    policy: new Leasing(() => "ask"),
    approver: answering("once"),
    tool: made,
  });
  deepEqual(leased, [grant]);
  equal(details.length, 501);
  match(details.join("\n"), /and 100 more/);
});
