/**
 * Cells by macOS' sandbox, as far as they can be tried elsewhere: the line that starts them, what
 * the proof says of a cell that nothing holds, and how its lines are judged. No macOS was at hand.
 */
import assert from "node:assert/strict";
import { createSandboxChoice, type SandboxState } from "../../../src/app/cells/sandbox_choice.ts";
import { layers } from "../../../src/app/commands/status.ts";
import { type DarwinTries, judgeOnDarwin } from "../../../src/compartments/cell/proof_darwin.ts";
import { ALL_HELD } from "../../../src/compartments/launcher/sandbox.ts";
import { seatbelt, SEATBELT_START } from "../../../src/compartments/launcher/seatbelt.ts";
import { notShown } from "../../../src/compartments/start.ts";
import { lookAtMachine, type Machine } from "../../../src/host/process/machine.ts";
import { judgeLayers } from "../../../src/kernel/doctor/judge_layers.ts";
import type { CellBoot, ProofLine } from "../../../src/model/cells/cell.ts";
import { FINE } from "../../doctor/facts_kit.ts";
import { Area } from "../kit/area.ts";
import { makeHands } from "../kit/hands_kit.ts";

const area = new Area("B1 cells by macOS' sandbox", "cell escapes");

const BOOT: CellBoot = {
  entry: "",
  permissions: { read: [], write: [], net: [], run: [], env: [], sys: [] },
  canaries: { secretFile: "/s", link: "/l/outside", token: "canary", port: 1 },
  variables: ["HOME", "PATH"],
  os: "darwin",
  outerPid: 1,
  egressSocket: null,
  setUp: null,
  tmp: "/t",
  probes: { cat: "cat", mount: null, ls: "ls", env: "env" },
};

/** What a cell that holds gives; errnos as macOS does. */
const HELD: DarwinTries = {
  file: { stdout: "", errno: "EPERM", code: 1 },
  link: { stdout: "", errno: "EPERM", code: 1 },
  network: "EPERM",
  signal: "EPERM",
  privileged: "EPERM",
  write: "EPERM",
  move: "EPERM",
  secondName: "EPERM",
  variables: "HOME=/t\nPATH=/usr/bin\n__CF_USER_TEXT_ENCODING=0x1F5:0:0\n",
  descriptors: { stdout: "0\n1\n2\n3\n", errno: null, code: 0 },
};

const proofOf = (change: Partial<DarwinTries>) => judgeOnDarwin({ ...HELD, ...change }, BOOT);
const refusedIds = (proof: readonly ProofLine[]) =>
  proof.filter(({ refused }) => refused).map(({ id }) => id);

Deno.test("a cell that holds is admitted, and four things are not held for want of a try", () => {
  const proof = proofOf({});
  assert.deepEqual(refusedIds(proof).toSorted(), seatbelt.demand.held.toSorted());
  assert.deepEqual(
    proof.filter(({ untried }) => untried).map(({ id }) => id).toSorted(),
    seatbelt.demand.untriable.toSorted(),
  );
  assert.deepEqual(notShown(seatbelt.demand, proof), []);
});

/** Each takes one wall away, or lets a line pass for another reason than the sandbox. */
const WEAKER: readonly (readonly [ProofLine["id"], string, Partial<DarwinTries>])[] = [
  ["file", "was read", { file: { stdout: "canary", errno: null, code: 0 } }],
  ["file", "was not there", { file: { stdout: "", errno: "ENOENT", code: 1 } }],
  ["file", "was closed by its mode", { file: { stdout: "", errno: "EACCES", code: 1 } }],
  ["file", "was said nothing of", { file: { stdout: "", errno: null, code: 0 } }],
  ["link", "was read", { link: { stdout: "canary", errno: null, code: 0 } }],
  ["link", "led nowhere", { link: { stdout: "", errno: "ENOENT", code: 1 } }],
  ["network", "was reached", { network: null }],
  ["network", "had no listener", { network: "errno 61" }],
  ["signals", "were sent", { signal: null }],
  ["signals", "had no target", { signal: "ESRCH" }],
  ["capabilities", "were gained", { privileged: null }],
  ["capabilities", "had no program", { privileged: "ENOENT" }],
  ["write", "worked", { write: null }],
  ["write", "was closed by its mode", { write: "EACCES" }],
  ["move", "worked", { move: null }],
  ["move", "found nothing", { move: "ENOENT" }],
  ["second_name", "worked", { secondName: null }],
  ["descriptors", "are open", {
    descriptors: { stdout: "0\n1\n2\n3\n9\n", errno: null, code: 0 },
  }],
  ["descriptors", "could not be listed", { descriptors: { stdout: "", errno: "EPERM", code: 1 } }],
  ["environment", "has a key", { variables: "HOME=/t\nOPENAI_API_KEY=x\n" }],
  ["environment", "was not printed", { variables: "" }],
];

Deno.test("attack: a cell that lacks one wall, or passes a line by accident, is not admitted", () => {
  for (const [id, how, change] of WEAKER) {
    const proof = proofOf(change);
    const line = proof.find((one) => one.id === id);
    assert(line && !line.refused && !line.untried, `${id} ${how}`);
    const reached = notShown(seatbelt.demand, proof);
    area.attack(`${id} ${how}`, reached.length === 0);
    assert.deepEqual(reached, [line.what], `${id} ${how}`);
  }
});

Deno.test("attack: a proof that leaves a line out, or has not tried what can be tried, is none", () => {
  const proof = proofOf({});
  for (const { id } of proof) {
    const without = notShown(seatbelt.demand, proof.filter((line) => line.id !== id));
    area.attack(`without ${id}`, without.length === 0);
    assert.equal(without.length, 1, id);
  }
  const held = ALL_HELD.held.map((id): ProofLine => ({
    id,
    what: id,
    refused: true,
    errno: null,
    detail: "",
  }));
  assert.deepEqual(notShown(ALL_HELD, held), []);
  for (const { id } of held) {
    // On Linux all of it can be tried.
    const lazy = held.map((line) =>
      line.id === id ? { ...line, refused: false, untried: true } : line
    );
    area.attack(`untried ${id}`, notShown(ALL_HELD, lazy).length === 0);
    assert.deepEqual(notShown(ALL_HELD, lazy), [id]);
  }
});

const onDarwin = (machine: Machine, sandboxExec: string): Machine => ({
  ...machine,
  os: "darwin",
  sandboxExec,
  probes: { ...machine.probes, ls: "/usr/bin/ls", env: "/usr/bin/env" },
});

Deno.test("attack: a sandbox-exec that holds nothing is seen by each line, and no cell serves", async () => {
  const fake = await Deno.makeTempFile({ suffix: "-exec" });
  const seen = `${fake}.seen`;
  // Takes `-p PROFILE` like the real one, writes down where it stands and what it has, holds nothing.
  await Deno.writeTextFile(
    fake,
    `#!/bin/sh\n{ pwd; env; ls /dev/fd; printf '%s' "$2"; } > '${seen}'\nshift 2\nexec "$@"\n`,
  );
  await Deno.chmod(fake, 0o755);
  try {
    await using kit = await makeHands({
      allow: ["cat"],
      machine: (machine) => onDarwin(machine, fake),
    });
    const state = await kit.hands.sandbox();
    assert.equal(state.kind, "none", state.cause ?? "");
    assert.match(state.cause ?? "", /sandbox does not hold: read a secret file outside/);
    const proof = kit.hands.lastProof();
    // On Linux nothing says EPERM for what is only not there, and files beside the shell's are none.
    for (const id of ["file", "link", "network", "signals", "write", "move", "second_name"]) {
      const line = proof.find((one) => one.id === id);
      assert.equal(line?.detail, "it worked", JSON.stringify(line));
      area.effective();
    }
    assert.deepEqual(refusedIds(proof), ["descriptors"]);
    const started = await Deno.readTextFile(seen);
    assert(started.startsWith(`${kit.dataDir}/empty\n`), started);
    assert.match(started, /^HOME=.*\/data\/cells\/[-0-9a-f]+$/m);
    assert.match(started, /^\(allow file-read\* file-write\* \(subpath ".*\/data\/empty"\)\)$/m);
    // Nothing is left of the cells that were tried.
    assert.deepEqual([...Deno.readDirSync(`${kit.dataDir}/cells`)], []);
  } finally {
    await Deno.remove(fake);
    await Deno.remove(seen).catch(() => {});
  }
});

Deno.test("the line's shell closes what is open and becomes the program in the workspace", async () => {
  using scratch = new Folder();
  const workspace = `${scratch.path}/-odd 'name' $(x)`;
  Deno.mkdirSync(workspace);
  const script = `exec 7<"$0" 23<"$0"; exec bash -c "$1" cell "$2" /bin/sh -c 'pwd; ls /dev/fd'`;
  const output = await new Deno.Command("/bin/bash", {
    args: ["-c", script, "/dev/null", SEATBELT_START, workspace],
  }).output();
  const [folder, ...open] = new TextDecoder().decode(output.stdout).trim().split("\n");
  assert.equal(folder, workspace);
  assert.deepEqual(open, ["0", "1", "2", "3"]);
});

class Folder implements Disposable {
  readonly path: string = Deno.realPathSync(Deno.makeTempDirSync());
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

Deno.test("what is not held is told: as notice, by status and by doctor", async () => {
  const machine = onDarwin(lookAtMachine("/usr/bin", []), "/usr/bin/sandbox-exec");
  const told: SandboxState[] = [];
  const choice = createSandboxChoice({
    machine,
    holdsAtAll: () => Promise.resolve(null),
    onReduced: (state) => told.push(state),
  });
  await choice.start(() => Promise.resolve({ proof: proofOf({}) }));
  const state = choice.known()!;
  assert.equal(state.kind, "seatbelt");
  assert.deepEqual(told, [state]);
  assert.equal(state.notHeld.length, 4);
  const os = layers(state, false).find(({ name }) => name === "os");
  assert.equal(os?.state, "reduced");
  assert.match(os?.detail ?? "", /sandbox-exec of macOS.*REDUCED.*after the cell has ended/s);
  const { name, cause, fix, notHeld, passedOver } = state;
  const found = judgeLayers({
    ...FINE,
    os: "darwin",
    hasPrlimit: false,
    sandbox: { name, cause, fix, notHeld, passedOver, untried: false },
  });
  const sandbox = found.find(({ id }) => id === "layers.sandbox");
  assert.equal(sandbox?.severity, "warning");
  assert.match(sandbox?.cause ?? "", /look at a process outside/);
  assert.equal(found.find(({ id }) => id === "limits.prlimit")?.fix, null);
});

area.gate();
