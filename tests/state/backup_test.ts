/** Backups of a profile at work, and what a restore leaves when it is killed. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createBackup } from "../../src/app/backup/create.ts";
import { restoreBackup } from "../../src/app/backup/restore.ts";
import { formOf } from "../../src/app/start/code_base.ts";
import type { BackupKey } from "../../src/host/backup/archive_format.ts";
import { grantAgain } from "../../src/kernel/policy/grant_command.ts";
import type { Grant, GrantScope } from "../../src/model/cells/permission.ts";
import { findDatabaseKey } from "../../src/host/keys/database_key.ts";
import { recoverSwitch } from "../../src/host/keys/state_switch.ts";
import { countBattery } from "../battery_count.ts";
import { KEY, openHere, startScript, using, wasmModule } from "../store/store_kit.ts";
import { makeProfile, secretsUnder, Steps, withCopies } from "./rotation_kit.ts";

const FORM = formOf(import.meta.resolve("../../src/main.ts"));
const SEALED: BackupKey = { sealedBy: "profile", keyHex: KEY };
const PASSPHRASE: BackupKey = { sealedBy: "passphrase", passphrase: "correct horse" };

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ward-backup-" }));
  try {
    await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function backUp(home: string, target: string, key: BackupKey) {
  return createBackup({
    form: FORM,
    home,
    dataDir: `${home}/data`,
    configPath: `${home}/config.toml`,
    profile: null,
    keyHex: KEY,
    key,
    target,
    nowMs: 1_700_000_000_000,
  });
}

function restore(home: string, file: string, key: BackupKey, steps = new Steps()) {
  Deno.mkdirSync(home, { recursive: true });
  return withCopies(steps, (store) =>
    restoreBackup({
      file,
      key,
      places: { ...steps.places(home), keychain: null, nextKeychain: null },
      variable: undefined,
      store,
      module: wasmModule(),
      config: true,
      nowMs: 1_700_000_000_000,
    }));
}

Deno.test("backups while another process writes hold the commits up to some moment, whole", async (t) => {
  await inFolder(async (folder) => {
    const home = `${folder}/home`;
    await makeProfile(home, "file");
    const writer = startScript("write_child.ts", [`${home}/data`, "busy", "100000"]);
    const noise = Promise.all([
      writer.stdout.pipeTo(new WritableStream()),
      writer.stderr.pipeTo(new WritableStream()),
    ]);
    let whole = 0;
    let before = -1;
    try {
      for (let n = 0; n < 4; n++) {
        await backUp(home, `${folder}/${n}`, SEALED);
        await restore(`${folder}/home${n}`, `${folder}/${n}`, SEALED);
        const { keyHex } = await findDatabaseKey({
          home: `${folder}/home${n}`,
          dataDir: `${folder}/home${n}/data`,
          variable: undefined,
          keychain: null,
        });
        await using(`${folder}/home${n}/data`, async (store) => {
          ok((await store.verifyAudit()).ok);
          const busy = (await store.listSessions({ workspace: "busy", limit: 1 }))[0];
          const messages = busy ? (await store.loadSession(busy.id))?.messages ?? [] : [];
          // A prefix: numbered without a gap, and as many rows of the log, or one less.
          messages.forEach((message, at) => {
            equal(message.role === "user" && message.text, `busy ${at}`);
          });
          const rows = await store.listAudit({ limit: 1_000_000, sessionId: busy?.id ?? "" });
          ok(rows.length === messages.length || rows.length === messages.length - 1);
          ok(messages.length >= before);
          before = messages.length;
        }, { keyHex });
        whole++;
      }
    } finally {
      writer.kill("SIGKILL");
      await writer.status;
      await noise;
    }
    ok(before > 0, "it wrote meanwhile");
    await countBattery(t, {
      battery: "backups while written to",
      verb: "whole",
      held: whole,
      tried: 4,
    });
  });
});

Deno.test("attack: a stolen backup shows no message, secret, key, setting or path", async () => {
  await inFolder(async (folder) => {
    const home = `${folder}/home`;
    await makeProfile(home, "file");
    Deno.writeTextFileSync(
      `${home}/config.toml`,
      '# private-setting\n[commands]\nallow = ["ls"]\n',
    );
    for (const [name, key] of [["a", SEALED], ["b", PASSPHRASE]] as const) {
      await backUp(home, `${folder}/${name}`, key);
      const text = new TextDecoder("latin1").decode(Deno.readFileSync(`${folder}/${name}`));
      for (
        const word of ["kept", "sk-kept", "lab", KEY, "private-setting", "SQLite format", home]
      ) {
        ok(!text.includes(word), word);
      }
      equal((Deno.statSync(`${folder}/${name}`).mode ?? 0) & 0o077, 0);
    }
    await rejects(backUp(home, `${folder}/a`, SEALED), { code: "backup.exists" });
    deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => /tmp/.test(name)),
      [],
    );
  });
});

Deno.test("a passphrase restores on a clean machine under a new key; the profile's own needs the profile", async () => {
  await inFolder(async (folder) => {
    await makeProfile(`${folder}/home`, "file");
    await backUp(`${folder}/home`, `${folder}/b`, PASSPHRASE);
    const clean = `${folder}/clean`;
    await rejects(restore(clean, `${folder}/b`, { ...PASSPHRASE, passphrase: "wrong one" }), {
      code: "backup.wrong_key",
    });
    deepEqual([...Deno.readDirSync(clean)].map(({ name }) => name), ["data"]);
    const restored = await restore(clean, `${folder}/b`, PASSPHRASE);
    deepEqual(restored.aside, []);
    equal(restored.kept, "file");
    const keyHex = Deno.readTextFileSync(`${clean}/database.key`).trim();
    ok(keyHex !== KEY);
    await using(`${clean}/data`, async (store) => {
      equal((await store.latestSession({}))?.title, "kept");
      ok((await store.verifyAudit()).ok);
    }, { keyHex });
    equal(await secretsUnder(clean, keyHex).get("lab"), "sk-kept");
  });
});

Deno.test("attack: a restore brings back a grant that was revoked, used up or ran out since the backup", async () => {
  await inFolder(async (folder) => {
    const home = `${folder}/home`;
    await makeProfile(home, "file");
    const nowMs = 1_700_000_000_000;
    const grant = (id: string, scope: GrantScope, more: Partial<Grant> = {}): Grant => ({
      id,
      compartment: "hands",
      permission: "run",
      value: id,
      scope,
      grantedBy: "terminal",
      atMs: nowMs - 1000,
      reason: "",
      ...more,
    });
    const sessionId = await using(`${home}/data`, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "granted" });
      for (
        const one of [
          grant("revoked", { type: "always" }),
          grant("used", { type: "always" }, { usesLeft: 3 }),
          grant("over", { type: "until", atMs: nowMs - 1 }),
          grant("hour", { type: "until", atMs: nowMs + 3_600_000 }, { usesLeft: 2 }),
          grant("once", { type: "once" }, { usesLeft: 1 }),
          grant("answered", { type: "session", sessionId: id }),
          grant("net", { type: "always" }, {
            compartment: "web",
            permission: "net",
            value: "POST api.example.org",
          }),
        ]
      ) await store.addGrant(one);
      await store.approveInstructions({ workspace: "/w", name: "a", hash: "0", text: "b" }, []);
      await store.approveMcp({ workspace: "", alias: "notes", entryHash: "0", tools: [] }, []);
      return id;
    });
    await backUp(home, `${folder}/b`, SEALED);
    await using(`${home}/data`, async (store) => {
      await store.removeGrant("revoked");
      for (let n = 0; n < 3; n++) await store.useGrant("used");
    });
    const later = await backUp(home, `${folder}/later`, SEALED);
    equal(later.rows["grants"], 5, "neither what was revoked nor what is used up");
    const restored = await restore(home, `${folder}/b`, SEALED);
    equal(restored.rows["grants"], 0);
    await using(`${home}/data`, async (store) => {
      deepEqual(await store.listGrants(), []);
      deepEqual(await store.listInstructions("/w"), []);
      deepEqual(await store.listMcpApprovals("/w"), []);
      ok(await store.loadSession(sessionId), "all else is there");
      ok((await store.verifyAudit()).ok);
    });
    deepEqual(restored.notGranted.map((one) => grantAgain(one, nowMs)).toSorted(), [
      "ward permissions grant net 'POST api.example.org' --always --compartment web",
      "ward permissions grant run hour --for 60m --uses 2",
      "ward permissions grant run revoked --always",
      "ward permissions grant run used --always --uses 3",
    ]);
  });
});

Deno.test("killed at any step, a restore leaves the former state or the restored one, whole", async (t) => {
  await inFolder(async (folder) => {
    const former = `${folder}/home`;
    await makeProfile(former, "file");
    await backUp(former, `${folder}/b`, SEALED);
    // What is written after the backup is what a restore takes back. The store stays open, so that
    // the copies below have a log that nobody worked off: it goes aside with its database.
    const open = await openHere(`${former}/data`);
    await open.createSession({ workspace: "/w", title: "late" });
    ok(Deno.statSync(`${former}/data/ward.db-wal`).size > 0);
    const whole = new Steps();
    const ends: string[] = [];
    const run = async (name: string, steps: Steps) => {
      const home = `${folder}/${name}`;
      copyFolder(former, home);
      Deno.mkdirSync(`${home}.keychain`);
      await restore(home, `${folder}/b`, SEALED, steps).catch(() => {});
      await recoverSwitch({ ...new Steps().places(home), keychain: null, nextKeychain: null });
      const store = await openHere(`${home}/data`);
      const title = (await store.latestSession({}))?.title;
      ok((await store.verifyAudit()).ok);
      await store.close();
      equal(await secretsUnder(home, KEY).get("lab"), "sk-kept");
      const aside = [...Deno.readDirSync(`${home}/data`)].find(({ name }) =>
        name.startsWith("former-")
      );
      if (title === "kept") {
        const former = await openFormer(`${home}/data/${aside?.name}`);
        equal(former, "late", "what was there is kept aside, whole");
      }
      Deno.removeSync(home, { recursive: true });
      return title ?? "none";
    };
    equal(await run("whole", whole), "kept");
    for (const fatal of whole.fatalOnes()) ends.push(await run(`k${fatal}`, new Steps(fatal)));
    const turn = ends.indexOf("kept");
    ok(turn > 3 && ends.slice(0, turn).every((end) => end === "late"));
    ok(ends.slice(turn).every((end) => end === "kept"));
    await open.close();
    await countBattery(t, {
      battery: "restore killed at each step",
      verb: "whole after",
      held: ends.length,
      tried: whole.fatalOnes().length,
    });
  });
});

async function openFormer(folder: string): Promise<string | undefined> {
  const store = await openHere(folder);
  const title = (await store.latestSession({}))?.title;
  await store.close();
  return title;
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { mode: 0o700 });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}
