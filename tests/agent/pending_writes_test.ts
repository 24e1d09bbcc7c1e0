/** What waits for the store and what need not: nothing acts, or is sent, before its row is there. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Access } from "../../src/model/cells/permission.ts";
import { calls, says } from "../fakes/scripted_model.ts";
import { fine, type Kit, kit, tool } from "./turn_kit.ts";

/** Holds what is stored of answers and results back until the gate opens, in order as a store does. */
function holdAnswers(k: Kit, log: string[], gate: Promise<void>): void {
  const store = k.store;
  let queue = gate;
  const inTurn = (write: () => Promise<void>) => queue = queue.then(write);
  const [answer, result] = [
    store.appendAssistant.bind(store),
    store.appendToolResult.bind(store),
  ];
  store.appendAssistant = (...args) =>
    inTurn(async () => {
      await answer(...args);
      log.push("stored");
    });
  store.appendToolResult = (...args) => inTurn(() => result(...args));
}

const soon = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("a call that only reads files begins while its answer is stored", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const log: string[] = [];
  const k = await kit([calls(["a", "read", { path: "1" }]), says("ok")], {
    // Were it to wait for the store, the store would wait for it.
    tools: [tool("read", "read", () => (log.push("ran"), open(), fine("1")))],
  });
  holdAnswers(k, log, gate);
  equal((await k.run()).outcome, "complete");
  deepEqual(log.slice(0, 2), ["ran", "stored"]);
});

Deno.test("attack: a call acts, or is lost, before the answer that asks for it is stored", async () => {
  const kinds: Record<string, readonly Access[]> = {
    "names nothing": [],
    "writes": [{ permission: "write", path: "/w/1" }],
    "runs": [{ permission: "run", words: ["cat", "1"] }],
    "reads beside a run": [{ permission: "read", path: "/w/1" }, {
      permission: "run",
      words: ["x"],
    }],
  };
  for (const [name, accesses] of Object.entries(kinds)) {
    for (const readOnly of [true, false]) {
      const { promise: gate, resolve: open } = Promise.withResolvers<void>();
      const log: string[] = [];
      const one = tool("act", "read", () => (log.push("ran"), fine("1")));
      const acting = {
        ...one,
        plan: (args: never) => ({ ...one.plan(args), accesses, readOnly }),
      };
      const k = await kit([calls(["a", "act", { path: "1" }]), says("ok")], { tools: [acting] });
      holdAnswers(k, log, gate);
      const running = k.run();
      for (let at = 0; at < 20; at++) await soon();
      deepEqual(log, [], name);
      open();
      equal((await running).outcome, "complete");
      deepEqual(log.slice(0, 2), ["stored", "ran"], name);
    }
  }
});

Deno.test("attack: what a call read is sent to the model before the log has the call", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const log: string[] = [];
  const k = await kit([calls(["a", "read", { path: "1" }]), says("ok")], {
    tools: [tool("read", "read", () => (log.push("ran"), fine("1")))],
    onEvent: (event) => event.type === "model_call" && log.push(`call ${event.iteration}`),
  });
  holdAnswers(k, log, gate);
  const running = k.run();
  for (let at = 0; at < 20; at++) await soon();
  deepEqual(log, ["call 1", "ran"]);
  open();
  await running;
  deepEqual(log, ["call 1", "ran", "stored", "call 2"]);
});

Deno.test("a look for saved outputs that fails leaves the call its result and its effects, marked", async () => {
  const one = tool("run", "write", () => fine("printed", ["made a.txt"]));
  const runs = {
    ...one,
    plan: (args: never) => ({
      ...one.plan(args),
      accesses: [{ permission: "run", words: ["touch", "a.txt"] } as const],
    }),
  };
  const failures = [
    () => Promise.reject(new Error("EROFS")),
    () => {
      throw new Error("EROFS");
    },
  ];
  for (const holdsOutside of failures) {
    const k = await kit([calls(["a", "run", { path: "a.txt" }]), says("ok")], {
      tools: [runs],
      saved: { path: "/out", holdsOutside },
    });
    equal((await k.run()).outcome, "complete");
    const [result] = await k.results();
    ok(result?.includes("printed") && result.includes("[end of outside"), result);
    const effects = (await k.store.listAudit({ limit: 100 })).filter(({ kind }) =>
      kind === "effect"
    );
    deepEqual(effects.map(({ detail }) => detail["effect"]), ["made a.txt"]);
  }
});
