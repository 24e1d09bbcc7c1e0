/** Disks that fill up, fail or vanish in the middle: real ones, and every call of the files by turns. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import { SCHEMA_VERSION } from "../../src/compartments/store/schema.ts";
import {
  denoFileSystem,
  type FileSystem,
  type StoreFile,
} from "../../src/compartments/store/sqlite/file_system.ts";
import { countBattery } from "../battery_count.ts";
import { canMount, noMount } from "../e2e/kit/namespace.ts";
import { makeFirstVersion, openHere, using, withFolder, withRawDatabase } from "./store_kit.ts";

/** Files that ask before each call that changes something. */
function asking(ask: (call: string) => void): FileSystem {
  return {
    ...denoFileSystem,
    openSync(path, options) {
      ask(options.create ? "create" : "open");
      const file = denoFileSystem.openSync(path, options);
      const before = <K extends keyof StoreFile>(name: K) => {
        const call = (file[name] as (...args: unknown[]) => unknown).bind(file);
        file[name] = ((...args: unknown[]) => (ask(name), call(...args))) as typeof file[K];
      };
      for (const name of ["writeSync", "truncateSync", "syncSync", "syncDataSync"] as const) {
        before(name);
      }
      return file;
    },
    removeSync: (path) => (ask("remove"), denoFileSystem.removeSync(path)),
    renameSync: (from, to) => (ask("rename"), denoFileSystem.renameSync(from, to)),
  };
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { mode: 0o700 });
  for (const { name } of Deno.readDirSync(from)) {
    Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** The version and all of the schema, as it stands in the file after recovery. */
function schemaOf(dataDir: string): Promise<string> {
  return withRawDatabase(dataDir, (database) => {
    deepEqual(database.all("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
    const version = JSON.stringify(database.all("PRAGMA user_version"));
    return version +
      JSON.stringify(database.all("SELECT name, sql FROM sqlite_master ORDER BY name"));
  });
}

Deno.test("an upgrade that dies at any call of the files leaves the old schema or the new one, and goes on", async (t) => {
  await withFolder(async (dataDir) => {
    const { id } = await using(dataDir, async (store) => {
      const made = await store.createSession({ workspace: "/w", title: "" });
      await store.appendUser(made.id, "said before the upgrade");
      return made;
    });
    await makeFirstVersion(dataDir);
    const old = await schemaOf(dataDir);
    let calls = 0;
    copyFolder(dataDir, `${dataDir}-whole`);
    await using(`${dataDir}-whole`, () => Promise.resolve(), { files: asking(() => calls++) });
    const upgraded = await schemaOf(`${dataDir}-whole`);
    ok(upgraded.includes(`:${SCHEMA_VERSION}}`) && upgraded !== old);
    const seen = new Set<string>();
    let held = 0;
    for (let fatal = 1; fatal <= calls; fatal++) {
      const folder = `${dataDir}-${fatal}`;
      copyFolder(dataDir, folder);
      let count = 0;
      const files = asking(() => {
        // From here on the process is no more.
        if (++count >= fatal) throw new Error("died");
      });
      await openHere(folder, { files }).then((store) => store.close()).catch(() => {});
      ok(count >= fatal);
      const schema = await schemaOf(folder);
      seen.add(schema);
      if (schema === old || schema === upgraded) held++;
      await using(folder, async (store) => {
        equal((await store.loadSession(id))?.messages.length, 1);
        equal((await store.verifyAudit()).ok, true);
      });
      equal(await schemaOf(folder), upgraded);
      Deno.removeSync(folder, { recursive: true });
    }
    equal(seen.size, 2, "some died before the commit and some after it");
    await countBattery(t, { battery: "upgrades killed", verb: "whole", held, tried: calls });
  });
});

const FAULTS = { EROFS: "denied", EACCES: "denied", EDQUOT: "disk_full", EMFILE: "io", EIO: "io" };

Deno.test("a disk that fails is told plainly and no message is half there; when it is well again the store goes on", async (t) => {
  await withFolder(async (dataDir) => {
    let fault: string | null = null;
    let at = "";
    const files = asking((call) => {
      if (fault !== null && call === at) throw Object.assign(new Error(fault), { code: fault });
    });
    let held = 0;
    let tried = 0;
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      const kept: string[] = [];
      for (const [code, told] of Object.entries(FAULTS)) {
        for (const call of ["writeSync", "syncDataSync"]) {
          at = call;
          fault = code;
          const text = `${code} ${call} ${"x".repeat(9_000)}`;
          const error = await store.appendUser(id, text).then(
            () => null,
            (error: unknown) => error,
          );
          fault = null;
          tried++;
          const loaded = await store.loadSession(id);
          const found = loaded?.messages.map((message) => message.role === "user" && message.text);
          deepEqual(found, kept, `${code} ${call}`);
          ok(error instanceof AppError, `${code} ${call}: ${error}`);
          equal(error.code, `store.${told}`, `${code} ${call}`);
          ok(error.hint, code);
          await store.appendUser(id, `after ${code} ${call}`);
          kept.push(`after ${code} ${call}`);
          held++;
        }
      }
      equal((await store.verifyAudit()).ok, true);
    }, { files });
    for (const [code, told] of Object.entries(FAULTS)) {
      const broken = asking((call) => {
        if (call === "open" || call === "create") throw Object.assign(new Error(code), { code });
      });
      const error = await openHere(dataDir, { files: broken }).then(() => null, (error) => error);
      tried++;
      ok(error instanceof AppError, String(error));
      match(error.code, told === "disk_full" ? /^store\./ : new RegExp(`^store\\.${told}$`));
      await using(dataDir, (store) => store.listGrants());
      held++;
    }
    await countBattery(t, { battery: "disk faults", verb: "recovered", held, tried });
  });
});

Deno.test("a result that was only read waits for no disk, outlasts its process all the same, and is synced with the next step", () =>
  withFolder(async (dataDir) => {
    let syncs = 0;
    let fails = false;
    const files = asking((call) => {
      if (call === "syncDataSync") syncs++;
      if (fails && call === "writeSync") throw Object.assign(new Error("EIO"), { code: "EIO" });
    });
    await using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      await store.appendUser(id, "go");
      const toolCalls = ["a", "b"].map((id) => ({ id, name: "read_file", arguments: "{}" }));
      await store.appendAssistant(id, { text: "", toolCalls, model: "m", usage: null });
      const result = (callId: string) =>
        ({ role: "tool", callId, name: "read_file", ok: true, content: "read" }) as const;
      const states = async (from: EncryptedStore) =>
        (await from.loadSession(id))?.openCalls.map(({ callId }) => callId);
      syncs = 0;
      await store.appendToolResult(id, result("a"), [], { durable: false });
      equal(syncs, 0);
      // Another process sees what would be there if this one were killed now.
      deepEqual(await using(dataDir, states), ["b"]);
      await store.loadSession(id);
      syncs = 0;
      fails = true;
      await rejects(store.appendToolResult(id, result("b"), [], { durable: false }), {
        code: "store.io",
      });
      fails = false;
      deepEqual(await states(store), ["b"], "what never got into the file is not there");
      await store.appendToolResult(id, result("b"), [], { durable: false });
      deepEqual(await states(store), []);
      syncs = 0;
      await store.appendUser(id, "more");
      equal(syncs, 1);
    }, { files });
  }));

const POINTS = 50;

/** Runs a file of this folder in a mount namespace where a small disk lies at `place`. */
async function onSmallDisk(place: string, size: string, file: string, args: readonly string[]) {
  Deno.mkdirSync(place);
  const child = await new Deno.Command("/usr/bin/unshare", {
    args: [
      "-m",
      "/bin/sh",
      "-c",
      `mount -t tmpfs -o size=${size},mode=700 tmpfs '${place}' && exec "$@"`,
      "sh",
      Deno.execPath(),
      "run",
      "-q",
      "-A",
      "--no-check",
      new URL(file, import.meta.url).pathname,
      place,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  ok(child.success, new TextDecoder().decode(child.stderr));
  return JSON.parse(new TextDecoder().decode(child.stdout));
}

Deno.test({
  name:
    `a disk of 8 MB that fills up at ${POINTS} points takes no message that it cannot keep, and goes on when there is room${noMount}`,
  ignore: !canMount,
  async fn(t) {
    await withFolder(async (place) => {
      const args = [String(POINTS)];
      const { held, refused } = await onSmallDisk(place, "8m", "./full_disk_child.ts", args);
      ok(refused.store > POINTS / 2 && refused.file > 5, JSON.stringify(refused));
      await countBattery(t, { battery: "full disks", verb: "recovered", held, tried: POINTS });
    });
  },
});

Deno.test({
  name:
    `a disk that fills up under a long log of results that wait for no disk loses nothing it has answered${noMount}`,
  ignore: !canMount,
  async fn() {
    await withFolder(async (folder) => {
      Deno.mkdirSync(folder);
      for (const taken of [3_000_000, 4_000_000, 5_000_000]) {
        const args = [`${folder}/copy-${taken}`, String(taken)];
        const place = `${folder}/${taken}`;
        const { answered, refused } = await onSmallDisk(place, "11m", "./full_log_child.ts", args);
        ok(answered > 100 && refused === 3, `${taken}: ${answered} answered, ${refused} refused`);
      }
    });
  },
});
