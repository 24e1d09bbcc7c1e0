import assert from "node:assert/strict";
import { parseLine } from "../../src/kernel/commands/parse_line.ts";
import { walkPlan } from "../../src/kernel/commands/plan_files.ts";
import { DEFAULT_ALLOW, findRule } from "../../src/kernel/commands/rules.ts";
import { countBattery } from "../battery_count.ts";
import { makeStubs } from "./stub_programs.ts";
import { createRunner } from "./support.ts";

const lines: string[] = (await Deno.readTextFile(new URL("./hostile_lines.txt", import.meta.url)))
  .split("\n").filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => JSON.parse(line));

/** Names of files that try to become something else when a glob finds them. */
const EVIL_FILES = [
  "-rf",
  "-o",
  "--compress-program=evil",
  "-exec",
  "$(id)",
  "; rm x",
  "a b",
  "`id`",
];

/** Whether what was called is what was announced, globs standing for names of files. */
function isAnnounced(called: string[], announced: readonly string[], files: Set<string>): boolean {
  const match = (at: number, from: number): boolean => {
    const word = announced[at];
    if (word === undefined) return from === called.length;
    if (called[from] === word && match(at + 1, from + 1)) return true;
    if (!/[*?[]/.test(word)) return false;
    for (let to = from; to < called.length; to++) {
      const name = called[to]!.replace(/^\.\/|\/$/g, "");
      if (called[to]!.startsWith("-") || !files.has(name)) return false;
      if (match(at + 1, to + 1)) return true;
    }
    return false;
  };
  return match(0, 0);
}

Deno.test("attack: 500 hostile lines start nothing that was not announced", async (t) => {
  assert.equal(lines.length, 500);
  const root = await Deno.makeTempDir({ prefix: "ward-hostile-" });
  try {
    const workspace = `${root}/outer/work`;
    await Deno.mkdir(`${workspace}/src`, { recursive: true });
    await Deno.mkdir(`${root}/pipes`);
    for (const name of [...EVIL_FILES, "a", "b", "x", "src/y"]) {
      await Deno.writeTextFile(`${workspace}/${name}`, "text\n");
    }
    const files = new Set([...EVIL_FILES, "a", "b", "x", "src", "src/y"]);
    const names = [
      ...new Set(lines.flatMap((line) => line.match(/[A-Za-z][A-Za-z0-9_.-]*/g) ?? [])),
    ];
    const stubs = await makeStubs(root, [...names, "evil"]);
    // Worst case: the user had allowed every program there is.
    const runner = createRunner(workspace, `${root}/pipes`, stubs.programs);
    const counts = { lines: lines.length, notUnderstood: 0, asked: 0, unasked: 0, gotThrough: 0 };
    const through: string[] = [];
    for (const line of lines) {
      const parsed = parseLine(line, { HOME: workspace, PWD: workspace });
      if (parsed.type === "not_understood") {
        counts.notUnderstood++;
        continue;
      }
      const written = walkPlan(parsed.plan, workspace)?.files ?? null;
      if (!written?.every(({ path }) => path.startsWith(`${workspace}/`))) {
        counts.asked++; // A file outside: policy asks for exactly that path; nothing is run here.
        continue;
      }
      const covered = parsed.programs.every((words) => findRule(DEFAULT_ALLOW, words) !== null);
      counts[covered ? "unasked" : "asked"]++;
      const outcome = await runner.run(line);
      const called = await stubs.take();
      const fits = called.every((words) =>
        parsed.programs.some((announced) => isAnnounced(words, announced, files))
      );
      const told = JSON.stringify(outcome.started.map((words) => words.join("\0")).sort()) ===
        JSON.stringify(called.map((words) => words.join("\0")).sort());
      if (!fits || !told || called.length > parsed.programs.length) {
        counts.gotThrough++;
        through.push(JSON.stringify({ line, announced: parsed.programs, called }));
      }
      for (const { path } of written) {
        if (!files.has(path.slice(workspace.length + 1))) await Deno.remove(path).catch(() => {});
      }
    }
    assert.deepEqual(through, []);
    await countBattery(t, {
      battery: "command escapes",
      verb: "refused",
      held: lines.length - counts.gotThrough,
      tried: lines.length,
    }, ` (hostile lines: ${JSON.stringify(counts)})`);
    assert.equal(counts.notUnderstood + counts.asked + counts.unasked, lines.length);
    const left = [...Deno.readDirSync(root)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["bin", "outer", "pipes", "records"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
