/** Attack: traversal strings given to every tool that takes a path. */
import assert from "node:assert/strict";
import { createFileTools } from "../../../src/kernel/tools/files/file_tools.ts";
import type { HandsPort } from "../../../src/model/cells/hands.ts";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { bareHands } from "../kit/bare_hands.ts";
import { makeHands, SECRET } from "../kit/hands_kit.ts";
import { snapshot } from "../kit/outside.ts";
import { oddNames, traversalStrings } from "../kit/traversal_strings.ts";

const area = new Area("B2 traversal", "path escapes");
const { bubblewrap } = await machineParts();

const TOOLS: readonly (readonly [tool: string, args: (path: string) => unknown])[] = [
  ["read", (path) => ({ path })],
  ["write", (path) => ({ path, content: "owned" })],
  ["edit", (path) => ({ path, edits: [{ old: SECRET, new: "owned" }] })],
  ["list", (path) => ({ path })],
  ["glob", (path) => ({ path, pattern: "**/*" })],
  ["grep", (path) => ({ path, pattern: SECRET.slice(0, 9) })],
  ["overview", (path) => ({ path })],
];

/** Gives a string to a tool as a model would, without policy; what was shown. */
async function use(files: HandsPort, workspace: string, tool: string, args: unknown) {
  const found = createFileTools({ hands: files, workspace }).find((one) => one.name === tool);
  assert(found, tool);
  try {
    const plan = found.plan(found.schema.parse(args));
    const signal = AbortSignal.timeout(20_000);
    return (await plan.execute({ signal, decisions: [] })).content;
  } catch {
    return "";
  }
}

Deno.test({
  name: "attack: 1,400 traversal strings by 7 tools reach nothing outside",
  ignore: !bubblewrap?.present,
  async fn() {
    await using kit = await makeHands({ allow: ["cat"] });
    const strings = traversalStrings([
      `${kit.out}/secret`,
      `${kit.home}/database.key`,
      `${kit.home}/data/ward.db`,
    ]);
    await Deno.writeTextFile(`${kit.home}/database.key`, SECRET);
    await Deno.writeTextFile(`${kit.home}/data/ward.db`, SECRET);
    assert(strings.length >= 1400, String(strings.length));
    const outside = async () => await snapshot(kit.out) + await snapshot(`${kit.top}/user`);
    // The cell's own folders are made with its first call.
    await kit.files.listFiles({ path: kit.workspace });
    const before = await outside();
    for (const [tool, args] of TOOLS) {
      const shown: string[] = [];
      for (let at = 0; at < strings.length; at += 64) {
        const some = strings.slice(at, at + 64);
        const said = await Promise.all(
          some.map((path) => use(kit.files, kit.workspace, tool, args(path))),
        );
        // A file of that name that the tool itself wrote says what was written, not the secret.
        said.forEach((text, n) => {
          if (text.includes(SECRET)) shown.push(`${tool} ${JSON.stringify(some[n])}`);
        });
      }
      area.attack(`${tool}: ${shown[0]}`, shown.length > 0, strings.length);
      area.attack(`${tool} changed something outside`, await outside() !== before, 0);
    }
    // Control: without any layer the plain ones among them are read.
    const bare = await bareHands(kit.workspace, { pipes: `${kit.top}/pipes` });
    for (const path of strings) {
      const said = await use(bare.files, kit.workspace, "read", { path });
      if (said.includes(SECRET)) area.effective(TOOLS.length);
    }
  },
});

Deno.test({
  name: "200 odd names are written, read and listed",
  ignore: !bubblewrap?.present,
  async fn() {
    await using kit = await makeHands({ allow: ["cat"] });
    for (const name of oddNames()) {
      const path = `${kit.workspace}/odd/${name}`;
      const content = `of ${name.length}`;
      const worked = await kit.files.writeFile({ path, content })
        .then(() => kit.files.readFile({ path }))
        .then((read) => read.content === content, () => false);
      area.benign(JSON.stringify(name), worked && await Deno.readTextFile(path) === content);
    }
    const listed = await kit.files.listFiles({ path: `${kit.workspace}/odd` });
    assert.equal(listed.entries.length + listed.omitted, 200);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
