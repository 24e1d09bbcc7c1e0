/** A hundred one-shots at once on one profile: none fails, nothing is lost, the chain holds. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { withStore, withTables } from "../kit/profile_store.ts";
import { LACKS_STANDALONE, standalone } from "../kit/forms.ts";
import { makeScratch, runWard, type Scratch, SOURCE, ward } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

const COUNT = 100;

/** Whatever starts soonest. */
const FORM = hasCells && LACKS_STANDALONE === undefined ? [await standalone()] : SOURCE;

/** On the profile that is there by then. */
const AGAIN = 30;

/** Starts so many at once; every tenth also reads a file through a cell of its own. */
async function startAll(scratch: Scratch, count: number): Promise<void> {
  const runs = await Promise.all(
    Array.from(
      { length: count },
      (_, n) => {
        const message = n % 10 === 0 ? "read notes.md" : "what time is it?";
        const args = ["agent", "-w", scratch.workspace, "-m", message];
        return runWard(args, { env: scratch.env, form: FORM });
      },
    ),
  );
  const failed = runs.filter(({ code }) => code !== 0);
  deepEqual(failed, []);
  runs.forEach(({ stdout }, n) => match(stdout, n % 10 === 0 ? /buy milk/ : /It is \d\d:\d\d/));
}

async function assertStored(scratch: Scratch, count: number): Promise<void> {
  await withTables(scratch.home, (db) => {
    const one = (sql: string) => Number(Object.values(db.get(sql) ?? {})[0]);
    equal(one("SELECT count(*) FROM sessions"), count);
    equal(one("SELECT count(*) FROM turns WHERE outcome = 'complete'"), count);
    equal(one("SELECT count(*) FROM messages WHERE role = 'user'"), count);
    equal(one("SELECT count(*) FROM messages WHERE role = 'tool'"), count / 10);
    equal(one("SELECT count(*) FROM tool_calls WHERE state <> 'done'"), 0);
    equal(one("SELECT count(*) FROM audit WHERE kind = 'turn'"), count);
    equal(one("SELECT count(*) FROM audit WHERE kind = 'tool_call'"), count / 10);
  });
  await withStore(scratch.home, async (store) => ok((await store.verifyAudit()).ok));
  equal((await ward(scratch, ["audit", "verify"])).code, 0);
}

Deno.test({
  name: `${COUNT} at once on a new profile, which they make together, and again on it${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    await startAll(scratch, COUNT);
    await assertStored(scratch, COUNT);
    await startAll(scratch, AGAIN);
    await assertStored(scratch, COUNT + AGAIN);
  },
});
