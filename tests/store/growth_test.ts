/** 84: what a start, a resumed session and a search read does not grow with all that is stored. */
import { equal, ok } from "node:assert/strict";
import {
  denoFileSystem,
  type FileSystem,
} from "../../src/compartments/store/sqlite/file_system.ts";
import { using, withFolder, withRawDatabase } from "./store_kit.ts";

const SESSION_MESSAGES = 100;

/** Fills a database by SQL alone: sessions of 100 messages, a rare word in each tenth session. */
async function fill(dataDir: string, sessions: number): Promise<void> {
  await using(dataDir, (store) => store.listGrants());
  await withRawDatabase(dataDir, (database) => {
    database.exec("BEGIN");
    database.exec(`INSERT INTO sessions (id, workspace, title, created_at_ms, updated_at_ms)
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${sessions - 1})
      SELECT printf('s%06d', i), '/w', 'title', i, i FROM n`);
    database.exec(`INSERT INTO messages (session_id, role, body, at_ms)
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n
        WHERE i < ${sessions * SESSION_MESSAGES - 1})
      SELECT printf('s%06d', i / ${SESSION_MESSAGES}), 'user',
        json_object('role', 'user', 'text', CASE WHEN i = 7 THEN 'the needle' ELSE 'hay of that day' END),
        i FROM n`);
    database.exec("COMMIT");
  });
}

/** Calls that read a file, in opening, in resuming the last session, and in a search. */
async function readsOf(dataDir: string): Promise<Record<"start" | "resume" | "search", number>> {
  // The index is made by the first search, once.
  await using(dataDir, (store) => store.searchMessages({ query: "needle", limit: 5 }));
  let reads = 0;
  const files: FileSystem = {
    ...denoFileSystem,
    openSync(path, options) {
      const file = denoFileSystem.openSync(path, options);
      const read = file.readSync.bind(file);
      file.readSync = (buffer: Uint8Array) => (reads++, read(buffer));
      return file;
    },
  };
  const counts = { start: 0, resume: 0, search: 0 };
  await using(dataDir, async (store) => {
    counts.start = reads;
    reads = 0;
    const last = await store.latestSession({});
    equal((await store.loadSession(last!.id))?.messages.length, SESSION_MESSAGES);
    equal((await store.listSessions({ limit: 20 })).length, 20);
    counts.resume = reads;
    reads = 0;
    equal((await store.searchMessages({ query: "needle", limit: 5 })).length, 1);
    counts.search = reads;
  }, { files });
  return counts;
}

Deno.test("with twenty times the messages a start, a resumed session and a search read about the same", () =>
  withFolder(async (few) => {
    const many = `${few}-many`;
    await fill(few, 20);
    await fill(many, 400);
    const [small, large] = [await readsOf(few), await readsOf(many)];
    for (const what of ["start", "resume", "search"] as const) {
      ok(
        small[what] > 0 && large[what] <= small[what] * 2 + 10,
        `${what}: ${small[what]} and ${large[what]} reads`,
      );
    }
  }));

Deno.test("sessions that come and go leave a file that does not grow", () =>
  withFolder(async (dataDir) => {
    const sizes: number[] = [];
    for (let round = 0; round < 5; round++) {
      await using(dataDir, async (store) => {
        const { id } = await store.createSession({ workspace: "/w", title: "t" });
        for (let i = 0; i < 20; i++) await store.appendUser(id, `${i} ${"x".repeat(20_000)}`);
        ok(await store.deleteSession(id, []));
      });
      sizes.push(Deno.statSync(`${dataDir}/ward.db`).size);
    }
    ok(sizes[4]! <= sizes[0]! * 1.1, sizes.join(", "));
  }));
