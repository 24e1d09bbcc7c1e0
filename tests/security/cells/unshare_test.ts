/** Attack: what a program in a cell by `unshare` holds, and what of the machine is left around it. */
import assert from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { type HandsKit, type HandsKitOptions, makeHands } from "../kit/hands_kit.ts";

const area = new Area("B1 cells by unshare", "cell escapes");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

const PROGRAMS =
  "sh cat echo ls grep test mount umount unshare chmod kill sleep id head wc ps mv tr".split(" ");

function byUnshare(options: HandsKitOptions = {}): Promise<HandsKit> {
  return makeHands({
    allow: PROGRAMS,
    ...options,
    machine: (machine) => ({ ...machine, bwrap: null }),
  });
}

/** Runs a script in the cell; the standard output. */
async function inside(kit: HandsKit, script: string): Promise<string> {
  await Deno.writeTextFile(`${kit.workspace}/try`, script);
  return (await kit.run("sh try")).stdout;
}

/** A mount as `/proc/self/mountinfo` says it (proc(5)). */
function mountsOf(text: string): { at: string; flags: string[] }[] {
  return text.trim().split("\n").map((line) => {
    const words = line.split(" ");
    return { at: words[4] ?? "", flags: (words[5] ?? "").split(",") };
  });
}

Deno.test({
  name: "the proof holds, and only the workspace and /tmp can be written",
  ignore,
  async fn() {
    await using kit = await byUnshare();
    const mounts = mountsOf(await inside(kit, "cat /proc/self/mountinfo"));
    assert.equal((await kit.hands.sandbox()).kind, "unshare");
    const proof = kit.hands.lastProof();
    assert.equal(proof.length, 9);
    for (const line of proof) area.attack(line.id, !line.refused);
    assert(mounts.length > 20);
    // Process 1 has written its maps; no second write is taken (user_namespaces(7)).
    const maps = ["uid_map", "gid_map", "setgroups"].map((name) => `/proc/1/${name}`);
    // Control: outside of a cell the machine's root has none of the three flags.
    const root = mountsOf(await Deno.readTextFile("/proc/self/mountinfo"))
      .findLast(({ at }) => at === "/")?.flags ?? [];
    const missing = ["ro", "nosuid", "nodev"].filter((flag) => !root.includes(flag)).length;
    for (const { at, flags } of mounts) {
      const writable = !flags.includes("ro");
      const mayBe = [kit.workspace, "/tmp", "/dev/pts", ...maps].includes(at);
      area.attack(`${at} is writable`, writable && !mayBe);
      area.attack(`${at} keeps suid`, !flags.includes("nosuid"));
      area.attack(`${at} keeps devices`, !flags.includes("nodev") && !at.startsWith("/dev"));
      area.effective(missing);
    }
    area.benign(
      "the workspace is writable",
      await inside(kit, "echo x > made; cat made") === "x\n",
    );
  },
});

/** Each prints `REACHED` only when it worked; and the same without a cell, to see it work. */
const ESCAPES: readonly (readonly [name: string, script: string, control: string | null])[] = [
  [
    "a user namespace of its own",
    "unshare --user --map-root-user true && echo REACHED",
    "unshare --user --map-root-user true && echo REACHED",
  ],
  [
    "a mount",
    "mount -t tmpfs x /tmp && echo REACHED",
    "unshare --user --map-root-user --mount mount -t tmpfs x /tmp && echo REACHED",
  ],
  [
    "the root of process 1",
    "test -e /proc/1/root/var/tmp/../../etc/shadow && echo REACHED",
    "test -e /etc/shadow && echo REACHED",
  ],
  [
    "the machine's root, where it was put",
    'test -n "$(ls -A /run/ward/old)" && echo REACHED; umount /run/ward/old && echo REACHED',
    'test -n "$(ls -A /)" && echo REACHED',
  ],
  [
    "the mode of the machine's own device",
    "chmod 666 /dev/full && echo REACHED",
    // Only its owner may.
    Deno.uid() === 0 ? "chmod 666 /dev/full && echo REACHED" : null,
  ],
  [
    "the maps of process 1",
    "echo '0 0 1' > /proc/1/uid_map && echo REACHED; echo allow > /proc/1/setgroups && echo REACHED",
    "sh -c 'echo x > /dev/null' && echo REACHED",
  ],
  [
    "capabilities of any process",
    "grep -h '^Cap' /proc/[0-9]*/status | grep -v ':.0000000000000000$' && echo REACHED",
    "grep -h '^Cap' /proc/[0-9]*/status | grep -v ':.0000000000000000$' >/dev/null && echo REACHED",
  ],
  [
    "variables of process 1",
    'test -n "$(cat /proc/1/environ)" && echo REACHED',
    "test -n \"$(X=y sh -c 'cat /proc/self/environ' | tr '\\0' x)\" && echo REACHED",
  ],
  [
    "the end of process 1",
    "kill -9 1; sleep 0; kill -0 1 && test ! -d /proc/1 && echo REACHED",
    "sleep 60 & kill -9 $!; wait $! 2>/dev/null; test ! -d /proc/$! && echo REACHED",
  ],
  [
    "an interface of the network",
    "grep : /proc/net/dev | grep -v lo: && echo REACHED",
    null,
  ],
  [
    "memory shared on the machine",
    "ls -A /dev/shm | grep . && echo REACHED; echo x > /dev/shm/ward && echo REACHED",
    "f=/dev/shm/ward-$$; echo x > $f && rm $f && echo REACHED",
  ],
];

Deno.test({
  name: "attack: ways out of a cell by unshare",
  ignore,
  async fn(t) {
    await using kit = await byUnshare();
    for (const [name, script, control] of ESCAPES) {
      await t.step(name, async () => {
        const got = await inside(kit, script);
        area.attack(name, got.includes("REACHED"));
        assert(!got.includes("REACHED"), got);
        if (control === null) return;
        const output = await new Deno.Command("/bin/sh", { args: ["-c", control] }).output();
        if (new TextDecoder().decode(output.stdout).includes("REACHED")) area.effective();
      });
    }
    area.benign("same user", await inside(kit, "id -u") === `${Deno.uid()}\n`);
    area.benign("a loopback of its own", /lo:/.test(await inside(kit, "cat /proc/net/dev")));
    area.benign(
      "devices",
      await inside(kit, "echo x > /dev/null; head -c 1 /dev/zero | wc -c") === "1\n",
    );
    area.benign(
      "no orphan stays",
      !/ Z /.test(await inside(kit, "(sleep 0 &); ps ax | grep -c ' Z '; true")),
    );
  },
});

Deno.test({
  name: "names that a shell or mountinfo would read otherwise are protected all the same",
  ignore,
  async fn() {
    const strange = [
      "a b",
      "$(touch x)",
      "`id`",
      "new\nline",
      "back\\slash",
      "quo\"te's",
      "-rf",
      "#",
      "*",
    ];
    await using kit = await byUnshare({
      async prepare({ workspace }) {
        for (const name of strange) {
          await Deno.mkdir(`${workspace}/${name}/.git/hooks`, { recursive: true });
          await Deno.writeTextFile(`${workspace}/${name}/.git/config`, "");
          await Deno.writeTextFile(`${workspace}/${name}/.envrc`, "");
        }
      },
    });
    const script = `for d in ./*/ ./-rf/; do
         for f in "$d.git/config" "$d.git/hooks/x" "$d.envrc"; do
           echo evil > "$f" && echo REACHED "$f"
         done
         mv "$d.git" "$d.moved" && echo REACHED mv
         echo fine > "$d/free" && cat "$d/free"
       done 2>/dev/null`;
    const said = await inside(kit, script);
    assert.equal((await kit.hands.sandbox()).kind, "unshare");
    area.attack("a protected entry below a strange name", said.includes("REACHED"), strange.length);
    // Control: the same script outside of a cell, on the same names.
    const made = strange.map((name) => `${kit.out}/${name}/.git/hooks`);
    for (const path of made) await Deno.mkdir(path, { recursive: true });
    const control = await new Deno.Command("/bin/sh", { args: ["-c", script], cwd: kit.out })
      .output();
    const reached = new TextDecoder().decode(control.stdout).match(/^REACHED mv$/gm) ?? [];
    area.effective(reached.length);
    area.benign("files beside it", said.split("fine").length > strange.length);
    assert(!said.includes("REACHED"), said);
  },
});

const canMount = Deno.uid() === 0 && (await new Deno.Command("/usr/bin/unshare", {
  args: ["-m", "/bin/true"],
  stderr: "null",
}).output()).success;

Deno.test({
  name: `attack: mounts below the workspace lose their devices and set-user-id too, .git stays`,
  ignore: ignore || !canMount,
  async fn() {
    const folders = ["plain", "two words", "deep/#er\\x", "lines\n2"];
    const script = `cat /proc/self/mountinfo
      for d in plain 'two words' 'deep/#er\\x' 'lines
2'; do cat "$d/inside"; echo x > "$d/.git/config" && echo REACHED
        mv "$d/.git" "$d/g" && echo REACHED; echo y > "$d/free" || echo CLOSED; done`;
    const output = await new Deno.Command("/usr/bin/unshare", {
      args: [
        ...["-m", Deno.execPath(), "run", "--quiet", "-A", "--unstable-worker-options"],
        new URL("../kit/mounts_below.ts", import.meta.url).pathname,
        ...["unshare", JSON.stringify(folders), script],
      ],
    }).output();
    const text = new TextDecoder().decode(output.stdout);
    assert(output.success, text + new TextDecoder().decode(output.stderr));
    const { kind, cause, stdout, outside, workspace } = JSON.parse(text);
    const bare = mountsOf(outside);
    assert.equal(kind, "unshare", cause);
    const below = mountsOf(stdout.split("seen")[0])
      .filter(({ at }) => at.startsWith(`${workspace}/`));
    for (const { at, flags } of below) {
      const holds = flags.includes("nosuid") && flags.includes("nodev");
      area.attack(`${at} keeps its flags`, !holds);
      // Control: outside of the cell the mount that it is, or lies on, has neither flag.
      const own = bare.findLast((mount) => at === mount.at || at.startsWith(`${mount.at}/`));
      if (own && !own.flags.includes("nosuid") && !own.flags.includes("nodev")) area.effective();
      assert(holds, `${at} ${flags}`);
    }
    // The mount itself and its .git.
    assert.equal(below.length, folders.length * 2, stdout);
    assert.equal(stdout.split("seen").length - 1, folders.length, stdout);
    area.attack("what is protected below a mount", stdout.includes("REACHED"), folders.length);
    area.benign("writing below a mount", !stdout.includes("CLOSED"));
    assert.doesNotMatch(stdout, /REACHED|CLOSED/);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
