/** `ward secrets rotate-key` as a user runs it. */
import assert from "node:assert/strict";
import { makeScratch, runWard, type Scratch } from "../kit/ward_process.ts";
import { withStore } from "../kit/profile_store.ts";

function run(scratch: Scratch, args: string[], input = "", env: Record<string, string> = {}) {
  return runWard(args, {
    env: { ...scratch.env, ...env },
    cwd: scratch.workspace,
    stdin: input,
  });
}

Deno.test("rotate-key: a new key, the same state; refused while another ward is at work", async () => {
  using scratch = makeScratch();
  assert.equal((await run(scratch, ["agent", "-m", "what time is it"])).code, 0);
  const before = Deno.readTextFileSync(`${scratch.home}/database.key`);
  {
    using other = Deno.openSync(`${scratch.home}/in_use.lock`, { read: true, write: true });
    other.lockSync(false);
    const refused = await run(scratch, ["secrets", "rotate-key"]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /Another ward is at work/);
    assert.equal(Deno.readTextFileSync(`${scratch.home}/database.key`), before);
  }
  const { code, stdout, stderr } = await run(scratch, ["secrets", "rotate-key", "--json"]);
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).kept, "file");
  const after = Deno.readTextFileSync(`${scratch.home}/database.key`);
  assert.notEqual(after, before);
  assert.ok(!(stdout + stderr).includes(after.trim()), "a key is never printed");
  await withStore(scratch.home, async (store) => {
    assert.equal((await store.listAudit({ limit: 1 }))[0]?.subject, "database key changed");
    assert.ok((await store.verifyAudit()).ok);
    assert.equal((await store.listSessions({ limit: 9 })).length, 1);
  });
});

Deno.test("rotate-key with WARD_ENCRYPTION_KEY: the next value comes from the user, who is told to set it", async () => {
  using scratch = makeScratch();
  const [old, next] = [{ WARD_ENCRYPTION_KEY: "first passphrase" }, {
    WARD_ENCRYPTION_KEY: "second passphrase",
  }];
  assert.equal((await run(scratch, ["agent", "-m", "what time is it"], "", old)).code, 0);
  const same = await run(scratch, ["secrets", "rotate-key"], "first passphrase\n", old);
  assert.match(same.stderr, /That is the present key/);
  const short = await run(scratch, ["secrets", "rotate-key"], "short\n", old);
  assert.match(short.stderr, /shorter than 8/);
  const done = await run(scratch, ["secrets", "rotate-key"], "second passphrase\n", old);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /Set WARD_ENCRYPTION_KEY to the new value/);
  assert.match((await run(scratch, ["sessions"], "", old)).stderr, /key does not fit/);
  assert.match((await run(scratch, ["sessions"], "", next)).stdout, /what time is it/);
});

Deno.test("backup, verify, restore: refused without a word for what it replaces, and on a clean machine by passphrase", async () => {
  using scratch = makeScratch();
  using clean = makeScratch();
  assert.match((await run(scratch, ["backup"])).stderr, /There is no state yet/);
  assert.equal((await run(scratch, ["agent", "-m", "what time is it"])).code, 0);
  const made = await run(scratch, ["backup", "--json"]);
  assert.equal(made.code, 0, made.stderr);
  const { file } = JSON.parse(made.stdout);
  assert.match((await run(scratch, ["backup", "verify"])).stdout, /1 session, 2 messages/);
  const refused = await run(scratch, ["restore", file]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /the present state of .* goes to a folder beside it[^]*--yes/);
  const restored = await run(scratch, ["restore", file, "--yes"]);
  assert.match(restored.stdout, /What was there before is in ".*former-\d+"/);
  const rotated = await run(scratch, ["secrets", "rotate-key", "--json"]);
  assert.equal(JSON.parse(rotated.stdout).lostBackups, 1);
  assert.match((await run(scratch, ["backup", "verify", file])).stderr, /the key does not fit/);

  const stick = `${scratch.folder}/stick.wardbackup`;
  const sealed = await run(scratch, ["backup", "create", stick, "--passphrase"], "correct horse\n");
  assert.equal(sealed.code, 0, sealed.stderr);
  const wrong = await run(clean, ["restore", stick], "wrong horse\n");
  assert.match(wrong.stderr, /the key does not fit/);
  const there = await run(clean, ["restore", stick], "correct horse\n");
  assert.equal(there.code, 0, there.stderr);
  assert.match((await run(clean, ["sessions"])).stdout, /what time is it/);
  assert.match((await run(clean, ["audit", "verify"])).stdout, /is whole/);
});
