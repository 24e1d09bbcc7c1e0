import assert from "node:assert/strict";
import { parseLine } from "../../src/kernel/commands/parse_line.ts";
import { DEFAULT_ALLOW, findRule } from "../../src/kernel/commands/rules.ts";
import { createCommandHandlers } from "../../src/compartments/hands/commands/handlers.ts";
import { makeTree } from "./make_tree.ts";
import {
  createRunner,
  NO_SIGNAL,
  runBash,
  snapshot,
  systemPrograms,
  testEnvironment,
} from "./support.ts";

const lines = (await Deno.readTextFile(new URL("./everyday_lines.txt", import.meta.url)))
  .split("\n").filter((line) => line !== "" && !line.startsWith("#"));

Deno.test("200 everyday lines give what bash gives, 95 % of them without asking", async () => {
  assert.equal(lines.length, 200);
  const root = await Deno.makeTempDir({ prefix: "ward-everyday-" });
  try {
    // Folder names of one length, so that no output differs by it.
    const [ours, theirs, pipes] = [`${root}/ward`, `${root}/bash`, `${root}/pipes`];
    for (const folder of [ours, theirs, pipes]) await Deno.mkdir(folder);
    await makeTree(ours);
    await makeTree(theirs);
    const programs = [...new Set(lines.flatMap((line) => line.match(/[a-z]+/g) ?? []))];
    const runner = createRunner(ours, pipes, systemPrograms(programs));
    const shell = createCommandHandlers({
      allowedPrograms: {},
      shell: "/bin/bash",
      pipes: { program: "/usr/bin/mkfifo", folder: pipes },
    });
    let withoutAsking = 0;
    let understood = 0;
    const different: string[] = [];
    for (const line of lines) {
      const parsed = parseLine(line, { HOME: ours, PWD: ours });
      if (parsed.type === "plan") {
        understood++;
        if (parsed.programs.every((words) => findRule(DEFAULT_ALLOW, words))) withoutAsking++;
      }
      const outcome = parsed.type === "plan" ? await runner.run(line) : await shell.runLine({
        line,
        cwd: ours,
        env: testEnvironment(ours),
        timeoutMs: 20_000,
        outputLimitBytes: 1_000_000,
      }, { signal: NO_SIGNAL });
      const expected = await runBash(line, theirs);
      const same = outcome.stdout.replaceAll(ours, theirs) === expected.stdout &&
        outcome.exitCode === expected.exitCode &&
        JSON.stringify(await snapshot(ours)) === JSON.stringify(await snapshot(theirs));
      if (!same) different.push(`${line}\n  ${JSON.stringify([outcome, expected])}`);
    }
    await Deno.stdout.write(new TextEncoder().encode(
      `everyday lines: ${lines.length}, same as bash ${lines.length - different.length}, ` +
        `understood ${understood}, without asking ${withoutAsking}\n`,
    ));
    assert.deepEqual(different, []);
    assert.ok(withoutAsking >= 190, `only ${withoutAsking} without asking`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
