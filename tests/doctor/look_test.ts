/** What is looked at on a real disk: programs with the folders of PATH, files of a profile. */
import assert from "node:assert/strict";
import { applyFixes } from "../../src/app/doctor/apply_fixes.ts";
import { lookAtPrograms } from "../../src/app/doctor/look_at_programs.ts";
import { lookAtMachine } from "../../src/host/process/machine.ts";
import { profileFiles } from "../../src/host/files/profile_files.ts";

function inFolder(use: (folder: string) => void): void {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ward-look-" }));
  try {
    use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("programs: folders of PATH count up to the one that has it, and what a link leads to", () => {
  inFolder((folder) => {
    for (const name of ["first", "second", "third", "real"]) Deno.mkdirSync(`${folder}/${name}`);
    Deno.writeTextFileSync(`${folder}/real/tool-1`, "#!/bin/sh\n", { mode: 0o755 });
    Deno.symlinkSync(`${folder}/real/tool-1`, `${folder}/second/tool`);
    Deno.chmodSync(`${folder}/first`, 0o777);
    const path = ["first", "second", "third"].map((name) => `${folder}/${name}`).join(":");
    const [tool, gone, again] = lookAtPrograms(lookAtMachine(path, []), [
      "tool run",
      "no-such-tool",
      "tool",
      `${folder}/real/tool-1`,
      "*",
    ]);
    assert.equal(tool?.path, `${folder}/second/tool`);
    assert.deepEqual(tool?.places.map((place) => place.path), [
      `${folder}/first`,
      `${folder}/second`,
      `${folder}/real`,
      `${folder}/real/tool-1`,
    ]);
    assert.equal(tool.places[0]!.mode! & 0o777, 0o777);
    assert.deepEqual(gone, { name: "no-such-tool", path: null, places: [] });
    // Each place is told once.
    assert.deepEqual(again?.places, []);
  });
});

Deno.test("profile: files with their modes, and only old files of ward's own names are leftovers", () => {
  inFolder((home) => {
    const dataDir = `${home}/data`;
    Deno.mkdirSync(`${dataDir}/cell-etc`, { recursive: true });
    const old = [
      `${home}/.probe-1a2b`,
      `${home}/database.key.0123456789abcdef`,
      `${home}/config.toml.12345.tmp`,
      `${dataDir}/audit.head.new`,
      `${dataDir}/history.77`,
      `${dataDir}/cell-etc/passwd.123`,
    ];
    const kept = [
      `${home}/config.toml`,
      `${home}/database.key`,
      `${home}/notes.tmp`,
      `${dataDir}/ward.db`,
      `${dataDir}/cell-etc/passwd`,
    ];
    for (const path of [...old, ...kept]) {
      Deno.writeTextFileSync(path, "x", { mode: 0o600 });
      Deno.utimeSync(path, 0, 0);
    }
    Deno.writeTextFileSync(`${home}/.probe-young`, "");
    Deno.symlinkSync("/etc/passwd", `${home}/.probe-link`);
    const found = profileFiles({ home, dataDir, base: home, nowMs: Date.now() });
    assert.deepEqual(found.leftovers.map(({ path }) => path).sort(), old.sort());
    assert.deepEqual(found.keys.map(({ path }) => path), [`${home}/database.key`]);
    assert.deepEqual(found.state.map(({ path }) => path), [`${dataDir}/ward.db`]);
    assert.equal(found.writable, true);
    const nowhere = profileFiles({
      home: `${home}/profiles/a`,
      dataDir: `${home}/profiles/a/data`,
      base: home,
      nowMs: 0,
    });
    assert.deepEqual(nowhere.above.map(({ kind }) => kind), ["folder", "missing"]);
    assert.deepEqual([nowhere.home.kind, nowhere.data.kind, nowhere.writable], [
      "missing",
      "missing",
      null,
    ]);
  });
});

Deno.test("fixes: what has become something else in the meantime is left alone", () => {
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/target`, "", { mode: 0o644 });
    Deno.symlinkSync(`${folder}/target`, `${folder}/link`);
    Deno.mkdirSync(`${folder}/changed`, { mode: 0o750 });
    assert.deepEqual(
      applyFixes([
        { type: "mode", path: `${folder}/link`, from: 0o644, to: 0o600 },
        { type: "mode", path: `${folder}/changed`, from: 0o777, to: 0o700 },
        { type: "remove", path: `${folder}/link`, sizeBytes: 0 },
        { type: "remove", path: `${folder}/gone`, sizeBytes: 0 },
        { type: "make", path: `${folder}/target` },
      ]),
      [],
    );
    assert.equal(Deno.statSync(`${folder}/target`).mode! & 0o777, 0o644);
    assert.equal(Deno.statSync(`${folder}/changed`).mode! & 0o777, 0o750);
    const made = { type: "make", path: `${folder}/a/b` } as const;
    assert.deepEqual(applyFixes([made]), [made]);
    assert.equal(Deno.statSync(`${folder}/a/b`).mode! & 0o777, 0o700);
  });
});
