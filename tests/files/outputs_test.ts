import assert from "node:assert/strict";
import { pruneOutputs, saveOutput } from "../../src/host/files/data_folder.ts";

const DAY_MS = 24 * 3600 * 1000;

Deno.test("whole outputs are kept for a week, 0600, under a name that is safe", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = await saveOutput(folder, "../run: x", "whole");
    assert.equal(path, `${folder}/.._run__x`);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const writtenMs = (await Deno.stat(path)).mtime!.getTime();
    await pruneOutputs(folder, writtenMs + 6 * DAY_MS);
    assert.equal(await Deno.readTextFile(path), "whole");
    await pruneOutputs(folder, writtenMs + 8 * DAY_MS);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
