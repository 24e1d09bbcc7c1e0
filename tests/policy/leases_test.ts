import { deepEqual, equal, ok } from "node:assert/strict";
import { createGrantBook, type GrantBook } from "../../src/kernel/policy/grant_book.ts";
import type { ApprovalMode } from "../../src/model/cells/permission.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { openHere, withFolder } from "../store/store_kit.ts";

const REQUEST = { compartment: "hands", permission: "run", value: "seq" } as const;
const BY_ANSWER = { grantedBy: "terminal", reason: "", sessionId: "s" };
const BY_HAND = { grantedBy: "command line", reason: "", sessionId: null };

let ids = 0;
function bookOn(
  store: Parameters<typeof createGrantBook>[0]["store"],
  { clock = new FakeClock(), mode = "default" as ApprovalMode } = {},
): GrantBook {
  const random = { id: () => `0000${String(ids++).padStart(8, "0")}`, fraction: () => 0 };
  return createGrantBook({ store, clock, random, mode: () => mode, stamp: () => null });
}

const values = async (book: GrantBook, session: string | null) =>
  (await book.active(session)).map(({ value }) => value);

Deno.test("a lease ends with its time or its last use, whichever comes first", async () => {
  const clock = new FakeClock();
  const book = bookOn(new MemoryStore(), { clock });
  const until = { type: "until", atMs: clock.now() + 1000 } as const;
  const { id } = await book.mint(REQUEST, { scope: until, uses: 2 }, BY_ANSWER);
  ok(await book.use(id));
  deepEqual((await book.active("s")).map(({ usesLeft }) => usesLeft), [1]);
  ok(await book.use(id));
  equal(await book.use(id), false);
  await book.mint(REQUEST, { scope: until, uses: 2 }, BY_ANSWER);
  equal((await book.all()).length, 1);
  clock.advance(1000);
  deepEqual([await values(book, "s"), await book.all()], [[], []]);
});

Deno.test("attack: the last use of a lease, taken by two processes at once, runs one call", () =>
  withFolder(async (dataDir) => {
    const stores = [await openHere(dataDir), await openHere(dataDir)];
    try {
      const [one, two] = stores.map((store) => bookOn(store));
      const lease = { scope: { type: "always" }, uses: 3 } as const;
      const { id } = await one!.mint(REQUEST, lease, BY_HAND);
      // Both have decided by the same grant before either takes a use.
      equal((await values(one!, null)).length + (await values(two!, null)).length, 2);
      const uses = await Promise.all([one, two, one, two, one].map((book) => book!.use(id)));
      equal(uses.filter((used) => used).length, 3);
      deepEqual(await values(two!, null), []);
    } finally {
      for (const store of stores) await store.close();
    }
  }));

Deno.test("attack: in cautious no approval of another session counts, what was granted by hand does", async () => {
  const store = new MemoryStore();
  const earlier = bookOn(store);
  await earlier.mint({ ...REQUEST, value: "answered" }, { scope: { type: "always" } }, BY_ANSWER);
  await earlier.mint({ ...REQUEST, value: "by hand" }, { scope: { type: "always" } }, BY_HAND);
  const mine = { scope: { type: "session", sessionId: "s" } } as const;
  await earlier.mint({ ...REQUEST, value: "mine" }, mine, BY_ANSWER);
  deepEqual(await values(earlier, "s"), ["answered", "by hand", "mine"]);
  deepEqual(await values(bookOn(store, { mode: "cautious" }), "s"), ["by hand", "mine"]);
});
