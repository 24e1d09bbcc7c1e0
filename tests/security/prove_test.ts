/** One changed argument of the real sandbox line turns exactly its line of the proof red. */
import assert from "node:assert/strict";
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../../src/app/code_base.ts";
import type { DoctorReport } from "../../src/model/report.ts";
import { makeScratch, runWard } from "../e2e/ward_process.ts";
import { machineParts } from "../machine_parts.ts";
import { type Alteration, alteredBwrap } from "./kit/altered_bwrap.ts";
import { Area } from "./kit/area.ts";
import { alsoAsNobody, IS_NOBODY } from "./kit/as_nobody.ts";

const area = new Area("B1 proof of the sandbox line");
const { bubblewrap } = await machineParts();

const FORM = [
  Deno.execPath(),
  "run",
  "--quiet",
  ...KERNEL_FLAGS,
  ...RUNTIME_FLAGS,
  new URL("./kit/ward_with_bwrap.ts", import.meta.url).pathname,
];

/** Each takes one wall down; the lines that must turn red and no other. */
const MUTATIONS: readonly {
  readonly name: string;
  readonly change: (home: string) => Alteration;
  readonly red: readonly string[];
  readonly rootOnly?: true;
}[] = [
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

async function proveWith(alteration: (home: string) => Alteration) {
  using scratch = makeScratch();
  const bwrap = await alteredBwrap(scratch.workspace, alteration(scratch.home));
  const run = await runWard([bwrap, "doctor", "--prove"], { env: scratch.env, form: FORM });
  assert(run.stdout.startsWith("{"), run.stdout + run.stderr);
  return { run, report: JSON.parse(run.stdout) as DoctorReport };
}

Deno.test({
  name: "attack: a sandbox line with one wall less is seen, and the cell does not serve",
  ignore: !bubblewrap?.present,
  async fn(t) {
    for (const { name, change, red, rootOnly } of MUTATIONS) {
      // As another user these change nothing: mount(8) itself wants root.
      if (rootOnly && IS_NOBODY) continue;
      await t.step(name, async () => {
        const { run, report } = await proveWith(change);
        const lines = report.prove?.lines ?? [];
        const reached = lines.filter((line) => !line.refused).map((line) => line.id);
        // `cell` is the line that says that no cell serves: commands are then off.
        area.attack(name, !red.every((id) => reached.includes(id)) || !reached.includes("cell"));
        if (reached.length > 0) area.effective();
        assert.deepEqual(reached, [...red, "cell"], run.stdout);
        assert.equal(run.code, 1);
        assert.match(JSON.stringify(report.checks), /REDUCED: The sandbox does not hold/);
      });
    }
  },
});

Deno.test({
  name: "control: the intact line is all green",
  ignore: !bubblewrap?.present,
  async fn() {
    const { run, report } = await proveWith(() => ({}));
    const lines = report.prove?.lines ?? [];
    for (const line of lines) area.benign(line.id, line.refused);
    assert.deepEqual(lines.filter((line) => !line.refused), []);
    for (
      const id of ["file", "link", "network", "processes", "environment", "capabilities", "kernel"]
    ) {
      assert(lines.some((line) => line.id === `cell.${id}` && line.layer === "os"), id);
    }
    assert.equal(run.code, 0, run.stdout + run.stderr);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
