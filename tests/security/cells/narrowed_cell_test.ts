/** Attack: what a cell still has of grants that are not its call's, or that a lock leaves out. */
import assert from "node:assert/strict";
import { manifestOf } from "../../../src/kernel/manifest/manifest.ts";
import { machineParts } from "../../machine_parts.ts";
import { grantOf, type HandsKit, makeHands, SECRET } from "../kit/hands_kit.ts";

const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

async function reads(kit: HandsKit, path: string, options = {}): Promise<boolean> {
  return (await kit.run(`cat ${path}`, options)).stdout.includes(SECRET);
}

Deno.test({
  name: "attack: a program under a lock reads and writes what a standing grant mounts beside it",
  ignore,
  async fn() {
    await using kit = await makeHands({
      allow: ["cat", "tee", "cp"],
      prepare: ({ out }) => Deno.writeTextFile(`${out}/sub/inner`, SECRET),
    });
    kit.grants = [grantOf("write", kit.out)];
    const { out } = kit;
    const writes = async (path: string) => (await kit.run(`cp ${out}/sub/inner ${path}`)).exitCode;
    assert.ok(await reads(kit, `${out}/secret`), "control: without a lock it is there");
    assert.equal(await writes(`${out}/made`), 0);
    kit.lock = { ...manifestOf([], kit.workspace), read: [`${out}/sub`] };
    assert.equal(await reads(kit, `${out}/secret`), false);
    assert.ok(await reads(kit, `${out}/sub/inner`), "what the lock names stays");
    assert.notEqual(await writes(`${out}/sub/made`), 0, "named to be read only");
  },
});

Deno.test({
  name: "attack: another call, such as a sub-agent's, uses what was allowed once for one call",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: ["cat", "sleep"] });
    const once = { ...grantOf("read", kit.out, { type: "once" }), usesLeft: 1 };
    const secret = `${kit.out}/secret`;
    // Not used yet, it stands in the book, and is of no call.
    kit.grants = [once];
    assert.equal(await reads(kit, secret), false);
    // Both at once: the pipe of the first one waits until the other has looked.
    kit.grants = [];
    const [leased, other] = await Promise.all([
      reads(kit, secret, { leased: [once] }),
      reads(kit, secret),
    ]);
    assert.deepEqual([leased, other], [true, false]);
    assert.equal(await reads(kit, secret), false, "and nothing of it is left");
    // Of another compartment it is nothing to commands.
    const web = { ...once, compartment: "web" };
    assert.equal(await reads(kit, secret, { leased: [web] }), false);
  },
});
