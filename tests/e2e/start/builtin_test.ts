/** The built-in assistant through the whole program: no key, no network, no set-up, no question. */
import { equal, match, ok } from "node:assert/strict";
import phrasings from "../../builtin/phrasings.json" with { type: "json" };
import { machineParts } from "../../machine_parts.ts";
import { ask, inParallel, makeScratch, ROOT, runWard, type Scratch } from "../kit/ward_process.ts";

const parts = await machineParts();
const lacks = ["bubblewrap", "git"].find((name) => !parts[name]?.present);
const skipped = lacks ? `, skipped: no ${lacks}` : "";
const isCheckout = await Deno.stat(`${ROOT}/.git`).then(() => true, () => false);

interface Phrasing {
  readonly say: string;
  readonly expect: readonly string[];
  readonly git?: boolean;
}

function git(folder: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command("/usr/bin/git", {
    args: ["-C", folder, "-c", "user.name=Tess Ter", "-c", "user.email=t@example.org", ...args],
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function makePhrasingTree(): Scratch {
  return makeScratch(Object.fromEntries(
    Object.entries(phrasings.tree).map(([name, text]) => [
      name,
      typeof text === "string" ? text : text.text.repeat(text.times),
    ]),
  ));
}

Deno.test({
  name: `in a clean clone the line of the README answers from the real workspace${
    isCheckout ? skipped : ", skipped: not a git checkout"
  }`,
  ignore: lacks !== undefined || !isCheckout,
  async fn() {
    using scratch = makeScratch();
    const clone = `${scratch.folder}/clone`;
    git(scratch.folder, "clone", "--quiet", ROOT, clone);
    const run = await runWard(
      [
        "task",
        "start",
        "agent",
        "-w",
        ".",
        "-m",
        "what is in this folder, and what may you touch?",
      ],
      { env: scratch.env, cwd: clone, form: [Deno.execPath()] },
    );
    equal(run.code, 0, run.stderr);
    for (const wanted of ["README.md", "src/", "deno.json"]) {
      ok(run.stdout.includes(wanted), `no ${wanted} in:\n${run.stdout}`);
    }
    match(run.stdout, /What I may touch/);
    ok(run.stdout.includes(`- write: ${clone}\n`), run.stdout);
    match(run.stdout, /- network: none/);
    ok(!/allow\?|\[d\]eny|refused/i.test(run.stderr), run.stderr);
    // Nothing of the start may show up in the user's repository.
    const status = new Deno.Command("/usr/bin/git", { args: ["-C", clone, "status", "--short"] });
    equal(new TextDecoder().decode(status.outputSync().stdout), "");
  },
});

Deno.test({
  name: `each phrasing passes through the whole program and its cell${skipped}`,
  ignore: lacks !== undefined,
  async fn(t) {
    using scratch = makePhrasingTree();
    using repository = makePhrasingTree();
    // The commits in order, the tree in the last one.
    const [last = "", ...earlier] = [...phrasings.commits].reverse();
    git(repository.workspace, "init", "--quiet", "--initial-branch=main");
    for (const message of earlier.reverse()) {
      git(repository.workspace, "commit", "--quiet", "--allow-empty", "-m", message);
    }
    git(repository.workspace, "add", "--all");
    git(repository.workspace, "commit", "--quiet", "-m", last);
    const cases: readonly Phrasing[] = phrasings.cases;
    ok(cases.length >= 30);
    const runs = await inParallel(
      cases,
      2,
      ({ say, git }) => ask(git ? repository : scratch, say),
    );
    for (const [index, { say, expect }] of cases.entries()) {
      await t.step(say, () => {
        const { code, stdout, stderr } = runs[index]!;
        for (const wanted of expect) {
          const found = wanted.startsWith("re:")
            ? new RegExp(wanted.slice(3), "m").test(stdout)
            : stdout.includes(wanted);
          ok(found, `no ${JSON.stringify(wanted)} in:\n${stdout}\n${stderr}`);
        }
        equal(code, 0, stderr);
      });
    }
  },
});
