/**
 * P20, the runtime alone: with policy gone, a cell of a session that read from outside has no
 * programs and no hosts but those that were allowed since.
 */
import assert from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { grantOf, makeHands } from "../kit/hands_kit.ts";

const { bubblewrap } = await machineParts();

Deno.test({
  name: "attack: what a page has the model run does not run, whatever policy says",
  ignore: !bubblewrap?.present,
  async fn() {
    const before = grantOf("run", "id");
    await using kit = await makeHands({ allow: ["date", "ls"], grants: [before] });
    const runs = async (line: string) => {
      const result = await kit.run(line).catch((error: unknown) => error);
      return result instanceof Error ? false : (result as { exitCode: number }).exitCode === 0;
    };
    const all = ["date -u", "ls", "id -u"];
    const which = async () => {
      const found: string[] = [];
      for (const line of all) if (await runs(line)) found.push(line);
      return found;
    };
    assert.deepEqual(await which(), all, "control: without the taint they run");
    kit.taint = { sources: ["web a.example"], atMs: 1_000 };
    assert.deepEqual(await which(), []);
    // Files are still read and written: those are asked about, and stay in the workspace.
    Deno.writeTextFileSync(`${kit.workspace}/a.txt`, "text");
    assert.equal(
      (await kit.files.readFile({ path: `${kit.workspace}/a.txt` }, {})).content,
      "text",
    );
    kit.grants = [before, { ...grantOf("run", "ls"), atMs: 1_000 }];
    assert.deepEqual(await which(), ["ls"]);
    kit.taint = null;
    assert.deepEqual(await which(), all);
  },
});
