import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { canonicalJson } from "../../src/compartments/store/canonical_json.ts";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import type { Database } from "../../src/compartments/store/sqlite/database.ts";
import type { AuditVerdict } from "../../src/model/audit.ts";
import { bytesToHex } from "@noble/hashes/utils.js";
import { denoFileSystem } from "../../src/compartments/store/sqlite/file_system.ts";
import { AuditHeadFile } from "../../src/compartments/store/audit_head.ts";
import { KEY, openHere, using, withFolder, withRawDatabase } from "./store_kit.ts";

const GENESIS = "0".repeat(64);

/** Adds rows one transaction each, then two in one. */
async function addRows(store: EncryptedStore, rows: number): Promise<void> {
  for (let i = 0; i < rows; i++) {
    const detail = { path: `/w/${i}`, bytes: i, ok: true };
    await store.appendAudit([{ kind: "effect", sessionId: "s", subject: "write", detail }]);
  }
}

/** The verdict after an attacker who has the key edited the tables. */
async function verdictAfter(edit: (database: Database) => void): Promise<AuditVerdict> {
  return await withFolder(async (dataDir) => {
    await using(dataDir, (store) => addRows(store, 8));
    await withRawDatabase(dataDir, edit);
    return await using(dataDir, (store) => store.verifyAudit());
  });
}

async function finds(atSeq: number | null, reason: RegExp, edit: (database: Database) => void) {
  const verdict = await verdictAfter(edit);
  ok(!verdict.ok, "found");
  equal(verdict.atSeq, atSeq);
  match(verdict.reason, reason);
}

Deno.test("verifyAudit() accepts an untouched log of any length and names its end", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      deepEqual(await store.verifyAudit(), { ok: true, count: 0, head: GENESIS });
      await store.appendAudit([]);
      const entry = { kind: "turn", sessionId: null, subject: "s", detail: {} } as const;
      await store.appendAudit(Array.from({ length: 1_000 }, () => entry));
      equal((await store.verifyAudit()).ok, true);
      await store.appendAudit(Array.from({ length: 1_001 }, () => entry));
      const rows = await store.listAudit({ limit: 3 });
      deepEqual(rows.map(({ seq }) => seq), [1999, 2000, 2001]);
      deepEqual(await store.verifyAudit(), { ok: true, count: 2_001, head: rows[2]?.hash });
    });
  }));

Deno.test("verifyAudit() finds a changed row, in every column", async () => {
  for (const change of ["at_ms = 1", "kind = 'turn'", "session_id = 't'", "session_id = NULL"]) {
    await finds(
      4,
      /row 4 was changed/,
      (db) => db.exec(`UPDATE audit SET ${change} WHERE seq = 4`),
    );
  }
  for (
    const change of ["subject = 'read'", `detail = '{"ok":false}'`, "detail = '{ }'", "detail = ''"]
  ) {
    await finds(
      4,
      /row 4 was changed/,
      (db) => db.exec(`UPDATE audit SET ${change} WHERE seq = 4`),
    );
  }
  await finds(4, /row 4 was changed/, (db) => db.exec("UPDATE audit SET hash = 'a' WHERE seq = 4"));
  await finds(4, /not follow/, (db) => db.exec("UPDATE audit SET prev_hash = 'a' WHERE seq = 4"));
});

Deno.test("verifyAudit() finds a removed, a reordered, an inserted and a first row gone", async () => {
  await finds(4, /row 4 is missing/, (db) => db.exec("DELETE FROM audit WHERE seq = 4"));
  await finds(1, /row 1 is missing/, (db) => db.exec("DELETE FROM audit WHERE seq = 1"));
  await finds(4, /not follow/, (db) => {
    db.exec("UPDATE audit SET seq = 100 WHERE seq = 4");
    db.exec("UPDATE audit SET seq = 4 WHERE seq = 5");
    db.exec("UPDATE audit SET seq = 5 WHERE seq = 100");
  });
  await finds(9, /row 9/, (db) =>
    db.exec(
      `INSERT INTO audit SELECT 9, at_ms, kind, session_id, subject, detail, prev_hash, hash
       FROM audit WHERE seq = 8`,
    ));
});

Deno.test("verifyAudit() finds deleted last rows, one or all", async () => {
  await finds(null, /last 1 rows are gone/, (db) => db.exec("DELETE FROM audit WHERE seq = 8"));
  await finds(null, /last 3 rows are gone/, (db) => db.exec("DELETE FROM audit WHERE seq > 5"));
  await finds(null, /last 8 rows are gone/, (db) => db.exec("DELETE FROM audit"));
});

Deno.test("verifyAudit() finds a chain written anew with good hashes", async () => {
  const rows = await withFolder((dataDir) =>
    using(dataDir, async (store) => {
      await addRows(store, 7);
      const detail = { path: "/elsewhere" };
      await store.appendAudit([{ kind: "effect", sessionId: "s", subject: "write", detail }]);
      return await store.listAudit({ limit: 100 });
    })
  );
  await finds(null, /written anew/, (db) => {
    db.exec("DELETE FROM audit");
    for (const row of rows) {
      db.run("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [
        row.seq,
        row.atMs,
        row.kind,
        row.sessionId,
        row.subject,
        canonicalJson(row.detail),
        row.prevHash,
        row.hash,
      ]);
    }
  });
});

Deno.test("verifyAudit() finds an old database put back, and an old or forged or missing head", () =>
  withFolder(async (dataDir) => {
    const [database, head] = [`${dataDir}/ward.db`, `${dataDir}/audit.head`];
    const verdict = () => using(dataDir, (store) => store.verifyAudit());
    await using(dataDir, (store) => addRows(store, 3));
    const old = { database: Deno.readFileSync(database), head: Deno.readFileSync(head) };
    await using(dataDir, (store) => addRows(store, 1));
    const now = { database: Deno.readFileSync(database), head: Deno.readFileSync(head) };

    Deno.writeFileSync(database, old.database);
    deepEqual(await verdict(), {
      ok: false,
      atSeq: null,
      reason: "the last 1 rows are gone, or an old database was put back",
    });
    Deno.writeFileSync(database, now.database);
    Deno.writeFileSync(head, old.head);
    match(JSON.stringify(await verdict()), /older than the database/);
    // An editor without the key changes the count in the head, or takes the seal of another.
    const text = new TextDecoder().decode(now.head);
    const counts = text.replaceAll('"count":4', '"count":3');
    for (const forged of [counts, text.split("\n")[0] ?? "", ""]) {
      notEqual(forged, text);
      Deno.writeTextFileSync(head, forged);
      match(JSON.stringify(await verdict()), /not written by this ward/);
    }
    Deno.removeSync(head);
    match(JSON.stringify(await verdict()), /audit.head is missing/);
    Deno.writeFileSync(head, now.head);
    equal((await verdict()).ok, true);
  }));

Deno.test("a spoilt part of the head neither raises an alarm nor lets the last rows be taken back", () =>
  withFolder(async (dataDir) => {
    const [database, head] = [`${dataDir}/ward.db`, `${dataDir}/audit.head`];
    const verdict = () => using(dataDir, (store) => store.verifyAudit());
    for (let rows = 1; rows < 5; rows++) {
      await using(dataDir, (store) => addRows(store, 1));
      const old = Deno.readFileSync(database);
      await using(dataDir, (store) => addRows(store, 1));
      const now = { database: Deno.readFileSync(database), head: Deno.readFileSync(head) };
      const places = [0, 1, 2].map((place) => now.head.subarray(place * 1024, (place + 1) * 1024));
      const spoilt = (change: (places: Uint8Array[]) => void) => {
        const changed = places.map((place) => place.slice());
        change(changed);
        Deno.writeFileSync(head, Buffer.concat(changed));
      };
      for (const place of [0, 1, 2]) {
        // Torn by a power cut, emptied, or another place's sealed content in its stead.
        const ways: ((all: Uint8Array[]) => void)[] = [
          (all) => all[place]!.fill(0, 100),
          (all) => all[place]!.fill(0),
          (all) => all[place] = all[(place + 1) % 3]!,
        ];
        for (const way of ways) {
          spoilt(way);
          Deno.writeFileSync(database, now.database);
          equal((await verdict()).ok, true, `place ${place}, the real database`);
          spoilt(way);
          Deno.writeFileSync(database, old);
          match(JSON.stringify(await verdict()), /last 1 rows are gone/, `place ${place}`);
          spoilt((all) => {
            way(all);
            all[(place + 1) % 3]!.fill(0);
          });
          match(JSON.stringify(await verdict()), /not written by this ward/);
        }
      }
      Deno.writeFileSync(database, now.database);
      Deno.writeFileSync(head, now.head);
    }
    equal((await verdict()).ok, true);
  }));

Deno.test("verifyAudit() finds last rows cut off the log of a killed ward", () =>
  withFolder(async (dataDir) => {
    const log = `${dataDir}/ward.db-wal`;
    const store = await openHere(dataDir);
    await addRows(store, 3);
    const before = Deno.readFileSync(log);
    await addRows(store, 1);
    const after = Deno.readFileSync(log);
    const lastCommit = after.findIndex((byte, at) => byte !== (before[at] ?? 0));
    ok(lastCommit > 1000, "the log was added to");
    // What a kill leaves, seen from another folder: files as they are, nothing closed.
    const copy = `${dataDir}-killed`;
    Deno.mkdirSync(copy, { mode: 0o700 });
    for (const name of ["ward.db", "ward.db-wal", "audit.head"]) {
      Deno.copyFileSync(`${dataDir}/${name}`, `${copy}/${name}`);
    }
    const whole = await using(copy, (killed) => killed.verifyAudit());
    ok(whole.ok && whole.count === 4, "nothing is lost by a kill");
    for (const name of ["ward.db", "ward.db-wal", "audit.head"]) {
      Deno.copyFileSync(`${dataDir}/${name}`, `${copy}/${name}`);
    }
    Deno.truncateSync(`${copy}/ward.db-wal`, lastCommit);
    const cut = await using(copy, (killed) => killed.verifyAudit());
    match(JSON.stringify(cut), /last 1 rows are gone/);
    await store.close();
  }));

Deno.test("verifyAudit() keeps telling of tampering after ward has gone on", () =>
  withFolder(async (dataDir) => {
    const [database, head] = [`${dataDir}/ward.db`, `${dataDir}/audit.head`];
    await using(dataDir, (store) => addRows(store, 3));
    const old = Deno.readFileSync(database);
    await using(dataDir, (store) => addRows(store, 2));
    Deno.writeFileSync(database, old);
    // The attacker hopes that the next row makes the new, shorter chain the accepted one.
    await using(dataDir, (store) => addRows(store, 4));
    const verdict = await using(dataDir, (store) => store.verifyAudit());
    match(JSON.stringify(verdict), /last 2 rows are gone.* when row 4 was added/);
    Deno.removeSync(head);
    await using(dataDir, (store) => addRows(store, 1));
    const again = await using(dataDir, (store) => store.verifyAudit());
    match(JSON.stringify(again), /audit.head was missing when row 8 was added/);
  }));

Deno.test("a crash between commit and head is no tampering, and leaves no way to take the row back", () =>
  withFolder(async (dataDir) => {
    const database = `${dataDir}/ward.db`;
    await using(dataDir, (store) => addRows(store, 2));
    const old = Deno.readFileSync(database);
    const file = new AuditHeadFile(denoFileSystem, dataDir, KEY);
    const before = file.read();
    await using(dataDir, (store) => addRows(store, 1));
    const after = file.read();
    ok(before.type === "sealed" && after.type === "sealed");
    const { count, head } = after.head;
    file.write({ ...before.head, next: { count, head } }, true);
    equal((await using(dataDir, (store) => store.verifyAudit())).ok, true);
    Deno.writeFileSync(database, old);
    equal((await using(dataDir, (store) => store.verifyAudit())).ok, false);
  }));

Deno.test("appendAudit() keeps the order of each process, and lists by session", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, (one) =>
      using(dataDir, async (two) => {
        const add = (store: EncryptedStore, sessionId: string, n: number) =>
          store.appendAudit([{ kind: "turn", sessionId, subject: `${n}`, detail: {} }]);
        const numbers = Array.from({ length: 25 }, (_, i) => i);
        await Promise.all(numbers.flatMap((n) => [add(one, "a", n), add(two, "b", n)]));
        equal((await one.verifyAudit()).ok, true);
        for (const sessionId of ["a", "b"]) {
          const rows = await one.listAudit({ limit: 100, sessionId });
          deepEqual(rows.map(({ subject }) => Number(subject)), numbers);
        }
        equal((await two.listAudit({ limit: 7, sessionId: "a" })).length, 7);
      }));
  }));

Deno.test("listAudit() of a session has the rows of its sub-agents, and nobody else's", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, async (store) => {
      const make = async (title: string, parentId?: string) =>
        (await store.createSession({ workspace: "/w", title, parentId })).id;
      const top = await make("top");
      const below = await make("below", top);
      const deeper = await make("deeper", below);
      const other = await make("other");
      for (const sessionId of [deeper, other, top, below]) {
        await store.appendAudit([{ kind: "effect", sessionId, subject: sessionId, detail: {} }]);
      }
      const of = async (sessionId: string) =>
        (await store.listAudit({ limit: 9, sessionId })).filter(({ kind }) => kind === "effect")
          .map(({ subject }) => subject);
      deepEqual(await of(top), [deeper, top, below]);
      deepEqual(await of(below), [deeper, below]);
      deepEqual(await of(other), [other]);
    });
  }));

Deno.test("appendAudit() cuts values at 500 characters", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      // The cut falls into a surrogate pair.
      const long = "x".repeat(499) + "\u{1F600}" + "y".repeat(5_000);
      await store.appendAudit([{
        kind: "effect",
        sessionId: null,
        subject: long,
        detail: { long, none: null },
      }]);
      const [row] = await store.listAudit({ limit: 1 });
      equal(row?.subject, "x".repeat(499) + "\uFFFD");
      deepEqual(row?.detail, { long: "x".repeat(499) + "\uFFFD", none: null });
      equal((await store.verifyAudit()).ok, true);
    })
  ));

const flatRecord = fc.dictionary(
  fc.string({ unit: "binary" }),
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  ),
);

Deno.test("canonicalJson() is JSON, the same for every order of keys, different for different records", () => {
  fc.assert(fc.property(flatRecord, (record) => {
    const reversed = Object.fromEntries(Object.entries(record).reverse());
    equal(canonicalJson(reversed), canonicalJson(record));
    const parsed = JSON.parse(canonicalJson(record));
    deepEqual(parsed, JSON.parse(JSON.stringify(record)));
    equal(canonicalJson(parsed), canonicalJson(record));
  }));
  equal(canonicalJson({ b: 1, a: "\n", "": null }), '{"":null,"a":"\\n","b":1}');
});

Deno.test("any row is chained by SHA-256 over the previous hash and the canonical row", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const text = fc.string({ unit: "binary" });
      const entries = fc.array(
        fc.record({
          kind: fc.constantFrom("tool_call", "grant"),
          sessionId: fc.option(text),
          subject: text,
          detail: flatRecord,
        }),
        { minLength: 1, maxLength: 4 },
      );
      let previous = GENESIS;
      await fc.assert(
        fc.asyncProperty(entries, async (added) => {
          await store.appendAudit(added);
          const rows = await store.listAudit({ limit: added.length });
          for (const { hash, prevHash, detail, ...row } of rows) {
            equal(prevHash, previous);
            const canonical = canonicalJson({ ...row, detail: canonicalJson(detail) });
            const bytes = new TextEncoder().encode(prevHash + canonical);
            equal(hash, bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
            previous = hash;
          }
        }),
        { numRuns: 60 },
      );
      const verdict = await store.verifyAudit();
      ok(verdict.ok, JSON.stringify(verdict));
      equal(verdict.head, previous);
    })
  ));
