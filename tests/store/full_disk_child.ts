/**
 * Works on a small disk that something else fills, each time up to another place. Arguments: the
 * folder where it is mounted, how often.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { writeWhole } from "../../src/host/files/write_whole.ts";
import { using, withRawDatabase } from "./store_kit.ts";

const [place = "", points = "0"] = Deno.args;
const dataDir = `${place}/data`;
const config = `${place}/config.toml`;
const ballast = `${place}/ballast`;
const PAGE = 4096;
const refused = { store: 0, file: 0 };
let held = 0;

/** Leaves room for some pages, by taking all and giving those back. */
function fill(pagesLeft: number): void {
  const file = Deno.openSync(ballast, { write: true, create: true, truncate: true });
  const page = new Uint8Array(PAGE);
  let size = 0;
  try {
    for (;;) size += file.writeSync(page);
  } catch (error) {
    match(String(error), /[Nn]o space/);
  }
  file.truncateSync(Math.max(0, size - pagesLeft * PAGE));
  file.close();
}

await using(dataDir, async (store) => {
  const { id } = await store.createSession({ workspace: "/w", title: "t" });
  const kept: string[] = [];
  let text = "a = 0\n";
  writeWhole(config, text);
  for (let point = 0; point < Number(points); point++) {
    fill(point % 40);
    for (let n = 0; n < 4; n++) {
      const said = `${point} ${n} ${"x".repeat(30 * point)}`;
      try {
        await store.appendUser(id, said);
        await store.appendAudit([{ kind: "turn", sessionId: id, subject: "s", detail: { n } }]);
        kept.push(said);
      } catch (error) {
        ok(error instanceof AppError && error.code === "store.disk_full", String(error));
        refused.store++;
        // The row of the log may have found no room behind its message.
        const last = (await store.loadSession(id))?.messages.at(-1);
        if (last?.role === "user" && last.text === said) kept.push(said);
      }
    }
    const next = `a = ${point}\n`.padEnd(PAGE * 3, "#");
    try {
      writeWhole(config, next);
      text = next;
    } catch {
      refused.file++;
    }
    equal(Deno.readTextFileSync(config), text, "the old file or the new one");
    Deno.removeSync(ballast);
    await store.appendUser(id, `room ${point}`);
    kept.push(`room ${point}`);
    const loaded = await store.loadSession(id);
    deepEqual(loaded?.messages.map((message) => message.role === "user" && message.text), kept);
    equal((await store.verifyAudit()).ok, true);
    held++;
  }
});
await withRawDatabase(dataDir, (database) => {
  deepEqual(database.all("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
});
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ held, refused })));
