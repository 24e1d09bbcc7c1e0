/** Attacks found by reading the code: each got through before its fix. */
import assert from "node:assert/strict";
import { configurationOf } from "../../../src/app/start/code_base.ts";
import { machineParts } from "../../machine_parts.ts";
import { openDataFolder, saveOutput } from "../../../src/host/files/data_folder.ts";
import { grantOf, makeHands, ROOT, SECRET } from "../kit/hands_kit.ts";
import { alsoByUnshare } from "../kit/also_by_unshare.ts";
import { BY_UNSHARE } from "../kit/sandbox_of_run.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { Area } from "../kit/area.ts";

const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;
const area = new Area("B5 red team", "red team");

const PROGRAMS = "sh yes cat ls mkdir ln mv cp chmod python3 mkfifo touch git printf sleep rm"
  .split(
    " ",
  );

/** The control: a line by a shell without a cell; what it printed. */
async function plain(folder: string, line: string): Promise<string> {
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", line],
    cwd: folder,
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);

Deno.test({
  name: "attack: a folder that ward was started with open is no way out of the cell",
  ignore,
  async fn() {
    // Terminals and build tools leave files open; bubblewrap hands all of them on.
    await using kit = await makeHands();
    const { stdout } = await new Deno.Command("/bin/bash", {
      args: [
        "-c",
        `exec 8<"$1" 12<"$1/secret"; exec "$0" run -A -q --unstable-worker-options "$2"`,
        Deno.execPath(),
        kit.out,
        `${ROOT}/tests/security/kit/list_open.ts`,
      ],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "started without open files\n");
    area.attack("an open file", false, 2);
    // Control: the helper alone hands them on, however little it mounts.
    for (const path of ["/proc/self/fd/12", "/proc/self/fd/8/secret"]) {
      const control = await new Deno.Command("/bin/bash", {
        args: [
          "-c",
          `exec 8<"$1" 12<"$1/secret"; exec bwrap --unshare-all --ro-bind /usr /usr --proc /proc ` +
          `--symlink usr/lib64 /lib64 --symlink usr/lib /lib /usr/bin/cat "$2"`,
          "bash",
          kit.out,
          path,
        ],
      }).output();
      if (new TextDecoder().decode(control.stdout) === SECRET) area.effective();
    }
  },
});

Deno.test({
  name: "attack: a granted file that became a link does not bring in what it leads to",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    await Deno.writeTextFile(`${kit.top}/beside`, "untouched");
    await Deno.symlink("../beside", `${kit.workspace}/AGENTS.md`);
    kit.grants = [grantOf("write", `${kit.workspace}/AGENTS.md`)];
    const { stdout } = await kit.run("cat AGENTS.md; sh -c 'echo planted > AGENTS.md'");
    assert.equal(stdout, "");
    assert.equal(await Deno.readTextFile(`${kit.top}/beside`), "untouched");
    area.attack("link", false);
    await plain(kit.workspace, "echo planted > AGENTS.md");
    if (await Deno.readTextFile(`${kit.top}/beside`) === "planted\n") area.effective();
  },
});

/** Each leaves a program's settings where an editor or git finds them. */
const HIDDEN: Readonly<Record<string, { attack: string; planted: string; outcome?: "left" }>> = {
  "the name to set aside to is taken by a folder": {
    attack: "mkdir -p AGENTS.md.blocked-by-ward/x; echo x > AGENTS.md",
    planted: "AGENTS.md",
  },
  "the same for a folder": {
    attack: "mkdir -p .vscode.blocked-by-ward/x .vscode; echo x > .vscode/tasks.json",
    planted: ".vscode",
  },
  "its folder may not be written": {
    attack: "mkdir -p a/.vscode; chmod 555 a",
    planted: "a/.vscode",
  },
  "its folder may not be read": {
    attack: "mkdir -p a/.vscode; chmod 311 a",
    planted: "a/.vscode",
  },
  "a configuration that never ends": {
    attack: "mkdir -p a/.git; mkfifo a/.git/config",
    planted: "a/.git",
  },
  "a configuration larger than memory": {
    attack: `mkdir -p a/.git; python3 -c 'open("a/.git/config","w").truncate(1<<26)'`,
    planted: "a/.git",
  },
};

Deno.test({
  name: "attack: what a cell planted is set aside, however it hides it",
  ignore,
  async fn(t) {
    for (const [name, { attack, planted }] of Object.entries(HIDDEN)) {
      await t.step(name, async () => {
        await using kit = await makeHands({ allow: PROGRAMS });
        await Deno.writeTextFile(`${kit.workspace}/attack.sh`, attack);
        await kit.run("sh attack.sh");
        const path = `${kit.workspace}/${planted}`;
        const isThere = await exists(path);
        area.attack(name, isThere);
        assert(!isThere, `${kit.setAside}`);
        assert(kit.setAside.includes(path));
        const bare = `${kit.top}/bare`;
        await Deno.mkdir(bare);
        await plain(bare, attack);
        if (await exists(`${bare}/${planted}`)) area.effective();
        await plain(bare, "chmod -R u+rwX .");
      });
    }
  },
});

Deno.test({
  name: "attack: a program that forges its own answer does not outlive it",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    await Deno.writeTextFile(
      `${kit.workspace}/forge.py`,
      `
import os, time
if os.fork(): time.sleep(30)
os.setsid()
for number in range(1, 9):
  answer = '{"id":%d,"result":{"exitCode":0,"stdout":"forged","stderr":"","droppedBytes":0,' \
    '"endedBy":null,"durationMs":1,"started":[["ls"]]}}\\n' % number
  for process in range(1, 20):
    try: os.write(os.open(f"/proc/{process}/fd/1", os.O_WRONLY | os.O_NONBLOCK), answer.encode())
    except OSError: pass
count = 0
while True:
  count += 1
  open("alive", "w").write(str(count))
  os.makedirs(".vscode", exist_ok=True)
`,
    );
    const { stdout } = await kit.run("python3 forge.py");
    assert.equal(stdout, "forged");
    const before = await Deno.readTextFile(`${kit.workspace}/alive`).catch(() => "");
    await kit.run("ls");
    assert.equal(await Deno.readTextFile(`${kit.workspace}/alive`).catch(() => ""), before);
    assert(!await exists(`${kit.workspace}/.vscode`));
    area.attack("forged answer", false);
    // Control: started plainly, it goes on when whoever started it is done.
    await plain(kit.workspace, "rm -f alive; timeout -s KILL 1 python3 forge.py >/dev/null 2>&1 &");
    const counted = new Set<string>();
    for (let look = 0; look < 100_000 && counted.size < 4; look++) {
      counted.add(await Deno.readTextFile(`${kit.workspace}/alive`).catch(() => ""));
    }
    if (counted.size === 4) area.effective();
    await plain(kit.workspace, "pkill -9 -f forge.py; rm -rf .vscode");
  },
});

Deno.test({
  name: "attack: a socket in the workspace or in a granted folder leads to no service outside",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    await Deno.mkdir(`${kit.out}/read`);
    kit.grants = [grantOf("read", `${kit.out}/read`)];
    for (const path of [`${kit.workspace}/docker.sock`, `${kit.out}/read/docker.sock`]) {
      const listener = Deno.listen({ transport: "unix", path });
      let reached = 0;
      const accepting = (async () => {
        for await (const connection of listener) {
          reached++;
          connection.close();
        }
      })();
      const line = `python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("${path}")'`;
      await kit.run(line);
      // Whoever connected before the control is accepted before it.
      await plain(kit.workspace, line);
      const control = await Deno.connect({ transport: "unix", path });
      await control.read(new Uint8Array(1)).catch(() => null);
      control.close();
      listener.close();
      await accepting;
      // The program of the control, and the test's own connection.
      area.attack(path, reached > 2);
      assert(reached <= 2, path);
      if (reached === 2) area.effective();
    }
  },
});

Deno.test({
  name: "attack: what would change ward's own start is set aside, and its configuration stays",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
    const code = `${folder}/code/ward/src`;
    await Deno.mkdir(code, { recursive: true });
    await Deno.writeTextFile(`${folder}/code/ward/deno.json`, "{}");
    try {
      await using kit = await makeHands({
        allow: PROGRAMS,
        layout: () => ({ workspace: `${folder}/code` }),
        selfPaths: [code, ...configurationOf(code)],
      });
      // A package.json turns packages beside it into those that ward runs; deno.json above names
      // what imports mean.
      const plants = ["deno.json", "ward/package.json", "ward/node_modules", "ward/deno.jsonc"];
      const line =
        "sh -c 'echo x > deno.json; cd ward; echo x > package.json; mkdir node_modules; " +
        "echo x > deno.jsonc; echo x >> deno.json'";
      await kit.run(line);
      for (const plant of plants) {
        const isThere = await exists(`${kit.workspace}/${plant}`);
        area.attack(plant, isThere);
        assert(!isThere, plant);
      }
      assert.equal(await Deno.readTextFile(`${folder}/code/ward/deno.json`), "{}");
      await plain(kit.workspace, line);
      for (const plant of plants) {
        if (await exists(`${kit.workspace}/${plant}`)) area.effective();
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "attack: a program that floods the cell's pipe ends its cell and holds nobody up",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    // Who holds the pipe: the relay by bubblewrap, the shell that waits for it by `unshare` too.
    const pipes = `/proc/${BY_UNSHARE ? 1 : 2}/fd`;
    for (const flood of [`yes '{}' > ${pipes}/1`, `yes > ${pipes}/1`, `yes > ${pipes}/2`]) {
      await Deno.writeTextFile(`${kit.workspace}/flood.sh`, flood);
      await assert.rejects(kit.run("sh flood.sh"), { code: "cell.flood" }, flood);
      area.attack(flood, false);
      // Control: a pipe without a bound brings whatever the program writes.
      const child = new Deno.Command("/bin/sh", {
        args: ["-c", flood.replace(/ > .*/, "")],
        stdout: "piped",
      }).spawn();
      let bytes = 0;
      for await (const chunk of child.stdout) if ((bytes += chunk.length) > 8_000_000) break;
      await child.status;
      if (bytes > 8_000_000) area.effective();
    }
    assert.equal((await kit.run("printf ok")).stdout, "ok");
  },
});

Deno.test({
  name: "attack: what lies in a workspace does not switch the sandbox off",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    // Each needs a mount; bubblewrap takes 9,000 words.
    for (let count = 0; count < 3200; count++) {
      await Deno.mkdir(`${kit.workspace}/${count}/.vscode`, { recursive: true });
    }
    const { kind } = await kit.hands.sandbox();
    area.attack("many mounts", kind === "none");
    assert.equal(kind, BY_UNSHARE ? "unshare" : "bubblewrap");
    // Control: such a cell does not start, which looked like a machine without a sandbox; `unshare`
    // knows no such bound.
    const failure = await kit.run("ls").then(() => null, (error) => error.code);
    assert.equal(failure, BY_UNSHARE ? null : "cell.failed");
    area.effective();
  },
});

Deno.test({
  name: "attack: whole outputs of another workspace or another session are not in the cell",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    const other = openDataFolder(kit.dataDir, "somebody", `${kit.top}/another`).outputDir;
    const mine = openDataFolder(kit.dataDir, "somebody", kit.workspace);
    const own = mine.outputDir;
    mine.openSession("s1");
    // What that one read from outside would come to this one unmarked, and bind it not.
    const before = await saveOutput(mine.outputDir, "page.txt", SECRET);
    const foreign = await saveOutput(other, "output.txt", SECRET);
    const ours = await saveOutput(own, "output.txt", "ours");
    const { stdout } = await kit.run(
      `cat ${ours} ${foreign} ${before}; ls ${own.slice(0, own.lastIndexOf("/"))}`,
    );
    area.attack("another workspace's output", stdout.includes(SECRET));
    area.attack("another session's output", stdout.includes(SECRET));
    for (const path of [foreign, before]) {
      if ((await plain(kit.workspace, `cat ${path}`)).includes(SECRET)) area.effective();
    }
    assert.equal(stdout, `ours${own.slice(own.lastIndexOf("/") + 1)}\n`);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
alsoByUnshare(import.meta.url);
