/** Attack: a process exchanges a folder of the workspace and a link that leads out, all the time. */
import assert from "node:assert/strict";
import type { HandsPort } from "../../../src/model/cells/hands.ts";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody, IS_NOBODY } from "../kit/as_nobody.ts";
import { bareHands } from "../kit/bare_hands.ts";
import { makeHands, SECRET } from "../kit/hands_kit.ts";
import { plant, snapshot } from "../kit/outside.ts";

const area = new Area("B2 race", "path escapes");
const { bubblewrap } = await machineParts();

const isLong = Boolean(Deno.env.get("WARD_LONG_TESTS") ?? Deno.env.get("CI"));
/** Root's run is the long one; the other user's shows that it holds there too. */
const SECONDS = (isLong ? 60 : 10) / (IS_NOBODY ? 2 : 1);
const PARALLEL = 32;

interface Count {
  attempts: number;
  /** Of those, how many met the folder as it should be. */
  inside: number;
  through: number;
}

/** Reads and writes through the swapped name for a while. */
async function race(
  files: HandsPort,
  places: { workspace: string; out: string },
  seconds: number,
): Promise<Count> {
  const { workspace, out } = places;
  await plant(
    `rm -rf d d.real d.link; mkdir d; printf inside > d/secret; ln -s ${out} d.link`,
    workspace,
  );
  const swapper = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-read",
      "--allow-write",
      new URL("../kit/swapper.ts", import.meta.url).pathname,
      `${workspace}/d`,
      `${workspace}/d.real`,
      `${workspace}/d.link`,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const before = await snapshot(out);
  const count: Count = { attempts: 0, inside: 0, through: 0 };
  const end = Date.now() + seconds * 1000;
  const one = async (n: number) => {
    for (let turn = n; Date.now() < end; turn++) {
      count.attempts++;
      const answer = await (turn % 4 === 0
        ? files.writeFile({ path: `${workspace}/d/new${n}`, content: "owned" })
        : files.readFile({ path: `${workspace}/d/secret` })).catch(() =>
          null
        );
      if (answer === null) continue;
      count.inside++;
      if (JSON.stringify(answer).includes(SECRET)) count.through++;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, (_, n) => one(n)));
  await swapper.stdin.close();
  const { stdout, stderr } = await swapper.output();
  const swaps = Number(new TextDecoder().decode(stdout));
  assert(swaps > 1000, `only ${swaps} swaps ${new TextDecoder().decode(stderr)}`);
  if (await snapshot(out) !== before) count.through++;
  return count;
}

Deno.test({
  name: `attack: folders swapped for ${SECONDS} s gain nothing (60 s with WARD_LONG_TESTS or CI)`,
  ignore: !bubblewrap?.present,
  async fn(t) {
    await using kit = await makeHands({ allow: ["cat"] });
    const cell = await race(kit.files, kit, SECONDS);
    area.attack("read or write through the swapped folder", cell.through > 0, cell.attempts);
    area.benign("some found the folder as it is", cell.inside > 0);
    const bare = await bareHands(kit.workspace, { pipes: `${kit.top}/pipes`, reduced: true });
    const control = await race(bare.files, kit, Math.min(SECONDS, 5));
    area.effective(control.through);
    await t.step(
      `cell ${cell.through} of ${cell.attempts}; control without the mount namespace ` +
        `${control.through} of ${control.attempts}`,
      () => {},
    );
    if (isLong && !IS_NOBODY) assert(cell.attempts >= 50_000, `${cell.attempts} attempts`);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
