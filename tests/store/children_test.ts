/** Sessions of sub-agents: below their parent, under its caps, gone with it. */
import assert from "node:assert/strict";
import { inStore, NO_CAPS } from "../budget/budget_kit.ts";

Deno.test("a sub-agent's session is no session of the user, counts for the one above, goes with it", () =>
  inStore(async (store, top) => {
    const below = async (parentId: string) =>
      (await store.createSession({ workspace: "/w", title: "", parentId })).id;
    const child = await below(top);
    const grandchild = await below(child);
    for (const id of [child, grandchild]) {
      await store.appendUser(id, "task");
      await store.appendAssistant(id, {
        text: "done",
        toolCalls: [],
        provider: "lab",
        model: "m",
        ms: 1,
        usage: { inputTokens: 40, outputTokens: 10, cachedTokens: 0 },
      });
      await store.endTurn(id, { outcome: "capped", reason: "x" });
    }
    assert.equal((await store.latestSession({}))?.id, top);
    assert.deepEqual((await store.listSessions({ limit: 9 })).map(({ id }) => id), [top]);
    assert.equal((await store.findSessions({ prefix: grandchild, limit: 2 }))[0]?.parentId, child);
    assert.deepEqual(await store.recentOutcomes(9), []);
    const usage = await store.readUsage({ afterId: 0, limit: 9, sessionId: top });
    assert.deepEqual(usage.map(({ sessionId }) => sessionId), [child, grandchild]);
    // Attack: the caps of a session are got around by letting sub-agents spend.
    const hold = (sessionTokens: number) =>
      store.holdBudget({
        sessionId: top,
        tokens: 1,
        usd: null,
        caps: { ...NO_CAPS, sessionTokens },
        warnAt: 1,
      });
    assert.equal((await hold(101)).type, "held");
    const refused = await hold(101);
    assert.equal(refused.type === "refused" ? refused.cap.spent : null, 101);
    assert.equal(await store.deleteSession(top, []), true);
    for (const id of [top, child, grandchild]) assert.equal(await store.loadSession(id), null);
  }));
