import { deepEqual, equal } from "node:assert/strict";
import { GrantStamp } from "../../src/compartments/store/grant_stamp.ts";
import { readGrantStamp } from "../../src/host/protection/grant_stamp.ts";
import { createGrantBook } from "../../src/kernel/policy/grant_book.ts";
import type { Grant } from "../../src/model/cells/permission.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const GRANT: Grant = {
  id: "g1",
  compartment: "hands",
  permission: "read",
  value: "/x",
  scope: { type: "always" },
  grantedBy: "test",
  atMs: 0,
  reason: "",
};

Deno.test("a grant revoked by another process is gone at the next look", async () => {
  const dataDir = Deno.makeTempDirSync();
  try {
    const other = new GrantStamp(dataDir);
    other.ensure();
    const store = new MemoryStore();
    let asked = 0;
    const counting = {
      listGrants: () => (asked++, store.listGrants()),
      hasGrant: (id: string) => store.hasGrant(id),
      addGrant: (grant: Grant) => store.addGrant(grant),
      removeGrant: (id: string) => store.removeGrant(id),
      useGrant: (id: string) => store.useGrant(id),
      appendAudit: () => Promise.resolve(),
    };
    const book = createGrantBook({
      store: counting,
      clock: new FakeClock(),
      random: { id: () => "0123456789", fraction: () => 0 },
      mode: () => "default",
      stamp: () => readGrantStamp(dataDir),
    });
    await other.around(() => store.addGrant(GRANT));
    equal((await book.active(null)).length, 1);
    equal((await book.active(null)).length, 1);
    equal(asked, 1, "what did not change is not asked again");
    await other.around(async () => {
      equal((await book.active(null)).length, 1, "still there while it is being revoked");
      await store.removeGrant("g1");
    });
    deepEqual(await book.active(null), []);
    // A process that died in the middle leaves the mark: from then on everyone asks.
    await other.around(() => Promise.reject(new Error("killed"))).catch(() => {});
    const before = asked;
    await book.active(null);
    await book.active(null);
    equal(asked, before + 2);
  } finally {
    Deno.removeSync(dataDir, { recursive: true });
  }
});
