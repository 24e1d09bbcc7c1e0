import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../src/base/app_error.ts";
import type { Grant } from "../../src/model/cells/permission.ts";
import { FileLock } from "../../src/compartments/store/sqlite/file_lock.ts";
import { PAGE_BYTES } from "../../src/compartments/store/sqlite/key_check.ts";
import { denoFileSystem } from "../../src/compartments/store/sqlite/file_system.ts";
import {
  KEY,
  openHere,
  OTHER_KEY,
  snapshot,
  startWorker,
  using,
  wasmModule,
  withFolder,
  withRawDatabase,
} from "./store_kit.ts";

const SECRET = "the cat sleeps on the warm keyboard";
const USAGE = { inputTokens: 12, outputTokens: 3, cachedTokens: 4 };
const IMAGE = { mediaType: "image/png", data: "iVBORw0KGgo=" } as const;
const SEALED = { by: "lab/m", parts: [{ type: "thinking", signature: "s" }] };
const CALL = { id: "c1", name: "read", arguments: '{"path":"a\\u0000b"}' };

/** Expects an AppError with this code and a hint that helps. */
function refuses(code: string) {
  return (error: unknown) => {
    ok(error instanceof AppError, String(error));
    equal(error.code, code);
    ok((error.hint ?? "").length > 10, "a hint");
    return true;
  };
}

Deno.test("store thread keeps a session over a restart with only its folder granted", () =>
  withFolder(async (dataDir) => {
    Deno.mkdirSync(dataDir);
    const first = startWorker(dataDir);
    deepEqual(
      await first.store.open({ dataDir, module: wasmModule(), keyHex: KEY }),
      { created: true },
    );
    const session = await first.store.createSession({ workspace: "/w", title: "\uFEFFti\0tle" });
    await first.store.appendUser(session.id, `${SECRET}\0after`, { images: [IMAGE], own: SECRET });
    await first.store.appendAssistant(session.id, {
      text: "ok",
      toolCalls: [CALL, { ...CALL, id: "c2" }],
      reasoning: SEALED,
      model: "m",
      usage: USAGE,
    });
    await first.store.setCallState(session.id, "c1", "running");
    const result = {
      role: "tool",
      callId: "c1",
      name: "read",
      ok: true,
      content: "\u{1F600}",
    } as const;
    await first.store.appendToolResult(session.id, result);
    // A lease of an hour stays one: its end must not get lost on the way.
    const scope = { type: "session", sessionId: session.id, untilMs: 3_600_000 } as const;
    const grant = { id: "g1", compartment: "hands", permission: "run", value: "make" } as const;
    const lease = { ...grant, scope, grantedBy: "terminal", atMs: 1, reason: "" };
    await first.store.addGrant(lease);
    deepEqual(await first.store.listGrants(), [lease]);
    await first.store.close();
    first.end();

    const second = startWorker(dataDir);
    deepEqual(
      await second.store.open({ dataDir, module: wasmModule(), keyHex: KEY }),
      { created: false },
    );
    equal((await second.store.latestSession({ workspace: "/w" }))?.id, session.id);
    equal(await second.store.latestSession({ workspace: "/other" }), null);
    const loaded = await second.store.loadSession(session.id);
    equal(loaded?.session.title, "\uFEFFti\0tle");
    equal(loaded?.session.messageCount, 3);
    deepEqual(loaded?.messages, [
      { role: "user", text: `${SECRET}\0after`, images: [IMAGE], own: SECRET },
      {
        role: "assistant",
        text: "ok",
        toolCalls: [CALL, { ...CALL, id: "c2" }],
        reasoning: SEALED,
      },
      result,
    ]);
    deepEqual(loaded?.openCalls, [{ callId: "c2", name: "read", state: "pending" }]);
    deepEqual(loaded?.lastTurn, { outcome: null, reason: null });
    await second.store.endTurn(session.id, { outcome: "capped", reason: "100 calls" });
    const after = await second.store.loadSession(session.id);
    deepEqual(after?.lastTurn, { outcome: "capped", reason: "100 calls" });
    await second.store.close();
    second.end();
  }));

Deno.test("store thread refuses calls before open, twice open, and unknown rows", () =>
  withFolder(async (dataDir) => {
    const { store, end } = startWorker(dataDir);
    await rejects(store.listGrants(), { code: "store.not_open" });
    await store.open({ dataDir, module: wasmModule(), keyHex: KEY });
    await rejects(store.open({ dataDir, module: wasmModule(), keyHex: KEY }), {
      code: "store.open_already",
    });
    await rejects(store.appendUser("nobody", "x"), { code: "store.no_session" });
    const { id } = await store.createSession({ workspace: "/w", title: "t" });
    await rejects(store.setCallState(id, "c9", "running"), { code: "store.no_call" });
    equal((await store.loadSession(id))?.session.messageCount, 0, "a refused call leaves nothing");
    equal(await store.loadSession("nobody"), null);
    await store.close();
    end();
  }));

Deno.test("stored text is in no file, not even in the log of a transaction under way", () =>
  withFolder(async (dataDir) => {
    const logs: string[] = [];
    const files: typeof denoFileSystem = {
      ...denoFileSystem,
      openSync(path, options) {
        const file = denoFileSystem.openSync(path, options);
        if (!path.endsWith("-wal")) return file;
        const syncDataSync = file.syncDataSync.bind(file);
        file.syncDataSync = () => {
          logs.push(snapshot(dataDir).get("ward.db-wal") ?? "");
          syncDataSync();
        };
        return file;
      },
    };
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: SECRET });
      for (let i = 0; i < 50; i++) await store.appendUser(id, SECRET.repeat(20));
      const detail = { note: SECRET };
      await store.appendAudit([{ kind: "effect", sessionId: id, subject: SECRET, detail }]);
    }, { files });
    ok(logs.some((log) => log.length > 10 * PAGE_BYTES), "the log held pages");
    const all = [...snapshot(dataDir).values(), ...logs].join("");
    ok(all.length > 50_000);
    for (const word of ["sleeps", "keyboard", "CREATE TABLE", "SQLite format"]) {
      ok(!all.includes(word), `"${word}" in a file`);
    }
  }));

Deno.test("files are 0600 and the folder 0700, also when it was wider", () =>
  withFolder(async (dataDir) => {
    Deno.mkdirSync(dataDir);
    Deno.chmodSync(dataDir, 0o755);
    const names = () => [...Deno.readDirSync(dataDir)].map(({ name }) => name).sort();
    const closed = ["audit.head", "grants.stamp", "ward.db", "ward.db.lock"];
    await using(dataDir, async (store) => {
      await store.createSession({ workspace: "/w", title: "t" });
      equal((Deno.statSync(dataDir).mode ?? 0) & 0o777, 0o700);
      deepEqual(names(), [...closed, "ward.db-wal"].sort());
      for (const name of names()) {
        equal((Deno.statSync(`${dataDir}/${name}`).mode ?? 0) & 0o777, 0o600, name);
      }
    });
    deepEqual(names(), closed, "once closed, all of it is in one file");
  }));

Deno.test("a wrong key is refused and no byte changes, with a hot journal and without a head too", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, (store) => store.createSession({ workspace: "/w", title: "t" }));
    const refused = async () => {
      const before = snapshot(dataDir);
      await rejects(openHere(dataDir, { keyHex: OTHER_KEY }), refuses("store.wrong_key"));
      deepEqual(snapshot(dataDir), before);
    };
    await refused();
    Deno.removeSync(`${dataDir}/audit.head`);
    await refused();
    // What a crash leaves: SQLite would play it back before it looked at the key.
    Deno.writeFileSync(`${dataDir}/ward.db-journal`, hotJournal(2));
    await refused();
  }));

Deno.test("a damaged file is told from a wrong key", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      for (let i = 0; i < 40; i++) await store.appendUser(id, "x".repeat(2000));
    });
    const path = `${dataDir}/ward.db`;
    const whole = Deno.readFileSync(path);
    const damage = (at: number) => {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      Deno.writeFileSync(path, bytes);
    };
    damage(100);
    await rejects(openHere(dataDir), refuses("store.corrupt"));
    Deno.truncateSync(path, 1000);
    await rejects(openHere(dataDir), refuses("store.corrupt"));
    for (let page = 2; page * PAGE_BYTES < whole.length; page++) {
      damage(page * PAGE_BYTES + 50);
      const work = using(dataDir, async (store) => {
        const session = await store.latestSession({});
        await store.loadSession(session?.id ?? "");
      });
      // A page that isn't needed does no harm; one that is must never give wrong rows.
      await work.catch(refuses("store.corrupt"));
    }
    Deno.truncateSync(path, 0);
    await rejects(openHere(dataDir), refuses("store.missing"));
    Deno.removeSync(path);
    await rejects(openHere(dataDir), refuses("store.missing"));
    Deno.writeFileSync(path, whole);
    await using(dataDir, (store) => store.latestSession({}));
  }));

Deno.test("a plaintext database is refused as it is", () =>
  withFolder(async (dataDir) => {
    Deno.mkdirSync(dataDir);
    const plain = new DatabaseSync(`${dataDir}/ward.db`);
    plain.exec("CREATE TABLE t (a)");
    plain.close();
    const before = snapshot(dataDir);
    await rejects(openHere(dataDir), refuses("store.plaintext"));
    deepEqual(snapshot(dataDir), before);
  }));

Deno.test("a database of a newer ward is refused as it is", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, (store) => store.listGrants());
    await withRawDatabase(dataDir, (database) => database.exec("PRAGMA user_version = 99"));
    const before = snapshot(dataDir);
    await rejects(openHere(dataDir), refuses("store.newer"));
    deepEqual(snapshot(dataDir), before);
  }));

Deno.test("a full disk is named, and what was stored before is whole", () =>
  withFolder(async (dataDir) => {
    let full = false;
    const noSpace = () => {
      if (full) throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
    };
    const files: typeof denoFileSystem = {
      ...denoFileSystem,
      openSync(path, options) {
        const file = denoFileSystem.openSync(path, options);
        const writeSync = file.writeSync.bind(file);
        file.writeSync = (bytes: Uint8Array) => (noSpace(), writeSync(bytes));
        return file;
      },
    };
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      await store.appendUser(id, "before");
      const audit = [{ kind: "turn", sessionId: id, subject: "s", detail: {} }] as const;
      await store.appendAudit(audit);
      full = true;
      await rejects(store.appendUser(id, "x".repeat(9000)), refuses("store.disk_full"));
      await rejects(store.appendAudit(audit), refuses("store.disk_full"));
      full = false;
      await store.appendUser(id, "after");
      await store.appendAudit(audit);
      const loaded = await store.loadSession(id);
      deepEqual(loaded?.messages.map((m) => m.role === "user" && m.text), ["before", "after"]);
      equal((await store.verifyAudit()).ok, true);
    }, { files });
  }));

Deno.test("a folder that cannot be written is named", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await withFolder(async (dataDir) => {
    // Root may write everywhere but not here.
    await rejects(openHere("/proc/ward-data"), (error: AppError) => {
      ok(["store.denied", "store.io"].includes(error.code), error.code);
      return true;
    });
    await using(dataDir, (store) => store.listGrants());
    const files: typeof denoFileSystem = {
      ...denoFileSystem,
      openSync(path, options) {
        if (options.write) throw Object.assign(new Error("Read-only"), { code: "EROFS" });
        return denoFileSystem.openSync(path, options);
      },
    };
    const before = snapshot(dataDir);
    await rejects(openHere(dataDir, { files }), refuses("store.denied"));
    deepEqual(snapshot(dataDir), before);
  });
});

const hasModes = Deno.build.os !== "windows" && Deno.uid() !== 0;
const modesSkipped = hasModes ? "" : ", skipped: no file mode keeps this user out";
Deno.test(`file modes that keep the user out are named, and nothing changes${modesSkipped}`, {
  ignore: !hasModes,
}, () =>
  withFolder(async (dataDir) => {
    Deno.mkdirSync(dataDir, { mode: 0o500 });
    await rejects(openHere(dataDir), refuses("store.denied"));
    Deno.chmodSync(dataDir, 0o700);
    await using(dataDir, (store) => store.listGrants());
    const before = snapshot(dataDir);
    Deno.chmodSync(`${dataDir}/ward.db`, 0o400);
    await rejects(openHere(dataDir), refuses("store.denied"));
    deepEqual(snapshot(dataDir), before);
  }));

Deno.test("waiting for another process is bounded", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      const lock = new FileLock(`${dataDir}/ward.db.lock`);
      await lock.acquire(1_000);
      await rejects(store.listGrants(), refuses("store.busy"));
      lock.close();
      deepEqual(await store.listGrants(), [], "and the next call goes through");
    }, { lockTimeoutMs: 20 });
  }));

Deno.test("a removed lock file keeps nobody out of line", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      Deno.removeSync(`${dataDir}/ward.db.lock`);
      await store.listGrants();
      const lock = new FileLock(`${dataDir}/ward.db.lock`);
      await lock.acquire(1_000);
      await rejects(store.listGrants(), refuses("store.busy"));
      lock.close();
    }, { lockTimeoutMs: 20 });
  }));

Deno.test("a state, result or end and its audit rows are stored together or not at all", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      const row = (subject: string) =>
        [{ kind: "effect", sessionId: id, subject, detail: {} }] as const;
      const subjects = async () => (await store.listAudit({ limit: 9 })).map((one) => one.subject);
      await store.appendAssistant(id, { text: "", toolCalls: [CALL], model: "m", usage: null });
      const result = {
        role: "tool",
        callId: CALL.id,
        name: "read",
        ok: true,
        content: "x",
      } as const;
      await store.setCallState(id, CALL.id, "running", row("running"));
      await store.appendToolResult(id, result, row("result"));
      await store.endTurn(id, { outcome: "complete", reason: null }, row("end"));
      deepEqual(await subjects(), ["running", "result", "end"]);
      // The call is done: each of these is refused, and its rows with it.
      const none = { code: "store.no_call" };
      await rejects(store.setCallState(id, CALL.id, "running", row("again")), none);
      await rejects(store.appendToolResult(id, result, row("again")), none);
      await rejects(store.endTurn("gone", { outcome: "complete", reason: null }, row("again")), {
        code: "store.no_session",
      });
      deepEqual(await subjects(), ["running", "result", "end"]);
      deepEqual((await store.verifyAudit()).ok, true);
    });
  }));

Deno.test("a long session is loaded by its newest messages, calls and results whole", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      await store.appendAssistant(id, {
        text: "old",
        toolCalls: ["a", "b", "c"].map((callId) => ({ ...CALL, id: callId })),
        model: "m",
        usage: null,
      });
      for (const callId of ["a", "b"]) {
        const result = { role: "tool", callId, name: "read", ok: true, content: callId } as const;
        await store.appendToolResult(id, result);
      }
      // 1,999 newer ones: the window of 2,000 would begin with the result of "b".
      await withRows(dataDir, id, 1_999);
      const loaded = await store.loadSession(id);
      equal(loaded?.session.messageCount, 2002);
      equal(loaded?.messages.length, 1_999);
      deepEqual(loaded?.messages[0], { role: "user", text: "m1" });
      deepEqual(loaded?.openCalls, [], "no open call without its message");
    });
  }));

Deno.test("the id of a call may come again in a later turn", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      const answer = { text: "", toolCalls: [CALL], model: "m", usage: null };
      const result = { role: "tool", callId: "c1", name: "read", ok: true, content: "r" } as const;
      await store.appendAssistant(id, answer);
      await store.appendToolResult(id, result);
      await rejects(store.appendToolResult(id, result), { code: "store.no_call" });
      await store.appendAssistant(id, answer);
      await store.setCallState(id, "c1", "running");
      const loaded = await store.loadSession(id);
      deepEqual(loaded?.openCalls, [{ callId: "c1", name: "read", state: "running" }]);
      await store.appendToolResult(id, result);
      deepEqual((await store.loadSession(id))?.openCalls, []);
    });
  }));

Deno.test("close() lets the calls under way finish and refuses later ones", () =>
  withFolder(async (dataDir) => {
    const store = await openHere(dataDir);
    const made = store.createSession({ workspace: "/w", title: "t" });
    await store.close();
    await rejects(store.listGrants(), { code: "store.closed" });
    const { id } = await made;
    await using(dataDir, async (again) => equal((await again.latestSession({}))?.id, id));
  }));

Deno.test("grants are used up to the last use, by whoever is first", () =>
  withFolder(async (dataDir) => {
    const grant: Grant = {
      id: "g1",
      compartment: "hands",
      permission: "run",
      value: "cargo test",
      scope: { type: "until", atMs: 5 },
      usesLeft: 5,
      grantedBy: "terminal",
      atMs: 1,
      reason: "asked",
    };
    const { usesLeft: _, ...unbounded } = { ...grant, id: "g2", atMs: 2 };
    await using(dataDir, async (one) => {
      await one.addGrant(grant);
      await one.addGrant(unbounded);
      deepEqual(await one.listGrants(), [grant, unbounded]);
      await rejects(one.addGrant(grant), { code: "store.conflict" });
      await using(dataDir, async (two) => {
        const uses = await Promise.all(
          [one, two, one, two, one, two, one, two].map((store) => store.useGrant("g1")),
        );
        equal(uses.filter((used) => used).length, 5);
      });
      equal(await one.useGrant("g2"), true);
      deepEqual(await one.listGrants(), [unbounded]);
      equal(await one.hasGrant("g1"), true, "what runs on it can tell it from a revoked one");
      equal(await one.removeGrant("g1"), true);
      equal(await one.hasGrant("g1"), false);
      const month = 30 * 24 * 3_600_000;
      await one.addGrant({ ...grant, id: "g3", usesLeft: 1 });
      await one.useGrant("g3");
      await one.addGrant({ ...unbounded, id: "g4", atMs: grant.atMs + month });
      equal(await one.hasGrant("g3"), true);
      await one.addGrant({ ...unbounded, id: "g5", atMs: grant.atMs + month + 1 });
      equal(await one.hasGrant("g3"), false, "what was used up long ago is forgotten");
      equal(await one.hasGrant("g2"), true);
      equal(await one.removeGrant("g2"), true);
      equal(await one.removeGrant("g2"), false);
    });
  }));

Deno.test("two stores see each other's commits at once", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, (one) =>
      using(dataDir, async (two) => {
        const { id } = await one.createSession({ workspace: "/w", title: "t" });
        for (let i = 0; i < 20; i++) await (i % 2 ? one : two).appendUser(id, `${i}`);
        const [a, b] = [await one.loadSession(id), await two.loadSession(id)];
        notEqual(a, null);
        deepEqual(a, b);
        deepEqual(
          a?.messages.map((m) => m.role === "user" && m.text),
          Array.from({ length: 20 }, (_, i) => `${i}`),
        );
      }));
  }));

/** Adds user messages quickly, past the store. */
function withRows(dataDir: string, sessionId: string, count: number): Promise<void> {
  return withRawDatabase(dataDir, (database) => {
    database.exec("BEGIN IMMEDIATE");
    for (let i = 1; i <= count; i++) {
      database.run(
        "INSERT INTO messages (session_id, role, body, at_ms) VALUES (?, 'user', ?, 0)",
        [sessionId, JSON.stringify({ text: `m${i}` })],
      );
    }
    database.exec("COMMIT");
  });
}

/** A rollback journal that claims to restore `pages` pages (fileformat2 §3). */
function hotJournal(pages: number): Uint8Array {
  const journal = Buffer.alloc(512 + pages * (PAGE_BYTES + 8), 7);
  Buffer.from("d9d505f920a163d7", "hex").copy(journal);
  [0xffffffff, 0, pages, 512, PAGE_BYTES].forEach((n, i) => journal.writeUInt32BE(n, 8 + 4 * i));
  return journal;
}
