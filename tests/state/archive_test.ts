/** The form of a backup: what was written is read, and nothing else opens. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { type BackupKey, newHeader, PIECE_BYTES } from "../../src/host/backup/archive_format.ts";
import { opensWith, readArchive, readHeader } from "../../src/host/backup/read_archive.ts";
import { writeArchive } from "../../src/host/backup/write_archive.ts";
import { countBattery } from "../battery_count.ts";

const KEY: BackupKey = { sealedBy: "profile", keyHex: "0123456789abcdef".repeat(4) };
const OTHER: BackupKey = { sealedBy: "profile", keyHex: "fedcba9876543210".repeat(4) };

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "ward-archive-" });
  try {
    return await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function write(path: string, big: Uint8Array, text: string): Promise<void> {
  Deno.writeFileSync(`${path}.big`, big);
  await writeArchive(path, {
    header: newHeader("profile", 1),
    key: KEY,
    entries: [{ name: "text", content: text }, { name: "big", content: { path: `${path}.big` } }],
  });
}

Deno.test("readArchive() gives what writeArchive() took, at every size around a piece", async () => {
  await inFolder(async (folder) => {
    let n = 0;
    const around = fc.integer({ min: -70, max: 70 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2), around, fc.string(), async (pieces, by, text) => {
        const size = Math.max(0, pieces * PIECE_BYTES + by);
        const big = new Uint8Array(size).map((_, at) => (at * 31 + by) & 255);
        const path = `${folder}/${n++}`;
        await write(path, big, text);
        const texts = await readArchive(path, KEY, { text: null, big: `${path}.out` });
        deepEqual(texts, { text: text.toWellFormed() });
        ok(Deno.readFileSync(`${path}.out`).every((byte, at) => byte === big[at]));
        equal(Deno.statSync(`${path}.out`).size, size);
      }),
      { numRuns: 25 },
    );
  });
});

Deno.test("attack: a backup that is changed, cut, lengthened, reordered or given another head does not open", async (t) => {
  await inFolder(async (folder) => {
    const path = `${folder}/whole`;
    await write(path, crypto.getRandomValues(new Uint8Array(65_536)).map((v) => v & 7), "text");
    const long = `${folder}/long`;
    await write(long, new Uint8Array(2 * PIECE_BYTES + 99), "text");
    const whole = Deno.readFileSync(path);
    const [, line = ""] = /^(.*\n)/.exec(new TextDecoder("latin1").decode(whole)) ?? [];
    const changed = (at: number) => {
      const bytes = whole.slice();
      bytes[at] = bytes[at]! ^ 1;
      return bytes;
    };
    const longer = Deno.readFileSync(long);
    const start = new DataView(longer.buffer).getUint32(line.length) + 5;
    const pieces = [0, 1].map((n) =>
      longer.slice(line.length + n * start, line.length + (n + 1) * start)
    );
    const joined = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));
    const head = longer.slice(0, line.length);
    const attacks: [string, Uint8Array][] = [
      ...Array.from(
        { length: 60 },
        (_, n) => ["bit", changed(Math.floor(n * whole.length / 60))] as [string, Uint8Array],
      ),
      ...[1, 16, 17, 5000].map((cut) => ["cut", whole.slice(0, -cut)] as [string, Uint8Array]),
      ["longer", joined(whole, new Uint8Array(1))],
      ["swapped", joined(head, pieces[1]!, pieces[0]!, longer.slice(line.length + 2 * start))],
      ["left out", joined(head, pieces[0]!, longer.slice(line.length + 2 * start))],
      ["twice", joined(head, pieces[0]!, pieces[0]!, longer.slice(line.length + 2 * start))],
      ["ends early", joined(head, pieces[0]!)],
      ["other head", joined(head, whole.slice(line.length))],
    ];
    let refused = 0;
    for (const [what, bytes] of attacks) {
      Deno.writeFileSync(`${folder}/attack`, bytes);
      const out = `${folder}/out-${refused}`;
      const reading = (async () =>
        await readArchive(`${folder}/attack`, KEY, { text: null, big: out }))();
      await rejects(reading, { code: /^backup\.(broken|wrong_key|not_one)$/ }, what);
      refused++;
    }
    await countBattery(t, {
      battery: "backup tampering",
      verb: "refused",
      held: refused,
      tried: attacks.length,
    });
  });
});

Deno.test("attack: a backup with a name that leads elsewhere is refused, whoever sealed it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/evil`;
    for (const name of ["../evil", "/etc/passwd", "other", "__proto__", "constructor"]) {
      await writeArchive(path, {
        header: newHeader("profile", 1),
        key: KEY,
        entries: [{ name, content: "x" }],
      });
      await rejects(readArchive(path, KEY, { "ward.db": `${folder}/out` }), {
        code: "backup.broken",
      });
      Deno.removeSync(path);
    }
    deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("only its key opens a backup, and only its passphrase", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/one`;
    await write(path, new Uint8Array(9), "text");
    equal(await opensWith(path, KEY), true);
    equal(await opensWith(path, OTHER), false);
    await rejects(readArchive(path, OTHER, { text: null, big: null }), {
      code: "backup.wrong_key",
    });
    const sealed = `${folder}/two`;
    const passphrase = { sealedBy: "passphrase", passphrase: "correct horse" } as const;
    const header = newHeader("passphrase", 1);
    await writeArchive(sealed, {
      header,
      key: passphrase,
      entries: [{ name: "text", content: "x" }],
    });
    equal(readHeader(sealed).sealedBy, "passphrase");
    deepEqual(await readArchive(sealed, passphrase, { text: null }), { text: "x" });
    await rejects(readArchive(sealed, { ...passphrase, passphrase: "wrong" }, { text: null }), {
      code: "backup.wrong_key",
    });
    equal(await opensWith(sealed, KEY), false);
  });
});
