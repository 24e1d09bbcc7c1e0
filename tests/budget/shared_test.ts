/** Processes of one profile share a cap. */
import assert from "node:assert/strict";
import { NO_CAPS } from "./budget_kit.ts";
import { using, withFolder } from "../store/store_kit.ts";

Deno.test("two processes at once do not pass a cap together", () =>
  withFolder(async (dataDir) => {
    await using(dataDir, () => Promise.resolve());
    const cap = 2_500;
    const children = Array.from({ length: 2 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--quiet",
          new URL("./spend_child.ts", import.meta.url).pathname,
          dataDir,
          String(cap),
        ],
        stdout: "piped",
        stderr: "piped",
      }).output());
    const calls = (await Promise.all(children)).map(({ success, stdout, stderr }) => {
      assert.ok(success, new TextDecoder().decode(stderr));
      return Number(new TextDecoder().decode(stdout));
    });
    const total = calls.reduce((sum, one) => sum + one, 0);
    await using(dataDir, async (store) => {
      const rows = await store.readUsage({ afterId: 0, limit: 1_000 });
      assert.equal(rows.length, total);
      assert.ok(total * 120 <= cap, `${total} calls`);
      // Nobody stops long before it: the last room is less than two calls of 120 and their bounds.
      assert.ok(total * 120 > cap - 2 * 200, `${total} calls`);
      assert.equal(
        (await store.listTrips({ sessionId: null, caps: { ...NO_CAPS, dailyTokens: cap } })).length,
        1,
      );
    });
  }));
