/**
 * The same behaviours over all adapters, each in its real thread with its real permissions, before
 * a service that speaks the documented protocol. Prints what came of them as a matrix.
 */
import assert from "node:assert/strict";
import { SPEAKERS } from "../fakes/services/all.ts";
import { SERVICE_PROTOCOLS } from "../../src/model/settings.ts";
import { BEHAVIOURS } from "./matrix/behaviours.ts";
import { openDesk } from "./matrix/desk.ts";

const results = new Map<string, Map<string, string>>();

Deno.test("every protocol stands in the matrix", () => {
  assert.deepEqual(
    SPEAKERS.map(({ protocol }) => protocol).sort(),
    [...SERVICE_PROTOCOLS].sort(),
  );
});

for (const speaker of SPEAKERS) {
  Deno.test(`matrix: ${speaker.protocol}`, async (t) => {
    await using desk = await openDesk(speaker);
    const column = new Map<string, string>();
    results.set(speaker.protocol, column);
    for (const { name, not, run } of BEHAVIOURS) {
      const missing = not?.[speaker.protocol];
      column.set(name, missing === undefined ? "FAILED" : `- (${missing})`);
      if (missing !== undefined) continue;
      await t.step(name, async () => {
        await run(desk);
        column.set(name, "ok");
      });
    }
  });
}

Deno.test("the matrix", () => {
  const columns = [...results.keys()];
  const notes: string[] = [];
  const rows = BEHAVIOURS.map(({ name }) => {
    const cells = columns.map((column) => {
      const result = results.get(column)?.get(name) ?? "not run";
      if (result.startsWith("- ")) notes.push(`${column}: ${name}: ${result.slice(2)}`);
      return result.split(" ")[0] ?? "";
    });
    return [name, ...cells];
  });
  const width = Math.max(...BEHAVIOURS.map(({ name }) => name.length));
  const line = ([name = "", ...cells]: string[]) =>
    [name.padEnd(width), ...cells.map((cell, at) => cell.padEnd(columns[at]?.length ?? 0))]
      .join("  ");
  // deno-lint-ignore no-console -- the matrix is what this suite prints
  console.log([line(["", ...columns]), ...rows.map(line), ...notes].join("\n"));
  assert.deepEqual(rows.filter((row) => row.includes("FAILED")), []);
});
