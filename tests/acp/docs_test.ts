/** The blocks that people copy from docs/acp.md into their editors. */
import { deepEqual, equal } from "node:assert/strict";

Deno.test("each JSON block of docs/acp.md is JSON, and starts ward as an agent", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/acp.md", import.meta.url));
  const blocks = [...text.matchAll(/^```json\n([^]*?)^```$/gm)].map(([, block = ""]) =>
    JSON.parse(block)
  );
  equal(blocks.length, 2);
  for (const { agent_servers: { ward, ...others } } of blocks) {
    deepEqual(others, {});
    deepEqual([ward.command, ward.args], ["/usr/local/bin/ward", ["acp"]]);
  }
});
