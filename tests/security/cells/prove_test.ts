/** One changed argument of the real sandbox line turns exactly its line of the proof red. */
import assert from "node:assert/strict";
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../../../src/app/start/code_base.ts";
import type { DoctorReport } from "../../../src/model/report.ts";
import { makeScratch, runWard } from "../../e2e/kit/ward_process.ts";
import { machineParts } from "../../machine_parts.ts";
import { type Alteration, alteredProgram } from "../kit/altered_program.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody, IS_NOBODY } from "../kit/as_nobody.ts";

const area = new Area("B1 proof of the sandbox line", "cell escapes");
const { bubblewrap } = await machineParts();

const FORM = [
  Deno.execPath(),
  "run",
  "--quiet",
  ...KERNEL_FLAGS,
  ...RUNTIME_FLAGS,
  new URL("../kit/prove_with.ts", import.meta.url).pathname,
];

/** Takes one wall down; the lines that must turn red and no other. */
interface Mutation {
  readonly name: string;
  readonly change: (home: string) => Alteration;
  readonly red: readonly string[];
  readonly rootOnly?: true;
}

const BUBBLEWRAP: readonly Mutation[] = [
  {
    name: "mount: the secret's folder is bound too",
    change: (home) => ({ last: ["--ro-bind", `${home}/data/canary`, `${home}/data/canary`] }),
    // The link is the second way to the same file.
    red: ["cell.file", "cell.link"],
  },
  {
    name: "mount: the secret is bound over the link",
    change: (home) => ({
      last: [
        "--tmpfs",
        `${home}/data/canary/links`,
        "--ro-bind",
        `${home}/data/canary/secret`,
        `${home}/data/canary/links/outside`,
      ],
    }),
    red: ["cell.link"],
  },
  {
    name: "network: shared with the machine",
    change: () => ({ replace: { "--unshare-all": ["--unshare-all", "--share-net"] } }),
    red: ["cell.network"],
  },
  {
    name: "PID: everything is unshared but processes",
    change: () => ({
      replace: {
        "--unshare-all": ["--unshare-user", "--unshare-ipc", "--unshare-net", "--unshare-uts"],
      },
    }),
    red: ["cell.processes"],
  },
  {
    name: "environment: not cleared",
    change: () => ({ replace: { "--clearenv": [] }, env: { PROVIDER_API_KEY: "canary" } }),
    red: ["cell.environment"],
  },
  {
    name: "capabilities: one is kept",
    change: () => ({ replace: { "--chdir": ["--cap-add", "CAP_NET_RAW", "--chdir"] } }),
    red: ["cell.capabilities"],
  },
  {
    name: "kernel: /proc stays writable",
    change: () => ({ last: ["--proc", "/proc"] }),
    red: ["cell.kernel"],
  },
  {
    name: "capabilities: none is dropped",
    change: () => ({ without: ["--cap-drop"] }),
    red: ["cell.capabilities"],
    rootOnly: true,
  },
  {
    name: "remount: the capability for it, in the namespace that owns the mounts",
    change: () => ({
      replace: {
        "--disable-userns": [],
        "--chdir": ["--cap-add", "CAP_SYS_ADMIN", "--chdir"],
      },
    }),
    // Without the capability nothing can remount, so its line is red too.
    red: ["cell.capabilities", "cell.remount"],
    rootOnly: true,
  },
];

const canary = (home: string) => `${home}/data/canary`;

/** The first `seal` comes behind all mounts, the first `--` behind the seals. */
const UNSHARE: readonly Mutation[] = [
  {
    name: "mount: the secret's folder is bound too",
    change: (home) => ({
      replace: { seal: ["read", canary(home), canary(home), canary(home), "seal"] },
    }),
    red: ["cell.file", "cell.link"],
  },
  {
    name: "mount: the secret is bound over the link",
    change: (home) => ({
      replace: {
        seal: [
          ...["tmpfs", "65536", `${canary(home)}/links`],
          ...["read", `${canary(home)}/secret`, `${canary(home)}/secret`],
          ...[`${canary(home)}/links/outside`, "seal"],
        ],
      },
    }),
    red: ["cell.link"],
  },
  {
    name: "network: shared with the machine",
    change: () => ({ replace: { "--net": [] } }),
    red: ["cell.network"],
  },
  {
    name: "PID: the machine's /proc is bound over",
    change: () => ({ last: ["write", "/proc", "/proc", "/proc"] }),
    // It is another mount, and not read-only.
    red: ["cell.processes", "cell.kernel"],
  },
  {
    name: "PID: not unshared, so that no /proc can be mounted and no cell starts",
    change: () => ({ replace: { "--pid": [] } }),
    red: [],
  },
  {
    name: "environment: not cleared",
    change: () => ({ command: { "-i": [] }, env: { PROVIDER_API_KEY: "canary" } }),
    red: ["cell.environment"],
  },
  {
    name: "capabilities: the bounding set stays",
    change: () => ({ command: { "--bounding-set=-all": [] } }),
    red: ["cell.capabilities"],
  },
  {
    name: "capabilities: new privileges may be gained",
    change: () => ({ command: { "--no-new-privs": [] } }),
    red: ["cell.capabilities"],
  },
  {
    name: "kernel: /proc stays writable",
    change: () => ({ replace: { "nosuid,nodev,noexec": ["nosuid,nodev,noexec,rw"] } }),
    red: ["cell.kernel"],
  },
  {
    name: "remount: the namespace that owns the mounts, with its capabilities",
    change: () => ({
      command: {
        // In place of the second `unshare` with its four options, and of what drops capabilities.
        "/run/ward/unshare": ["/run/ward/sh", "-c", 'shift 4; exec "$@"', "sh"],
        "--bounding-set=-all": [],
        "--inh-caps=-all": [],
        "--ambient-caps=-all": [],
      },
    }),
    red: ["cell.capabilities", "cell.remount"],
  },
];

/** What is altered: a program of the line, and what of the machine is not what is found. */
const SANDBOXES = [
  {
    name: "bubblewrap",
    mutations: BUBBLEWRAP,
    real: "/usr/bin/bwrap",
    machine: (altered: string) => ({ bwrap: altered, unshare: { missing: "hidden here" } }),
  },
  {
    name: "unshare",
    mutations: UNSHARE,
    // The part of the line that runs outside only; the others are mounted inside, too.
    real: "/usr/bin/setsid",
    machine: (altered: string) => ({ bwrap: null, unshare: { setsid: altered } }),
  },
] as const;

async function proveWith(
  { real, machine }: typeof SANDBOXES[number],
  alteration: (home: string) => Alteration,
) {
  using scratch = makeScratch();
  const altered = await alteredProgram(scratch.workspace, real, alteration(scratch.home));
  const words = [JSON.stringify(machine(altered)), "doctor", "--prove"];
  const run = await runWard(words, { env: scratch.env, form: FORM });
  assert(run.stdout.startsWith("{"), run.stdout + run.stderr);
  return { run, report: JSON.parse(run.stdout) as DoctorReport };
}

for (const sandbox of SANDBOXES) {
  const { name: by, mutations } = sandbox;
  Deno.test({
    name: `attack: a line of ${by} with one wall less is seen, and the cell does not serve`,
    ignore: !bubblewrap?.present,
    async fn(t) {
      for (const { name, change, red, rootOnly } of mutations) {
        // As another user these change nothing: mount(8) itself wants root.
        if (rootOnly && IS_NOBODY) continue;
        await t.step(name, async () => {
          const { run, report } = await proveWith(sandbox, change);
          const lines = report.prove?.lines ?? [];
          const reached = lines.filter((line) => !line.refused).map((line) => line.id);
          // `cell` is the line that says that no cell serves: commands are then off.
          area.attack(name, !red.every((id) => reached.includes(id)) || !reached.includes("cell"));
          if (reached.length > 0) area.effective();
          assert.deepEqual(reached, [...red, "cell"], run.stdout);
          assert.equal(run.code, 1);
          const said = red.length > 0 ? /The sandbox does not hold/ : /ended with code/;
          assert.match(JSON.stringify(report.checks), said);
          assert.match(JSON.stringify(report.checks), /REDUCED: /);
        });
      }
    },
  });

  Deno.test({
    name: `control: the intact line of ${by} is all green`,
    ignore: !bubblewrap?.present,
    async fn() {
      const { run, report } = await proveWith(sandbox, () => ({}));
      const lines = report.prove?.lines ?? [];
      for (const line of lines) area.benign(line.id, line.refused);
      assert.deepEqual(lines.filter((line) => !line.refused), []);
      for (
        const id of [
          "file",
          "link",
          "network",
          "processes",
          "environment",
          "capabilities",
          "kernel",
        ]
      ) {
        assert(lines.some((line) => line.id === `cell.${id}` && line.layer === "os"), id);
      }
      for (const id of ["granted.network", "granted.proxy", "granted.worker", "egress.metadata"]) {
        assert(lines.some((line) => line.id === id), id);
      }
      assert.equal(run.code, 0, run.stdout + run.stderr);
    },
  });
}

Deno.test({
  name: "bubblewrap that does not hold is passed over for unshare, and doctor says why",
  ignore: !bubblewrap?.present,
  async fn() {
    using scratch = makeScratch();
    const bwrap = await alteredProgram(scratch.workspace, "/usr/bin/bwrap", {
      replace: { "--unshare-all": ["--unshare-all", "--share-net"] },
    });
    const words = [JSON.stringify({ bwrap }), "doctor", "--prove"];
    const run = await runWard(words, { env: scratch.env, form: FORM });
    const report = JSON.parse(run.stdout) as DoctorReport;
    const said = JSON.stringify(report.checks.find(({ id }) => id === "layers.sandbox"));
    assert.match(said, /unshare of util-linux/);
    assert.match(said, /bubblewrap.*dial a listener/);
    assert.deepEqual(report.prove?.lines.filter((line) => !line.refused), []);
    assert.equal(run.code, 0, run.stdout);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
