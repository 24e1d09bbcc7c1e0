import assert from "node:assert/strict";
import { countBattery } from "../battery_count.ts";
import { createRunner, systemPrograms, testEnvironment } from "./support.ts";

const READ_ONLY_LINES = [
  "git status",
  "git status -s",
  "git log",
  "git log -p",
  "git log --format=%G?%h",
  "git log -p -- a.txt",
  "git diff",
  "git diff HEAD~1",
  "git diff --stat",
  "git show",
  "git show HEAD:a.txt",
  "git blame a.txt",
  "git ls-files",
  "git ls-files -m",
  "git ls-files -o",
  "git rev-parse HEAD",
  "cd sub && git status",
  "cd sub && git diff",
  "cd nested && git status; git log -p",
];

/** A repository whose owner wants its visitors to run `evil`; the config names it everywhere. */
async function makeHostileRepository(root: string): Promise<{ workspace: string; ran: string }> {
  const workspace = `${root}/work`;
  const ran = `${root}/ran`;
  const evil = `${root}/evil`;
  await Deno.mkdir(`${workspace}/sub`, { recursive: true });
  await Deno.writeTextFile(evil, `#!/bin/sh\necho "$@" >> ${ran}\ncat\n`, { mode: 0o755 });
  const git = (cwd: string, ...args: string[]) => {
    const output = new Deno.Command("git", {
      args: [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@y",
        "-c",
        "protocol.file.allow=always",
        ...args,
      ],
      cwd,
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", HOME: root },
    }).outputSync();
    assert.ok(output.success, `git ${args.join(" ")}: ${new TextDecoder().decode(output.stderr)}`);
  };
  const plant = async (folder: string) => {
    git(folder, "init", "-q");
    for (const name of ["a.txt", "b.txt"]) await Deno.writeTextFile(`${folder}/${name}`, "one\n");
    await Deno.writeTextFile(
      `${folder}/.gitattributes`,
      "*.txt diff=evil filter=evil merge=evil\n",
    );
    git(folder, "add", ".");
    git(folder, "commit", "-q", "-m", "one");
    await Deno.writeTextFile(`${folder}/a.txt`, "two\n");
    git(folder, "commit", "-q", "-a", "-m", "two");
    await Deno.writeTextFile(`${folder}/b.txt`, "changed\n");
  };
  const config = `
[core]
  fsmonitor = ${evil} fsmonitor
  pager = ${evil} pager
  hooksPath = ${root}/hooks
  sshCommand = ${evil} ssh
  askPass = ${evil}
  editor = ${evil}
  alternateRefsCommand = ${evil}
[diff]
  external = ${evil} external
  submodule = diff
[diff "evil"]
  textconv = ${evil} textconv
  cachetextconv = true
[filter "evil"]
  clean = ${evil} clean
  smudge = ${evil} smudge
  required = true
[filter "evil two"]
  process = ${evil} process
[gpg]
  program = ${evil}
[log]
  showSignature = true
[pager]
  log = ${evil}
  status = true
[alias]
  status = !${evil} alias
  lg = !${evil} alias
[credential]
  helper = !${evil}
[interactive]
  diffFilter = ${evil}
[status]
  submoduleSummary = true
`;
  await plant(workspace);
  await plant(`${root}/other`).catch(async () => {
    await Deno.mkdir(`${root}/other`);
    await plant(`${root}/other`);
  });
  git(workspace, "submodule", "--quiet", "add", `${root}/other`, "module");
  git(workspace, "commit", "-q", "-m", "three");
  await Deno.mkdir(`${workspace}/nested`);
  await plant(`${workspace}/nested`);
  await Deno.writeTextFile(`${workspace}/module/a.txt`, "dirty\n");
  await Deno.writeTextFile(
    `${workspace}/.gitmodules`,
    `[submodule "module"]\n\tpath = module\n\turl = ${root}/other\n\tignore = none\n`,
  );
  await Deno.mkdir(`${root}/hooks`);
  for (const hook of ["post-index-change", "pre-commit", "post-checkout", "fsmonitor-watchman"]) {
    await Deno.copyFile(evil, `${root}/hooks/${hook}`);
    await Deno.copyFile(evil, `${workspace}/.git/hooks/${hook}`);
  }
  for (const folder of [".git", "nested/.git"]) {
    await Deno.writeTextFile(`${workspace}/${folder}/config`, config, { append: true });
  }
  // Named otherwise than above: the overrides of the outer repository don't know it.
  const deep = config.replaceAll('"evil"', '"deep"').replaceAll('"evil two"', '"deep two"');
  await Deno.writeTextFile(`${workspace}/.git/modules/module/config`, deep, { append: true });
  await Deno.writeTextFile(`${workspace}/module/.gitattributes`, "*.txt diff=deep filter=deep\n");
  // Behind an include, where a look at the file alone would miss it.
  await Deno.writeTextFile(
    `${workspace}/.git/more`,
    `[diff "evil"]\n  command = ${evil} command\n`,
  );
  await Deno.writeTextFile(`${workspace}/.git/config`, "[include]\n  path = more\n", {
    append: true,
  });
  // The workspace is the programs' home: what is read there as the user's configuration.
  await Deno.writeTextFile(`${workspace}/.gitconfig`, config);
  await Deno.remove(ran).catch(() => {});
  return { workspace, ran };
}

Deno.test("attack: nothing planted in a repository runs on a default-allowed git command", async (t) => {
  const root = await Deno.makeTempDir({ prefix: "ward-git-" });
  try {
    const { workspace, ran } = await makeHostileRepository(root);
    await Deno.mkdir(`${root}/pipes`);
    const runner = createRunner(workspace, `${root}/pipes`, systemPrograms(["git"]));
    let control = 0;
    let held = 0;
    for (const line of READ_ONLY_LINES) {
      // Control: the same line by a shell without the overrides does run what was planted.
      await new Deno.Command("/bin/sh", {
        args: ["-c", line],
        cwd: workspace,
        clearEnv: true,
        env: { ...testEnvironment(workspace), GIT_CONFIG_GLOBAL: `${workspace}/.gitconfig` },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (await Deno.remove(ran).then(() => true, () => false)) control++;
      await runner.run(line);
      const got = await Deno.readTextFile(ran).catch(() => null);
      assert.equal(got, null, `${line} ran: ${got}`);
      held++;
    }
    await countBattery(t, {
      battery: "command escapes",
      verb: "refused",
      held,
      tried: READ_ONLY_LINES.length,
    }, " (what a repository planted, by git)");
    assert.ok(control >= 10, `only ${control} lines run something without the overrides`);
    // With its filters off, a commit would store other bytes than the user's git.
    const add = await runner.run("git add a.txt");
    assert.deepEqual([add.exitCode, add.started], [128, []]);
    assert.match(add.stderr, /content filters .* are off/);
    // Still useful: what needs no planted program is answered.
    assert.match((await runner.run("git status")).stdout, /modified: +b\.txt/);
    assert.match((await runner.run("git log -p --no-ext-diff -1 HEAD~1")).stdout, /\+two/);
    const external = await runner.run("git diff");
    assert.match(external.stderr, /external diff died/);
    assert.match((await runner.run("git diff --no-ext-diff")).stdout, /\+changed/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a workspace that belongs to somebody else is read all the same", async () => {
  const root = await Deno.makeTempDir({ prefix: "ward-git-owner-" });
  try {
    const { workspace } = await makeHostileRepository(root);
    const owner = Deno.uid() === 0 ? 65534 : null;
    if (owner === null) return;
    const chown = new Deno.Command("chown", { args: ["-R", String(owner), workspace] });
    assert.ok((await chown.output()).success);
    await Deno.mkdir(`${root}/pipes`);
    const runner = createRunner(workspace, `${root}/pipes`, systemPrograms(["git"]));
    const outcome = await runner.run("git log --oneline -1");
    assert.equal(outcome.exitCode, 0, outcome.stderr);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
