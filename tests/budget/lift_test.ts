/** Reached caps: which are in force, and what lifting one allows. */
import assert from "node:assert/strict";
import { SCHEMA_VERSION } from "../../src/compartments/store/schema.ts";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import type { SharedCaps } from "../../src/model/conversation/budget.ts";
import { DROP_LATER_TABLES, using, withFolder, withRawDatabase } from "../store/store_kit.ts";
import { call, capped, inStore, NO_CAPS, request, service, used } from "./budget_kit.ts";

const REFUSED = "model.over_budget";
/** Takes 610 tokens, and needs room for some 850. */
const BIG = request({ maxOutputTokens: 800 });
const PORT = service(() => used(10, 600));

function capsOf(caps: Partial<SharedCaps>): SharedCaps {
  return { ...NO_CAPS, ...caps };
}

/** Calls until it is refused. @returns How many went through. */
async function until(
  store: EncryptedStore,
  id: string,
  caps: Partial<SharedCaps>,
): Promise<number> {
  const model = capped(PORT, store, id, caps);
  for (let n = 0;; n++) {
    const end = await call(model, store, id, BIG);
    if (end === REFUSED) return n;
    assert.equal(end, "end");
  }
}

Deno.test("lifting allows as much again, once; raising the cap allows it at once", () =>
  inStore(async (store, id) => {
    const day = { dailyTokens: 1_000 };
    const caps = capsOf(day);
    assert.equal(await until(store, id, day), 1);
    const [trip] = await store.listTrips({ sessionId: null, caps });
    assert.deepEqual([trip?.scope, trip?.cap, trip?.limit], ["day", 1_000, 1_000]);
    assert.equal(await store.liftTrip({ ...trip!, caps }, []), true);
    assert.equal(await store.liftTrip({ ...trip!, caps }, []), false);
    assert.equal(await until(store, id, day), 1, "twice the cap, not more");
    assert.equal((await store.listTrips({ sessionId: null, caps }))[0]?.limit, 2_000);
    assert.ok(await until(store, id, { dailyTokens: 5_000 }) > 0);
  }));

Deno.test("attack: a lift does not grow with a cap that is set higher later", () =>
  inStore(async (store, id) => {
    const small = capsOf({ dailyTokens: 1_000 });
    await until(store, id, small);
    const [trip] = await store.listTrips({ sessionId: null, caps: small });
    assert.equal(await store.liftTrip({ ...trip!, caps: small }, []), true);
    const large = capsOf({ dailyTokens: 5_000 });
    await until(store, id, large);
    assert.deepEqual(
      (await store.listTrips({ sessionId: null, caps: large })).map(({ limit }) => limit),
      [6_000],
    );
  }));

Deno.test("what is not in force is neither told nor lifted: raised, removed, of another session, of yesterday", () =>
  inStore(async (store, id, clock) => {
    const caps = capsOf({ sessionTokens: 1_000 });
    await until(store, id, caps);
    const [trip] = await store.listTrips({ sessionId: id, caps });
    assert.equal(trip?.key, id);
    const other = (await store.createSession({ workspace: "/w", title: "" })).id;
    assert.deepEqual(await store.listTrips({ sessionId: other, caps }), []);
    for (const later of [capsOf({ sessionTokens: 1_001 }), capsOf({ dailyTokens: 1_000 })]) {
      assert.deepEqual(await store.listTrips({ sessionId: id, caps: later }), []);
      assert.equal(await store.liftTrip({ ...trip!, caps: later }, []), false);
    }
    // Nothing was lifted in passing: where the old cap is set again it holds as before.
    assert.deepEqual(await store.listTrips({ sessionId: id, caps }), [trip]);
    const day = capsOf({ dailyTokens: 500 });
    assert.equal(await until(store, other, day), 0);
    clock.now += 86_400_000;
    assert.deepEqual(await store.listTrips({ sessionId: null, caps: day }), []);
  }));

Deno.test("a database of version 4 keeps its lifts, as amounts", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, () => Promise.resolve());
    await withRawDatabase(dataDir, (database) => {
      for (
        const sql of [
          "ALTER TABLE budget_state ADD COLUMN lifts INTEGER NOT NULL DEFAULT 0",
          "ALTER TABLE budget_state DROP COLUMN lifted",
          "ALTER TABLE sessions DROP COLUMN outside",
          "ALTER TABLE sessions DROP COLUMN parent_id",
          "ALTER TABLE sessions DROP COLUMN root_id",
          "ALTER TABLE model_usage DROP COLUMN root_id",
          ...DROP_LATER_TABLES,
          `INSERT INTO budget_state (scope, key, unit, lifts, tripped_at_ms, tripped_limit)
           VALUES ('session', 's', 'tokens', 2, 7, 3000), ('session', 's', 'usd', 0, 8, 5)`,
          "PRAGMA user_version = 4",
        ]
      ) database.exec(sql);
    });
    await using(dataDir, async (store) => {
      const caps = capsOf({ sessionTokens: 1_000, sessionUsd: 5 });
      assert.deepEqual(
        (await store.listTrips({ sessionId: "s", caps })).map(({ limit, atMs }) => [limit, atMs]),
        [[3_000, 7], [5, 8]],
      );
    });
    await withRawDatabase(dataDir, (database) => {
      assert.equal(database.get("PRAGMA user_version")?.["user_version"], SCHEMA_VERSION);
    });
  }));
