/** Attack: programs that are not on the list, and what any program finds in a cell. */
import assert from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { bareHands } from "../kit/bare_hands.ts";
import { makeHands, SECRET } from "../kit/hands_kit.ts";

const area = new Area("B4 programs", "command escapes");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

/** Each would print the mark by `id`, `printf`, `dd` or a copy; none of them is on the list. */
const OFF_LIST = [
  "id",
  "ID",
  "Id",
  "/usr/bin/id",
  "/bin/id",
  "//usr/bin/id",
  "/usr/./bin/id",
  "/usr/bin/../bin/id",
  "../../../../../../usr/bin/id",
  "./id",
  "./link-to-id",
  "bin/id",
  "PATH=/usr/bin id",
  "PATH=. id",
  "cd bin && id",
  "cd bin && ./id",
  "cd /usr/bin && ./id",
  "cd /usr/bin && id",
  "cat | id",
  "true && id",
  "false || id",
  "! id",
  "(id)",
  "{ id; }",
  "id > out",
  "id *",
  "'id'",
  '"id"',
  "i'd'",
  "\\id",
  "i\\d",
  "*d",
  "bin/*",
  "/usr/bin/i?",
  "env id",
  "command id",
  "exec id",
  "busybox id",
  "sh -c id",
  "/usr/bin/env id",
  "/lib64/ld-linux-x86-64.so.2 /usr/bin/id",
  "/run/ward/runtime eval 1",
  "/run/ward/mkfifo pipe",
  "/run/ward/prlimit",
  "/run/ward/mount",
];

Deno.test({
  name: "attack: a program off the list does not run, however it is named",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: ["cat", "ls"] });
    await Deno.mkdir(`${kit.workspace}/bin`);
    await Deno.symlink("/usr/bin/id", `${kit.workspace}/link-to-id`);
    await Deno.copyFile("/usr/bin/id", `${kit.workspace}/bin/id`);
    await Deno.copyFile("/usr/bin/id", `${kit.workspace}/id`);
    const bare = await bareHands(kit.workspace, { programs: ["id"], pipes: `${kit.top}/pipes` });
    for (const line of OFF_LIST) {
      const ran = await kit.run(line).then(
        ({ stdout, started }) => /uid=/.test(stdout) || started.some(([name]) => name !== "cat"),
        () => false,
      );
      area.attack(line, ran);
      const control = await bare.run(line).then(({ stdout }) => /uid=/.test(stdout), () => false);
      if (control) area.effective();
    }
    area.benign("cat", (await kit.run("ls")).stdout.includes("bin"));
  },
});

/** What a helper tries, with `$O` outside; each prints REACHED when it got there. */
const HELPER_TRIES = [
  "cat $O/secret",
  "cat /proc/1/root$O/secret",
  "cat /proc/*/root$O/secret",
  "ls $O && echo REACHED",
  "cat /etc/shadow",
  ": > $O/made && echo REACHED",
  ": > /usr/lib/made && echo REACHED",
  ": > /etc/made && echo REACHED",
  ": > /run/ward/made && echo REACHED",
  ": > /dev/made && echo REACHED",
  "mkdir /made && echo REACHED",
  "mount -t tmpfs none /tmp && echo REACHED",
  "mount -o remount,rw / && echo REACHED",
  "umount /proc && echo REACHED",
  "unshare -Ur true && echo REACHED",
  "unshare -n true && echo REACHED",
  "nsenter -t 1 -m cat $O/secret",
  "chroot / true && echo REACHED",
  "su root -c 'echo REACHED'",
  "sudo -n echo REACHED",
  "ping -c1 127.0.0.1 | grep -q '1 received' && echo REACHED",
  "mknod /tmp/mem c 1 1 && echo REACHED",
  "hostname owned && echo REACHED",
  "dmesg | grep -q . && echo REACHED",
  "cat /dev/mem && echo REACHED",
  // Opened for writing, never written: this would change the machine that runs the test.
  ": >> /proc/sys/kernel/core_pattern && echo REACHED",
  ": >> /proc/sys/vm/drop_caches && echo REACHED",
  ": >> /proc/sysrq-trigger && echo REACHED",
  ": >> /proc/irq/default_smp_affinity && echo REACHED",
  "for f in $(find /proc/sys /proc/irq /proc/bus -type f 2>/dev/null); do : >> $f && echo REACHED; done",
  "ls /sys/kernel && echo REACHED",
  "ls /proc/*/fd 2>/dev/null | grep -q ward.db && echo REACHED",
  "perl -e 'syscall(165,q(none),q(/tmp),q(tmpfs),0,0)==0 and print q(REACHED)'",
  "perl -e 'use Socket;socket(S,AF_INET,SOCK_STREAM,0);print q(REACHED) if " +
  "connect(S,sockaddr_in($P,inet_aton(q(127.0.0.1))))'",
  "perl -e 'socket(S,17,3,768) and print q(REACHED)'",
  "gdb -p 2 -batch -ex 'call (void)1' 2>/dev/null | grep -q REACHED",
  "python3 -c \"open('$O/secret').read() and print('REACHED')\"",
  "/lib64/ld-linux-x86-64.so.2 /bin/cat $O/secret",
];

const HELPERS =
  ("sh cat ls mkdir mount umount unshare nsenter chroot su sudo ping mknod hostname " +
    "dmesg perl gdb python3 find grep wc tr tail cut ps").split(" ");

const CHANGES_THE_MACHINE = /\/proc\/[sib]|mount|hostname|mk(dir|nod)|made|syscall|gdb|nsenter/;

Deno.test({
  name: "attack: helpers of the machine have no more than the cell",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: HELPERS });
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const closing = (async () => {
      for await (const connection of listener) connection.close();
    })();
    try {
      const scripts = HELPER_TRIES.map((line) =>
        line.replaceAll("$O", kit.out).replaceAll("$P", String(listener.addr.port))
      );
      const reached = (text: string) =>
        text.includes("REACHED") || text.includes(SECRET) || /^root:[^:]*:\d/m.test(text);
      // One cell for all: each program that may plant something ends its cell.
      await Deno.writeTextFile(
        `${kit.workspace}/try`,
        scripts.map((script, n) => `( ${script} ) > r${n} 2>/dev/null < /dev/null`).join("\n"),
      );
      const { endedBy } = await kit.run("sh try", { timeoutMs: 60_000 });
      assert.equal(endedBy, null);
      for (const [n, script] of scripts.entries()) {
        const line = HELPER_TRIES[n] ?? "";
        area.attack(line, reached(await Deno.readTextFile(`${kit.workspace}/r${n}`)));
        // What could change the machine is tried in the cell only.
        if (CHANGES_THE_MACHINE.test(line)) continue;
        const control = await new Deno.Command("/bin/sh", {
          args: ["-c", script],
          cwd: kit.workspace,
          stdin: "null",
          stderr: "null",
        }).output();
        if (reached(new TextDecoder().decode(control.stdout))) area.effective();
      }
    } finally {
      listener.close();
      await closing;
    }
    area.benign("sh", (await kit.shell("echo $((6 * 7))")).stdout === "42\n");
  },
});

Deno.test({
  name: "inventory from inside",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: HELPERS });
    const shell = async (line: string) => {
      await Deno.writeTextFile(`${kit.workspace}/look`, line);
      return (await kit.run("sh look")).stdout.trim();
    };
    const outer = Deno.pid;
    const writable = await shell(
      "for d in $(find / -xdev -type d 2>/dev/null) /dev/shm /dev/pts /proc; do " +
        "(: > $d/made-here) 2>/dev/null && echo $d; done",
    );
    const status = await shell("cat /proc/self/status");
    const tries: [string, boolean][] = [
      ["CapEff is 0", /^CapEff:\s*0+$/m.test(status) && /^CapBnd:\s*0+$/m.test(status)],
      ["NoNewPrivs is 1", /^NoNewPrivs:\s*1$/m.test(status)],
      [
        "no other processes",
        await shell("ls -d /proc/[0-9]* | wc -l").then((count) => Number(count) < 12) &&
        !(await shell(`cat /proc/${outer}/cmdline | tr '\\0' ' '`)).includes("security"),
      ],
      ["only a loopback", await shell("tail -n +3 /proc/net/dev | cut -d: -f1") === "lo"],
      [
        "a minimal passwd",
        /^somebody:x:\d+:\d+:somebody:\/:\/bin\/false$/.test(await shell("cat /etc/passwd")),
      ],
      [
        "nothing else of /etc",
        await shell("cat /etc/shadow /etc/hosts /etc/resolv.conf /etc/ssh/* 2>/dev/null") === "",
      ],
      [
        "writable are the workspace and /tmp",
        writable.split("\n").every((path) =>
          path === "" || path === kit.workspace || /^\/tmp(\/|$)/.test(path)
        ),
      ],
      [
        "user namespaces are off",
        await shell("cat /proc/sys/user/max_user_namespaces") !== "" &&
        await shell("unshare -U true 2>/dev/null && echo made") === "",
      ],
      [
        "own session, no terminal",
        await shell("(: < /dev/tty) 2>/dev/null && echo terminal; ps -o tty= -p $$") !== "terminal",
      ],
    ];
    assert.equal(tries.length, 9);
    for (const [what, holds] of tries) {
      area.attack(what, !holds);
      assert(holds, `${what}: ${writable}`);
    }
  },
});

area.gate();
alsoAsNobody(import.meta.url);
