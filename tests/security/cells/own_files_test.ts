/** Attack: ward's own files inside a careless workspace, and files that are none. */
import assert from "node:assert/strict";
import { formOf } from "../../../src/app/start/code_base.ts";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoByUnshare } from "../kit/also_by_unshare.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { type HandsKit, makeHands, ROOT, SECRET } from "../kit/hands_kit.ts";
import { plant, snapshot } from "../kit/outside.ts";

const area = new Area("B2 own files and special files", "path escapes");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

const PROGRAMS = "sh cat tee cp mv rm ln sed truncate dd mkdir touch chmod find ls perl".split(" ");

/** Ways by which a program changes, replaces or removes a path. */
const WRITES = [
  "echo owned > P",
  "echo owned >> P",
  "echo owned | tee P",
  "cp mine P",
  "mv -f mine P",
  "ln -sf mine P",
  "rm -rf P",
  "sed -i s/./owned/ P",
  "truncate -s 0 P",
  "dd if=mine of=P",
  "mv P away",
  "chmod 777 P",
  "perl -e 'unlink q(P)'",
  "mv $(dirname P) away && mkdir -p $(dirname P) && echo owned > P",
];

/** Tries all writes on each path, by programs and by the tools; what changed on the host. */
async function attackPaths(kit: HandsKit, folder: string, paths: readonly string[]) {
  const before = await snapshot(folder);
  for (const path of paths) {
    for (const write of WRITES) {
      await Deno.writeTextFile(`${kit.workspace}/mine`, "owned");
      await Deno.writeTextFile(`${kit.workspace}/go`, write.replaceAll("P", path));
      await kit.run("sh go").catch(() => {});
      const changed = await snapshot(folder) !== before;
      area.attack(`${write} on ${path}`, changed);
      assert(!changed, `${write} on ${path}`);
    }
    await Promise.allSettled([
      kit.files.writeFile({ path, content: "owned" }),
      kit.files.editFile({ path, edits: [{ oldText: "a", newText: "b", replaceAll: true }] }),
    ]);
    area.attack(`tools on ${path}`, await snapshot(folder) !== before);
  }
}

Deno.test({
  name: "attack: the home of the user is the workspace: ward's home and keys stay unseen and whole",
  ignore,
  async fn() {
    await using kit = await makeHands({
      allow: PROGRAMS,
      layout: (top) => ({ workspace: `${top}/user` }),
    });
    const { home, workspace } = kit;
    const secrets = [
      `${home}/config.toml`,
      `${home}/database.key`,
      `${home}/data/ward.db`,
      `${home}/data/canary/secret`,
      `${workspace}/.ssh/id_ed25519`,
      `${workspace}/.aws/credentials`,
      `${workspace}/.gnupg/key`,
      `${workspace}/.netrc`,
    ];
    await plant(
      secrets.map((path) =>
        `mkdir -p $(dirname ${path}); [ -e ${path} ] || echo ${SECRET} > ${path}`
      )
        .concat(`echo mine > ${workspace}/.bashrc`).join("\n"),
      workspace,
    );
    for (const path of secrets) {
      const read = await kit.files.readFile({ path }).then((file) => file.content, () => "");
      const cat = (await kit.run(`cat ${path}`)).stdout;
      area.attack(`read ${path}`, /canary/.test(read + cat));
    }
    await attackPaths(kit, home, secrets.slice(0, 4));
    await attackPaths(kit, `${workspace}/.ssh`, [`${workspace}/.ssh/id_ed25519`]);
    await kit.run(`sh go`);
    await kit.hands.router.end();
    assert.equal(await Deno.readTextFile(`${workspace}/.bashrc`), "mine\n");
    // Control: without a cell the same writes change the same kind of file.
    for (const write of WRITES) {
      await plant("rm -rf ctl; mkdir -p ctl/in; echo a > ctl/in/f", kit.top);
      const before = await snapshot(`${kit.top}/ctl`);
      await plant(
        `cd ctl; echo x > ../mine; cp ../mine mine; ${write.replaceAll("P", "in/f")}`,
        kit.top,
      );
      await plant("rm -f ctl/mine", kit.top);
      // Of the eight paths that are tried.
      if (await snapshot(`${kit.top}/ctl`) !== before) area.effective(8);
    }
  },
});

Deno.test({
  name: "attack: ward's own checkout is the workspace: code, packages and runtime stay as they are",
  ignore,
  async fn() {
    await using kit = await makeHands({
      allow: PROGRAMS,
      selfPaths: ["src", "deno.json", "scripts", "bin/deno"].map((name) => `CHECKOUT/${name}`),
      layout: (top) => ({ workspace: `${top}/checkout` }),
      prepare: async ({ workspace }) => {
        await plant(
          `mkdir -p src bin; cp -r ${ROOT}/src/base ${ROOT}/src/main.ts src/; cp ${ROOT}/deno.json .
           cp -r ${ROOT}/scripts .; echo runtime > bin/deno`,
          workspace,
        );
      },
    });
    const self = formOf(`file://${kit.workspace}/src/main.ts`).selfPaths;
    assert(self.includes(`${kit.workspace}/src`) && self.includes(`${kit.workspace}/deno.json`));
    await attackPaths(kit, `${kit.workspace}/src`, [
      `${kit.workspace}/src/main.ts`,
      `${kit.workspace}/src/base/app_error.ts`,
    ]);
    await attackPaths(kit, `${kit.workspace}/bin`, [`${kit.workspace}/bin/deno`]);
    const made = await kit.files.writeFile({ path: `${kit.workspace}/notes.md`, content: "x" });
    area.benign("a file beside it", made.created);
  },
});

/** Whether a plain reader is still at it after a second, or has got more than any answer may be. */
async function hangsOrFloods(path: string): Promise<boolean> {
  const reader = `if [ -d "$1" ]; then exec ls -- "$1"; else exec head -c 500000 -- "$1"; fi`;
  const { code, stdout } = await new Deno.Command("/usr/bin/timeout", {
    args: ["1", "/bin/sh", "-c", reader, "sh", path],
    stdin: "null",
    stderr: "null",
  }).output();
  return code === 124 || stdout.length > 400_000;
}

Deno.test({
  name: "attack: pipes, sockets, devices, 10 GB and 200,000 entries end with a clear answer",
  ignore,
  async fn(t) {
    await using kit = await makeHands({ allow: PROGRAMS });
    await plant(
      `mkfifo fifo; ln -s /dev/zero zero; ln -s /dev/tty tty; truncate -s 10G sparse; mkdir many
       cd many; : > 0; for n in 1 2 3; do cp 0 f$n; done
       perl -e 'for (1..200000) { link("f" . (1 + $_ % 3), $_) || open(F, ">", $_) }'`,
      kit.workspace,
    );
    const socket = Deno.listen({ transport: "unix", path: `${kit.workspace}/socket` });
    const peak = async () =>
      Number(/VmHWM:\s*(\d+)/.exec((await kit.run("cat /proc/2/status")).stdout)?.[1] ?? 0) / 1024;
    const start = await peak();
    let grown = 0;
    try {
      for (
        const name of ["fifo", "socket", "zero", "tty", "sparse", "fifo/x", "/dev/full", "many"]
      ) {
        await t.step(name, async () => {
          const path = name.startsWith("/") ? name : `${kit.workspace}/${name}`;
          const { files } = kit;
          // 200,000 entries are held as names; the others must cost nothing.
          if (name === "many") grown = await peak() - start;
          const options = { signal: AbortSignal.timeout(15_000) };
          const answers = await Promise.allSettled([
            files.readFile({ path }, options),
            files.editFile({ path, edits: [{ oldText: "a", newText: "b" }] }, options),
            files.searchFiles({ path, pattern: "x" }, options),
            files.listFiles({ path }, options),
            files.findFiles({ path, pattern: { regex: "^9", on: "name" } }, options),
          ]);
          // Control: a plain reader hangs at it or is flooded by it.
          if (await hangsOrFloods(path)) area.effective(answers.length);
          for (const answer of answers) {
            const text = answer.status === "fulfilled"
              ? JSON.stringify(answer.value)
              : String(answer.reason.code);
            area.attack(
              `${name}: ${text.slice(0, 80)}`,
              text.length > 400_000 || /timeout|hands\.(stuck|ended)|undefined/i.test(text),
            );
          }
        });
      }
      area.attack(`special files: memory grew by ${Math.round(grown)} MB`, grown > 100);
      const most = await peak() - start;
      area.attack(`200,000 entries: memory grew by ${Math.round(most)} MB`, most > 600);
    } finally {
      socket.close();
    }
    area.benign("the cell still works", (await kit.run("ls fifo")).stdout === "fifo\n");
  },
});

area.gate();
alsoAsNobody(import.meta.url);
alsoByUnshare(import.meta.url, /home of the user|own checkout/);
