/** Property: what `explain` says of a path or a program is what the live cell does. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { realPath } from "../../../src/app/policy.ts";
import { lookAtMachine } from "../../../src/host/process/machine.ts";
import { findProgram } from "../../../src/host/process/programs.ts";
import { explain } from "../../../src/kernel/policy/explain.ts";
import type { PolicyState } from "../../../src/kernel/policy/state.ts";
import type { Grant } from "../../../src/model/cells/permission.ts";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { grantOf, type HandsKit, makeHands } from "../kit/hands_kit.ts";
import { plant } from "../kit/outside.ts";

const area = new Area("B1 explain", "explained rules");
const { bubblewrap } = await machineParts();

/** A tree in and around the workspace `work`; each name stands for a file or a folder. */
const TREE = `
  mkdir -p work/src/deep work/.vscode work/sub/.git work/node out/a/b out/c user/.ssh user/docs
  for f in work/f work/src/f work/src/deep/f work/.vscode/f work/sub/f work/CLAUDE.md out/f \\
    out/a/f out/a/b/f out/c/f user/.ssh/f user/docs/f work/sub/.git/config work/.envrc
  do echo text > $f; done
  ln -s ../out/f work/link; ln -s ../out/a work/dir; ln -s src work/inside; ln -s src/f work/il`;

const FILES = [
  "work/f",
  "work/src/f",
  "work/src/deep/f",
  "work/.vscode/f",
  "work/sub/f",
  "work/sub/.git/config",
  "work/CLAUDE.md",
  "work/.envrc",
  "work/link",
  "work/dir/f",
  "work/dir/b/f",
  "work/inside/f",
  "work/il",
  "out/f",
  "out/a/f",
  "out/a/b/f",
  "out/c/f",
  "user/.ssh/f",
  "user/docs/f",
  "user/.ward/data/canary/secret",
  "work/../out/f",
  "work/src/../f",
];

const GRANTABLE = [
  "out",
  "out/a",
  "out/a/b",
  "out/f",
  "out/c",
  "user/docs",
  "work/.envrc",
  "work/.vscode",
];
const PROGRAMS = ["cat", "ls", "id", "env", "sed", "head", "uname", "sort", "tr", "touch"];

function stateOf(kit: HandsKit, allow: readonly string[], grants: readonly Grant[]): PolicyState {
  const machine = lookAtMachine("/usr/bin:/bin", []);
  return {
    workspace: kit.workspace,
    home: kit.home,
    dataDir: kit.dataDir,
    others: [],
    outputDir: `${kit.dataDir}/tool-output`,
    osHome: `${kit.top}/user`,
    selfPaths: [],
    allow,
    sandbox: "bubblewrap",
    commandsWithoutSandbox: false,
    grants,
    taint: null,
    trusted: true,
    saidByUser: () => false,
    findProgram: (name) => findProgram(machine, name),
    verifyPaths: true,
    exists: () => true,
    realPath,
  };
}

Deno.test({
  name: "property: explain equals the live cell, over random rules, grants and paths",
  ignore: !bubblewrap?.present,
  async fn() {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(PROGRAMS, { minLength: 1 }),
        fc.array(
          fc.tuple(
            fc.constantFrom("read" as const, "write" as const),
            fc.constantFrom(...GRANTABLE),
          ),
          { maxLength: 4 },
        ),
        fc.subarray(PROGRAMS),
        async (allow, given, granted) => {
          await using kit = await makeHands({ allow: [...allow, "readlink"] });
          await plant(`cd ..; ${TREE}`, kit.workspace);
          const grants = [
            ...given.map(([kind, name]) => grantOf(kind, `${kit.top}/${name}`)),
            ...granted.map((name) => grantOf("run", name)),
          ];
          kit.grants = grants;
          const state = stateOf(kit, [...allow, "readlink"], grants);
          const says = (kind: "read" | "write" | "run", value: string) =>
            explain(kind, value, state, [], { passed: [], isNeverPassed: () => false }).answers[0]
              ?.answer;
          const compare = (what: string, said: string | undefined, lives: boolean) => {
            const setting = JSON.stringify({ allow, given, granted });
            area.attack(`${what}: ${said}, yet it works; ${setting}`, said !== "allow" && lives);
            // Control: the same use with the rule or the grant that allows it.
            if (said === "allow" && lives) area.effective();
            if (said === "allow") area.benign(`${what}: allow, yet refused; ${setting}`, lives);
            assert.equal(lives, said === "allow", `${what}: explain says ${said}; ${setting}`);
          };
          for (const name of FILES) {
            const path = `${kit.top}/${name}`;
            const normal = new URL(`file://${path}`).pathname;
            const read = await kit.files.readFile({ path: normal }).then(() => true, () => false);
            compare(`read ${name}`, says("read", path), read);
            const text = "text\n";
            const wrote = await kit.files.writeFile({ path: normal, content: text })
              .then(() => true, () => false);
            compare(`write ${name}`, says("write", path), wrote);
          }
          for (const name of PROGRAMS) {
            const ran = await kit.run(`${name} --version`).then((run) => run.started.length > 0);
            compare(`run ${name}`, says("run", `${name} --version`), ran);
          }
        },
      ),
      { numRuns: 12, seed: 3 },
    );
  },
});

area.gate();
alsoAsNobody(import.meta.url);
