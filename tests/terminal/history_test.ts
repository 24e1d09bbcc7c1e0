import { deepEqual, equal, throws } from "node:assert/strict";
import { appendHistory, readHistory } from "../../src/host/files/history_file.ts";

Deno.test("history: for the user alone, several lines each, the newest ones, a torn line left out", () => {
  const folder = Deno.makeTempDirSync();
  try {
    deepEqual(readHistory(folder, 3), []);
    for (const line of ["one", "two\nlines", "x".repeat(10_001), "three"]) {
      appendHistory(folder, line);
    }
    equal(Deno.statSync(`${folder}/history`).mode! & 0o777, 0o600);
    Deno.writeTextFileSync(`${folder}/history`, '"torn', { append: true });
    deepEqual(readHistory(folder, 3), ["one", "two\nlines", "three"]);
    deepEqual(readHistory(folder, 2), ["two\nlines", "three"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("history: the file stays bounded, and 0 lines remove it", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (let n = 0; n < 25; n++) appendHistory(folder, `line ${n}`);
    equal(readHistory(folder, 10).length, 10);
    equal(Deno.readTextFileSync(`${folder}/history`).split("\n").length, 11);
    deepEqual(readHistory(folder, 0), []);
    throws(() => Deno.statSync(`${folder}/history`), Deno.errors.NotFound);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
