/** Attacks found by reading the code: each got through before its fix. */
import assert from "node:assert/strict";
import { machineParts } from "../machine_parts.ts";
import { makeHands, ROOT } from "./kit/hands_kit.ts";

const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

Deno.test({
  name: "attack: a folder that ward was started with open is no way out of the cell",
  ignore,
  async fn() {
    // Terminals and build tools leave files open; bubblewrap hands all of them on.
    await using kit = await makeHands();
    const { stdout } = await new Deno.Command("/bin/bash", {
      args: [
        "-c",
        `exec 8<"$1" 12<"$1/secret"; exec "$0" run -A -q --unstable-worker-options "$2"`,
        Deno.execPath(),
        kit.out,
        `${ROOT}/tests/security/kit/list_open.ts`,
      ],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "started without open files\n");
  },
});
