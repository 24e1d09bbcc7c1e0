/** Attack: what a cell writes is to act outside later, when the user works in the folder. */
import assert from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody, IS_NOBODY } from "../kit/as_nobody.ts";
import { makeHands } from "../kit/hands_kit.ts";
import { plant } from "../kit/outside.ts";

const area = new Area("B2 planted", "path escapes");
const parts = await machineParts();
const ignore = !parts["bubblewrap"]?.present || !parts["git"]?.present;

const PROGRAMS = "sh git cp mv mkdir ln rm touch chmod cat seq xargs rmdir printf sed find".split(
  " ",
);

/** In the workspace before; `$E` is a program there that leaves a mark outside. */
const REPOSITORY = `
  git init -q . && git config user.name x && git config user.email x@y
  git config extensions.worktreeConfig true
  echo one > a.txt && git add a.txt && git commit -q -m one && echo two > a.txt`;

interface Plant {
  readonly name: string;
  /** Run by the user before; `$O` is a folder outside, `$W` the workspace. */
  readonly before?: string;
  /** Run in the cell by `sh`. */
  readonly attack: string;
  /** Run by the user afterwards; whether the program acts is the question. */
  readonly victim: string;
}

const ARM = (config: string) => `git config -f ${config} core.fsmonitor "$E"`;
/** Settings that turn any folder with a git directory's shape into one that acts. */
const ARM_BARE = (folder: string) =>
  `${ARM(`${folder}/config`)}; git config -f ${folder}/config core.bare false;
   git config -f ${folder}/config core.worktree "$W"`;

const GIT_PLANTS: readonly Plant[] = [
  { name: "core.fsmonitor", attack: ARM(".git/config"), victim: "git status" },
  {
    name: "a hook",
    attack: `cp "$E" .git/hooks/pre-commit`,
    victim: "git commit -q --allow-empty -m two",
  },
  {
    name: "hooks where there were none",
    before: "rm -r .git/hooks",
    attack: `mkdir .git/hooks; cp "$E" .git/hooks/pre-commit`,
    victim: "git commit -q --allow-empty -m two",
  },
  {
    name: ".git renamed away and replaced",
    attack: `mv .git old; cp -r old .git; ${ARM(".git/config")}`,
    victim: "git status",
  },
  {
    name: "the folder of a nested repository renamed away and replaced",
    before: "git init -q app; (cd app && echo x > x)",
    attack: `mv app app2; mkdir app; cp -r app2/.git app/.git; ${ARM("app/.git/config")}`,
    victim: "git -C app status",
  },
  {
    name: "a new nested repository",
    attack: `git init -q sub; ${ARM("sub/.git/config")}`,
    victim: "git -C sub status",
  },
  {
    name: "a nested repository with another case of its name",
    attack: `git init -q sub; ${ARM("sub/.git/config")}; mkdir up; cp -r sub/.git up/.git`,
    victim: "git -C up status; git -C sub status",
  },
  {
    name: ".git as a file that points to a prepared folder",
    attack: `mkdir sub; cp -r .git data; ${ARM("data/config")}; echo gitdir: ../data > sub/.git`,
    victim: "git -C sub status",
  },
  {
    name: ".git as a link to a prepared folder",
    attack: `mkdir sub; cp -r .git data; ${ARM("data/config")}; ln -s ../data sub/.git`,
    victim: "git -C sub status",
  },
  {
    name: "the folder that an existing link .git leads to",
    before: "mv .git data; ln -s data .git",
    attack: ARM("data/config"),
    victim: "git status",
  },
  {
    name: "the folder that an existing file .git points to",
    before: "mv .git data; echo gitdir: data > .git",
    attack: ARM("data/config"),
    victim: "git status",
  },
  {
    name: "commondir",
    attack: `cp -r .git common; ${ARM("common/config")}; echo ../common > .git/commondir`,
    victim: "git status",
  },
  {
    name: "config.worktree",
    attack: `${ARM("here")}; cp here .git/config.worktree`,
    victim: "git status",
  },
  {
    name: "a bare repository as a folder",
    attack: `git init -q --bare lib; ${ARM_BARE("lib")}`,
    victim: "git -C lib status",
  },
  {
    name: "an existing bare repository",
    before: "git init -q --bare lib",
    attack: ARM_BARE("lib"),
    victim: "git -C lib status",
  },
  {
    name: "a bare repository made by hand, deep down",
    attack: `mkdir -p a/b/c; cp -r .git a/b/c/data; ${ARM_BARE("a/b/c/data")}`,
    victim: "cd a/b/c/data && git status",
  },
  {
    name: "an include of a file in the workspace",
    before: "git config include.path ../extra && touch extra",
    attack: ARM("extra"),
    victim: "git status",
  },
  {
    name: "hooks in a folder of the workspace that the configuration names",
    before: `git config core.hooksPath ".husky" && mkdir .husky`,
    attack: `cp "$E" .husky/pre-commit`,
    victim: "git commit -q --allow-empty -m two",
  },
  {
    name: "a repository behind 25,000 folders",
    attack: `seq -f many/%.0f 25000 | xargs mkdir -p; mkdir -p many/9/z; git init -q many/9/z/sub
      ${ARM("many/9/z/sub/.git/config")}`,
    victim: "git -C many/9/z/sub status",
  },
];

const script = (text: string, places: { workspace: string; out: string }) =>
  `W='${places.workspace}' O='${places.out}' E='${places.workspace}/tools/run-me'; ${text}`;

/** Plants it in a fresh workspace, by the cell or without one, and acts as the user. */
async function actsLater(one: Plant, confined: boolean): Promise<boolean> {
  await using kit = await makeHands({ allow: PROGRAMS });
  await plant(
    script(`${REPOSITORY}; ${one.before ?? ":"}; mkdir tools`, kit),
    kit.workspace,
  );
  // What it does is visible only outside of the cell.
  const evil = `${kit.workspace}/tools/run-me`;
  await Deno.writeTextFile(evil, `#!/bin/sh\n: > ${kit.out}/ran\n`, { mode: 0o755 });
  await Deno.writeTextFile(`${kit.workspace}/tools/go`, script(one.attack, kit));
  if (confined) {
    const { stderr } = await kit.run("sh tools/go", { timeoutMs: 60_000 });
    assert(!stderr.includes("syntax"), stderr);
    await kit.hands.router.end();
  } else await plant(`sh tools/go || true`, kit.workspace);
  await plant(`{ ${script(one.victim, kit)}; } >/dev/null 2>&1 || true`, kit.workspace);
  return await Deno.lstat(`${kit.out}/ran`).then(() => true, () => false);
}

Deno.test({
  name: "attack: nothing that a cell planted in git's files runs for the user later",
  ignore,
  async fn(t) {
    for (const one of GIT_PLANTS) {
      if (IS_NOBODY && one.name.includes("25,000")) continue;
      await t.step(one.name, async () => {
        const acts = await actsLater(one, true);
        area.attack(one.name, acts);
        if (await actsLater(one, false)) area.effective();
        assert(!acts);
      });
    }
  },
});

/** Files that editors, agents and shells obey. */
const OBEYED = [
  ".envrc",
  ".vscode/tasks.json",
  ".VSCode/tasks.json",
  ".idea/workspace.xml",
  ".mcp.json",
  ".claude/settings.json",
  "CLAUDE.md",
  "AGENTS.md",
  "claude.md",
  ".cursor/rules",
  ".devcontainer/devcontainer.json",
  ".pre-commit-config.yaml",
  ".bashrc",
  ".profile",
  ".npmrc",
  ".gitmodules",
  ".vimrc",
];

Deno.test({
  name: "attack: files that editors, agents and shells obey are set aside or stay as they are",
  ignore,
  async fn() {
    for (const there of [false, true]) {
      for (const folder of ["", "deep/down/"]) {
        await using kit = await makeHands({ allow: PROGRAMS });
        const paths = OBEYED.filter((name) => !there || name !== "claude.md")
          .map((name) => `${folder}${name}`);
        if (there) {
          for (const path of paths) {
            await plant(`mkdir -p "$(dirname ${path})"; echo mine > ${path}`, kit.workspace);
          }
        }
        for (const path of paths) {
          const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
          const first = path.slice(folder.length).split("/")[0];
          const script = `mkdir -p ${parent}; echo evil > ${path}; rm -rf ${folder}${first}
             mkdir -p ${parent}; printf evil > new; mv -f new ${path}`;
          await Deno.writeTextFile(`${kit.workspace}/go`, script);
          await kit.run("sh go");
          // Control: without a cell the same script leaves its file.
          await plant(script, kit.out);
          if (await Deno.readTextFile(`${kit.out}/${path}`) === "evil") area.effective();
        }
        await kit.hands.router.end();
        for (const path of paths) {
          const text = await Deno.readTextFile(`${kit.workspace}/${path}`).catch(() => null);
          area.attack(`${path} ${there ? "changed" : "made"}`, text !== (there ? "mine\n" : null));
        }
      }
    }
  },
});

Deno.test({
  name: "attack: links with such names, and what they lead to in the workspace",
  ignore,
  async fn() {
    const tries = [
      ["echo mine > notes; ln -s notes CLAUDE.md", "printf evil > notes", "CLAUDE.md"],
      ["echo mine > notes; ln -s notes CLAUDE.md", "ln -sf other CLAUDE.md", "CLAUDE.md"],
      ["mkdir s; echo mine > s/t; ln -s s .vscode", "printf evil > s/t", ".vscode/t"],
      ["mkdir s; echo mine > s/t; ln -s s .vscode", "mv s s2; mkdir s; echo x > s/t", ".vscode/t"],
    ] as const;
    for (const [before, attack, path] of tries) {
      await using kit = await makeHands({ allow: PROGRAMS });
      await plant(before, kit.workspace);
      await Deno.writeTextFile(`${kit.workspace}/other`, "evil");
      await Deno.writeTextFile(`${kit.workspace}/go`, attack);
      await kit.run("sh go");
      await kit.hands.router.end();
      const text = await Deno.readTextFile(`${kit.workspace}/${path}`).catch(() => null);
      area.attack(`${before}: ${attack}`, text !== "mine\n" && text !== null);
      // Control: without a cell the name then leads to another text.
      await plant(`echo evil > other\n${before}\n${attack}`, kit.out);
      if (await Deno.readTextFile(`${kit.out}/${path}`) !== "mine\n") area.effective();
    }
  },
});

Deno.test({
  name: "ordinary work leaves its files where they are",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    await plant(REPOSITORY, kit.workspace);
    const work = [
      "mkdir -p src/deep",
      "touch src/deep/x.ts package.json Makefile README.md .gitignore .editorconfig",
      "git init -q new",
      "git init -q --bare mirror",
      "git clone -q . copy",
      "mkdir -p objects refs config",
    ];
    for (const line of work) area.benign(line, (await kit.run(line)).exitCode === 0);
    await kit.run("git commit -q -m two a.txt", { variant: "git_write" });
    await kit.hands.router.end();
    for (
      const path of [
        "src/deep/x.ts",
        "package.json",
        ".gitignore",
        "new/.git/config",
        "mirror/HEAD",
        "mirror/config",
        "copy/.git/HEAD",
        "objects",
        ".git/config",
      ]
    ) {
      const there = await Deno.lstat(`${kit.workspace}/${path}`).then(() => true, () => false);
      area.benign(path, there);
    }
    area.benign("nothing was set aside", kit.setAside.length === 0);
    assert.deepEqual(kit.setAside, []);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
