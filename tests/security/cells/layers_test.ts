/** Each layer alone: with the others taken away, it still refuses what it is there for. */
import assert from "node:assert/strict";
import { planCell } from "../../../src/app/cells/cell_plan.ts";
import { formOf } from "../../../src/app/start/code_base.ts";
import { AppError } from "../../../src/base/app_error.ts";
import { createHandsClient } from "../../../src/compartments/hands/client.ts";
import { bubblewrap as byBubblewrap } from "../../../src/compartments/launcher/bubblewrap.ts";
import { PIPE_MAKER } from "../../../src/compartments/launcher/layout.ts";
import { startCell, startThread } from "../../../src/compartments/start.ts";
import { NOTHING } from "../../../src/compartments/table.ts";
import { plantCanaries, withListener } from "../../../src/host/protection/canaries.ts";
import { openDataFolder } from "../../../src/host/files/data_folder.ts";
import { sandboxHelpers } from "../../../src/compartments/launcher/sandboxes.ts";
import { inheritedDescriptors } from "../../../src/compartments/inherited_descriptors.ts";
import { lookAtMachine } from "../../../src/host/process/machine.ts";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { bareHands } from "../kit/bare_hands.ts";
import { makeHands, SECRET } from "../kit/hands_kit.ts";
import { plant, snapshot } from "../kit/outside.ts";
import type { HandsPort } from "../../../src/model/cells/hands.ts";

const area = new Area("B4 layers alone", "cell escapes");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

/** What is tried on files outside: by its path, and by a planted link. */
async function attackFiles(files: HandsPort, places: { workspace: string; out: string }) {
  const { workspace, out } = places;
  await plant(`ln -sfn ${out} d; ln -sf ${out}/secret l`, workspace);
  const before = await snapshot(out);
  const through: string[] = [];
  const paths = [`${out}/secret`, `${workspace}/l`, `${workspace}/d/secret`];
  for (const path of paths) {
    const shown = await files.readFile({ path }).then((read) => read.content, () => "");
    if (shown.includes(SECRET)) through.push(`read ${path}`);
    await files.editFile({ path, edits: [{ oldText: SECRET, newText: "owned" }] }).catch(() => {});
    if (await snapshot(out) !== before) through.push(`edit ${path}`);
    await plant(`printf %s ${SECRET} > ${out}/secret`, workspace);
  }
  for (const path of [out, `${workspace}/d`]) {
    await files.writeFile({ path: `${path}/made`, content: "x" }).catch(() => {});
    if (await Deno.lstat(`${out}/made`).then(() => true, () => false)) through.push(`make ${path}`);
    await Deno.remove(`${out}/made`).catch(() => {});
    const shown = await files.searchFiles({ path, pattern: "canary" })
      .then((found) => JSON.stringify(found.matches), () => "");
    if (shown.includes(SECRET)) through.push(`search ${path}`);
  }
  return { tried: 2 * paths.length + 4, through };
}

async function count(name: string, files: HandsPort, places: { workspace: string; out: string }) {
  const { tried, through } = await attackFiles(files, places);
  area.attack(`${name}: ${through.join(", ")}`, through.length > 0, tried);
  assert.deepEqual(through, []);
}

Deno.test({
  name: "policy off: runtime and OS refuse",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: ["cat"] });
    await count("policy off", kit.files, kit);
    area.attack("policy off: a program", (await kit.run("id")).exitCode === 0);
    const bare = await bareHands(kit.workspace, { pipes: `${kit.top}/pipes` });
    const control = await attackFiles(bare.files, kit);
    assert(control.through.length > 6, control.through.join());
    // The control is the same for the three.
    area.effective(3 * control.through.length);
  },
});

Deno.test({
  name: "runtime off: a worker that may do all is held by the OS",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: ["cat"] });
    await plant("printf x > .envrc; git init -q . 2>/dev/null || mkdir .git", kit.workspace);
    const form = formOf(new URL("../../../src/main.ts", import.meta.url).href);
    const machine = lookAtMachine("/usr/bin:/bin", inheritedDescriptors());
    const data = openDataFolder(kit.dataDir, "somebody", kit.workspace);
    const launcher = startThread({
      id: "launcher",
      kind: "thread",
      entry: "compartments/launcher/entry",
      purpose: "",
      permissions: { ...NOTHING, run: sandboxHelpers(machine) },
    }, form);
    const planted = plantCanaries(data.path);
    const plan = planCell({
      spec: {
        id: "hands",
        kind: "cell",
        entry: "compartments/hands/entry",
        purpose: "",
        permissions: NOTHING,
      },
      variant: "default",
      workspace: kit.workspace,
      home: kit.home,
      dataDir: data.path,
      others: [],
      outputDir: data.outputDir,
      osHome: `${kit.top}/user`,
      selfPaths: form.selfPaths,
      machine,
      programs: ["cat", "sh", "id"],
      grants: [],
      egressFolder: null,
      limits: {
        memoryBytes: 2 << 30,
        processes: 256,
        fileBytes: 1 << 30,
        cpuSeconds: 600,
        tmpBytes: 1 << 28,
      },
      planted,
      pipeMaker: PIPE_MAKER,
      tmp: { path: "/tmp", mounts: [] },
      etc: data.etc,
    });
    const programs = Object.fromEntries(plan.programs.map(({ name, path }) => [name, path]));
    const running = await withListener(planted, async (canaries) => {
      const spec = plan.build(canaries);
      const running = await startCell({
        ...spec,
        // Everything that the process of the cell itself has.
        permissions: {
          read: ["/"],
          write: ["/"],
          run: [...Object.values(programs), PIPE_MAKER],
          net: ["127.0.0.1", "localhost", "0.0.0.0"],
          env: [],
          sys: [],
        },
      }, { launcher: launcher.client, sandbox: byBubblewrap, machine, self: form.self });
      const port = `127.0.0.1:${canaries.port}`;
      const probe = (kind: string, value: string) =>
        running.client.call("probe", { kind, value }) as Promise<{ reached: boolean }>;
      area.attack("runtime off: dial ward", (await probe("net", port)).reached);
      area.attack(
        "runtime off: see the key",
        (await probe("read", `${kit.home}/data`)).reached &&
          (await probe("read", `${kit.home}/data/canary/secret`)).reached,
      );
      area.benign("its own folder", (await probe("read", kit.workspace)).reached);
      return running;
    });
    try {
      await running.client.call("configure", {
        programs,
        shell: null,
        pipeMaker: PIPE_MAKER,
        reduced: null,
      });
      const files = createHandsClient((method, params) => running.client.call(method, params));
      await count("runtime off", files, kit);
      for (const name of [".envrc", ".git/config", ".git/hooks/x"]) {
        const path = `${kit.workspace}/${name}`;
        const wrote = await files.writeFile({ path, content: "owned" }).then(
          () => true,
          () => false,
        );
        area.attack(`runtime off: write ${name}`, wrote);
      }
    } finally {
      running.stop(new AppError("test.done", "done"));
      await running.ended;
      launcher.stop(new AppError("test.done", "done"));
    }
  },
});

Deno.test({
  name: "OS off: a thread's lists and the check of real paths refuse",
  async fn() {
    await using kit = await makeHands({
      allow: ["cat"],
      machine: (machine) => ({
        ...machine,
        bwrap: null,
        unshare: { missing: "hidden here" },
      }),
    });
    assert.equal((await kit.hands.sandbox()).kind, "none");
    await count("OS off", kit.files, kit);
    const ran = await kit.run("cat l").then((run) => run.exitCode === 0, () => false);
    area.attack("OS off: a program", ran);
    const running = await kit.hands.router.warm();
    for (
      const [kind, value] of [
        ["read", kit.home],
        ["net", "127.0.0.1:9"],
        ["run", "/usr/bin/cat"],
        ["env", "PATH"],
      ]
    ) {
      const { reached, error } = await running.client.call("probe", { kind, value }) as {
        reached: boolean;
        error: string;
      };
      area.attack(`OS off: ${kind}`, reached || error !== "NotCapable");
    }
    await Deno.writeTextFile(`${kit.workspace}/f`, "inside");
    const read = await kit.files.readFile({ path: `${kit.workspace}/f` });
    area.benign("OS off: a file of the workspace", read.content === "inside");
  },
});

area.gate();
alsoAsNobody(import.meta.url);
