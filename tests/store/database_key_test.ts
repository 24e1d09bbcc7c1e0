import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { databaseKey, type DatabaseKeyDeps } from "../../src/host/keys/database_key.ts";
import { type Keychain, type RunProgram, systemKeychain } from "../../src/host/keys/keychain.ts";
import { KEY, OTHER_KEY, startScript } from "./store_kit.ts";

async function withHome(body: (deps: DatabaseKeyDeps) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "ward-key-" });
  try {
    await body({ home, dataDir: `${home}/data`, variable: undefined, keychain: null });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** A keychain in memory; `keeps: false` takes and forgets. */
function memoryKeychain(secret: string | null, keeps = true): Keychain & { asked: number } {
  return {
    asked: 0,
    lookUp() {
      this.asked++;
      return Promise.resolve(secret);
    },
    store(value) {
      if (keeps) secret = value;
      return Promise.resolve(true);
    },
    remove() {
      secret = null;
      return Promise.resolve(true);
    },
  };
}

function makeDatabase({ dataDir }: DatabaseKeyDeps): void {
  Deno.mkdirSync(dataDir);
  Deno.writeTextFileSync(`${dataDir}/ward.db`, "something");
}

Deno.test("databaseKey() takes the variable first, hex as it is", () =>
  withHome(async (deps) => {
    Deno.writeTextFileSync(`${deps.home}/database.key`, OTHER_KEY);
    const keychain = memoryKeychain(OTHER_KEY);
    const variable = KEY.toUpperCase();
    deepEqual(await databaseKey({ ...deps, keychain, variable }), {
      keyHex: KEY,
      source: "variable",
    });
  }));

Deno.test("databaseKey() stretches a passphrase with a salt that stays", () =>
  withHome(async (deps) => {
    const variable = "correct horse battery";
    const [a, b] = await Promise.all([1, 2].map(() => databaseKey({ ...deps, variable })));
    match(a?.keyHex ?? "", /^[0-9a-f]{64}$/);
    equal(a?.keyHex, b?.keyHex);
    equal((Deno.statSync(`${deps.home}/database.salt`).mode ?? 0) & 0o777, 0o600);
    const other = await databaseKey({ ...deps, variable: "correct horse batterz" });
    notEqual(other.keyHex, a?.keyHex);
    await rejects(databaseKey({ ...deps, variable: "short" }), { code: "store.key_invalid" });
    makeDatabase(deps);
    Deno.removeSync(`${deps.home}/database.salt`);
    await rejects(databaseKey({ ...deps, variable }), { code: "store.key_missing" });
  }));

Deno.test("databaseKey() uses a keychain that gives back what it took, and makes no file", () =>
  withHome(async (deps) => {
    const keychain = memoryKeychain(null);
    const made = await databaseKey({ ...deps, keychain });
    equal(made.source, "keychain");
    makeDatabase(deps);
    deepEqual(await databaseKey({ ...deps, keychain }), made);
    ok(![...Deno.readDirSync(deps.home)].some(({ name }) => name === "database.key"));
  }));

Deno.test("databaseKey() makes a 0600 file where the keychain forgets", () =>
  withHome(async (deps) => {
    const keychain = memoryKeychain(null, false);
    const made = await databaseKey({ ...deps, keychain });
    equal(made.source, "file");
    ok(made.warning?.includes("database.key"));
    ok(!JSON.stringify(made.warning).includes(made.keyHex), "the key is in no message");
    const path = `${deps.home}/database.key`;
    equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    makeDatabase(deps);
    deepEqual(await databaseKey({ ...deps, keychain }), made);
    Deno.chmodSync(path, 0o644);
    match((await databaseKey(deps)).warning ?? "", /other users/);
    equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("databaseKey() keeps the file when the keychain has another key, and does not ask it", () =>
  withHome(async (deps) => {
    Deno.writeTextFileSync(`${deps.home}/database.key`, `${KEY}\n`, { mode: 0o600 });
    makeDatabase(deps);
    const keychain = memoryKeychain(OTHER_KEY);
    const found = await databaseKey({ ...deps, keychain });
    equal(found.keyHex, KEY);
    equal(found.source, "file");
    equal(keychain.asked, 0);
  }));

Deno.test("databaseKey() refuses to make a second key for a database that has lost its own", () =>
  withHome(async (deps) => {
    makeDatabase(deps);
    const before = [...Deno.readDirSync(deps.home)].map(({ name }) => name);
    for (const keychain of [null, memoryKeychain(null)]) {
      await rejects(databaseKey({ ...deps, keychain }), { code: "store.key_missing" });
    }
    deepEqual([...Deno.readDirSync(deps.home)].map(({ name }) => name), before);
    Deno.writeTextFileSync(`${deps.home}/database.key`, "");
    await rejects(databaseKey(deps), { code: "store.key_invalid" });
  }));

Deno.test("databaseKey() gives callers and processes that start at once one key", () =>
  withHome(async (deps) => {
    const apart = { ...deps, home: `${deps.home}/apart` };
    const here = await Promise.all(Array.from({ length: 6 }, () => databaseKey(apart)));
    equal(new Set(here.map(({ keyHex }) => keyHex)).size, 1);
    const children = Array.from({ length: 6 }, () => startScript("key_child.ts", [deps.home]));
    const outputs = await Promise.all(children.map((child) => child.output()));
    const keys = outputs.map(({ stdout }) => new TextDecoder().decode(stdout));
    match(keys[0] ?? "", /^[0-9a-f]{64}$/);
    equal(new Set(keys).size, 1);
  }));

Deno.test("systemKeychain() passes the secret by stdin, never as an argument", async () => {
  const calls: { program: string; args: readonly string[]; stdin: string }[] = [];
  const run: RunProgram = (program, args, stdin) => {
    calls.push({ program, args, stdin });
    return Promise.resolve({ code: 0, stdout: `${KEY}\n` });
  };
  for (const os of ["linux", "darwin"]) {
    const keychain = systemKeychain(run, { os, account: '/users/a "b"\\' });
    equal(await keychain?.store(KEY), true);
    equal(await keychain?.lookUp(), KEY);
  }
  equal(systemKeychain(run, { os: "freebsd", account: "a" }), null);
  deepEqual(calls.map(({ program }) => program), [
    "secret-tool",
    "secret-tool",
    "security",
    "security",
  ]);
  ok(calls.every(({ args }) => !args.join(" ").includes(KEY)));
  equal(calls[0]?.stdin, KEY);
  ok(calls[2]?.stdin.includes('"-a" "/users/a \\"b\\"\\\\"'), calls[2]?.stdin);
});

Deno.test("systemKeychain() takes absence, failure and silence for no keychain", async () => {
  let aborted = false;
  const runs: RunProgram[] = [
    () => Promise.reject(new Deno.errors.NotFound("secret-tool")),
    () => Promise.resolve({ code: 1, stdout: KEY }),
    (_program, _args, _stdin, { signal }) => {
      signal.addEventListener("abort", () => aborted = true);
      return new Promise(() => {});
    },
  ];
  for (const run of runs) {
    const keychain = systemKeychain(run, { os: "linux", account: "a", timeoutMs: 5 });
    equal(await keychain?.lookUp(), null);
    equal(await keychain?.store(KEY), false);
  }
  ok(aborted, "the silent program is told to end");
});
