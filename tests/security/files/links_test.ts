/** Attack: links in the workspace that lead out of it, planted by another process. */
import assert from "node:assert/strict";
import type { HandsPort, RunOutcome } from "../../../src/model/cells/hands.ts";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { bareHands } from "../kit/bare_hands.ts";
import { makeHands, SECRET } from "../kit/hands_kit.ts";
import { plant, snapshot } from "../kit/outside.ts";

const area = new Area("B2 links", "path escapes");
const { bubblewrap } = await machineParts();

const PROGRAMS = ["cat", "tee", "cp", "rm", "ls", "stat", "mv", "ln", "mount", "mkdir", "touch"];

/** The shape, how it is planted (in `$W`, with `$O` outside), and the path to use. */
const SHAPES: readonly (readonly [name: string, script: string, path: string])[] = [
  ["file, absolute", "ln -s $O/secret l", "l"],
  ["file, relative", "ln -s ../../out/secret l", "l"],
  ["folder", "ln -s $O d", "d/secret"],
  ["chain of 30", "ln -s $O/secret l0; for i in $(seq 29); do ln -s l$((i-1)) l$i; done", "l29"],
  ["loop", "ln -s b a; ln -s a b", "a"],
  ["dangling", "ln -s $O/new l", "l"],
  ["through /proc/self/root", "ln -s /proc/self/root$O/secret l", "l"],
  ["through the folder of a process", "ln -s /proc/self/cwd/../../out/secret l", "l"],
  ["to a pipe", "ln -s $O/fifo l", "l"],
  [".. after a link", "ln -s $O/sub d", "d/../secret"],
  ["hard link made in the cell", "", "hard"],
  ["mount made in the cell", "mkdir m", "m/secret"],
];

interface Actor {
  readonly files: HandsPort;
  run(line: string): Promise<RunOutcome>;
}

/** Eight ways to use a path; what an answer or a copy shows is given back. */
const OPERATIONS: readonly (readonly [
  string,
  (actor: Actor, path: string, folder: string) => Promise<unknown>[],
])[] = [
  ["read", ({ files, run }, path, folder) => [
    files.readFile({ path: `${folder}/${path}` }),
    files.searchFiles({ pattern: ".", path: `${folder}/${path}` }),
    run(`cat ${folder}/${path}`),
  ]],
  ["write", ({ files, run }, path, folder) => [
    files.writeFile({ path: `${folder}/${path}`, content: "owned" }),
    run(`echo owned | tee ${folder}/${path}`),
  ]],
  ["append", ({ files, run }, path, folder) => [
    files.editFile({
      path: `${folder}/${path}`,
      edits: [{ oldText: SECRET, newText: `${SECRET} owned` }],
    }),
    run(`echo owned | tee -a ${folder}/${path}`),
  ]],
  ["delete", ({ run }, path, folder) => [run(`rm -rf ${folder}/${path}`)]],
  ["list", ({ files, run }, path, folder) => {
    const parent = `${folder}/${path}`.replace(/\/[^/]*$/, "/.");
    return [
      files.listFiles({ path: parent, depth: 3 }).then((list) => names(list.entries)),
      run(`ls -R ${parent}/`),
    ];
  }],
  ["stat", ({ run }, path, folder) => [run(`stat -L -c SIZE=%s ${folder}/${path}`)]],
  ["rename", ({ run }, path, folder) => [
    run(`touch ${folder}/mine && mv -f ${folder}/mine ${folder}/${path}`),
  ]],
  ["copy", ({ run }, path, folder) => [
    run(`cp -L ${folder}/${path} ${folder}/copy && cat ${folder}/copy`),
    run(`cp ${folder}/../benign.txt ${folder}/${path}`),
  ]],
];

function names(entries: readonly { path: string }[]): string {
  return entries.map((entry) => entry.path).join(" ");
}

/** Tries one operation on one shape in a folder of its own; true when it reached outside. */
async function reaches(
  actor: Actor,
  places: { workspace: string; out: string },
  shape: (typeof SHAPES)[number],
  operation: (typeof OPERATIONS)[number],
): Promise<boolean> {
  const [, script, path] = shape;
  const folder = `${places.workspace}/try`;
  await plant(
    `rm -rf try; mkdir try; rm -rf $O; mkdir -p $O/sub; printf %s ${SECRET} > $O/secret
     mkfifo $O/fifo; cd try; ${script}`.replaceAll("$O", places.out),
    places.workspace,
  );
  // Hard links and mounts can only be tried by a program of the cell.
  if (path === "hard") await actor.run(`ln ${places.out}/secret ${folder}/hard`);
  if (path === "m/secret") await actor.run(`mount --bind ${places.out} ${folder}/m`);
  const before = await snapshot(places.out);
  const answers = await Promise.allSettled(operation[1](actor, path, folder));
  // What a refusal says names the path that was asked for; only what an answer holds counts.
  const said = JSON.stringify(answers.map((one) => one.status === "fulfilled" ? one.value : ""));
  const shown = said.includes(SECRET) || said.includes(`SIZE=${SECRET.length}`) ||
    (operation[0] === "list" && /\bsecret\b/.test(said) && /\bfifo\b/.test(said));
  return shown || await snapshot(places.out) !== before;
}

Deno.test({
  name: "attack: 12 shapes of links by 8 operations reach nothing outside the cell",
  ignore: !bubblewrap?.present,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    await Deno.writeTextFile(`${kit.workspace}/benign.txt`, "benign");
    const bare = await bareHands(kit.workspace, {
      programs: PROGRAMS.filter((name) => name !== "mount"),
      pipes: `${kit.top}/pipes`,
    });
    const quick = {
      files: bare.files,
      // A pipe outside would hold the control for ever.
      run: (line: string) => bare.run(line, { timeoutMs: 300 }),
    };
    for (const shape of SHAPES) {
      for (const operation of OPERATIONS) {
        const got = await reaches(kit, kit, shape, operation);
        area.attack(`${shape[0]}: ${operation[0]}`, got);
        if (!got && await reaches(quick, kit, shape, operation)) area.effective();
      }
    }
  },
});

Deno.test({
  name: "links that stay inside work",
  ignore: !bubblewrap?.present,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    await plant(
      "mkdir in; printf inside > in/f; ln -s in/f file; ln -s in folder; ln -s $PWD/in/f abs",
      kit.workspace,
    );
    for (const path of ["file", "folder/f", "abs"]) {
      const read = await kit.files.readFile({ path: `${kit.workspace}/${path}` });
      area.benign(`read ${path}`, read.content === "inside");
      area.benign(`cat ${path}`, (await kit.run(`cat ${path}`)).stdout === "inside");
    }
    const wrote = await kit.files.writeFile({ path: `${kit.workspace}/folder/g`, content: "x" });
    area.benign("write folder/g", wrote.created);
    assert.equal(await Deno.readTextFile(`${kit.workspace}/in/g`), "x");
  },
});

area.gate();
alsoAsNobody(import.meta.url);
