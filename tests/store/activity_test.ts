/** What sessions are doing, as another process finds it. */
import { deepEqual } from "node:assert/strict";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import { using, withFolder } from "./store_kit.ts";

const call = (id: string) => ({ id, name: "run", arguments: "{}" });

function row(sessionId: string, kind: "tool_call" | "decision", detail: Record<string, string>) {
  return { kind, sessionId, subject: "run", detail } as const;
}

async function busy(store: EncryptedStore, parentId?: string): Promise<string> {
  const { id } = await store.createSession({ workspace: "/w", title: "t", parentId });
  await store.appendUser(id, "go");
  await store.appendAssistant(id, {
    text: "",
    toolCalls: [call("c1"), call("c2")],
    provider: "lab",
    model: "m",
    usage: { inputTokens: 10, outputTokens: 2, cachedTokens: 0 },
  });
  return id;
}

Deno.test("readActivity() tells a call that runs from one that waits for an answer and one that has not begun", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const id = await busy(store);
      const calls = async () => {
        const [one] = await store.readActivity({ sessions: [{ sessionId: id, sinceMs: 0 }] });
        return one?.turn?.calls.map(({ title, state }) => [title, state]);
      };
      deepEqual(await calls(), [[null, "pending"], [null, "pending"]]);
      await store.appendAudit([
        row(id, "tool_call", { callId: "c1", title: "run npm test" }),
        row(id, "decision", { callId: "c1", decision: "allow", rule: "a" }),
        row(id, "decision", { callId: "c1", decision: "ask", rule: "b" }),
        row(id, "decision", { callId: "c1", decision: "allow", rule: "c" }),
      ]);
      deepEqual(await calls(), [["run npm test", "waiting"], [null, "pending"]]);
      await store.appendAudit([
        row(id, "decision", { callId: "c1", decision: "allow", rule: "answer: once" }),
      ]);
      deepEqual(await calls(), [["run npm test", "pending"], [null, "pending"]]);
      await store.setCallState(id, "c1", "running");
      deepEqual(await calls(), [["run npm test", "running"], [null, "pending"]]);
      const result = { role: "tool", name: "run", ok: true, content: "" } as const;
      await store.appendToolResult(id, { ...result, callId: "c1" });
      deepEqual(await calls(), [[null, "pending"]]);
      await store.appendToolResult(id, { ...result, callId: "c2" });
      await store.endTurn(id, { outcome: "complete", reason: null });
      const [one] = await store.readActivity({ sessions: [{ sessionId: id, sinceMs: 0 }] });
      deepEqual([one?.turn, one?.model], [null, { provider: "lab", model: "m" }]);
    })
  ));

Deno.test("readActivity() shows sub-agents of the turn, and no turn that a kill cut off before", () =>
  withFolder((dataDir) => {
    let now = 1_000;
    return using(dataDir, async (store) => {
      const top = await busy(store);
      const old = await busy(store, top);
      const look = async (sinceMs: number) =>
        (await store.readActivity({ sessions: [{ sessionId: top, sinceMs }] }))
          .map(({ sessionId, parentId, turn }) => [sessionId, parentId, turn?.number ?? null]);
      deepEqual(await look(0), [[top, null, 1], [old, top, 1]]);
      // Another process goes on with the session.
      now = 2_000;
      deepEqual(await look(now), [[top, null, null]]);
      await store.appendUser(top, "again");
      const child = await busy(store, top);
      deepEqual(await look(now), [[top, null, 2], [child, top, 1]]);
      deepEqual(await store.readActivity({ sessions: [{ sessionId: "none", sinceMs: 0 }] }), []);
    }, { now: () => now });
  }));
