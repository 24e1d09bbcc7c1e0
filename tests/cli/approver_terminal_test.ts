import assert from "node:assert/strict";
import { machineParts } from "../machine_parts.ts";
import { inTerminal, type Pane } from "../e2e/kit/terminal.ts";

const DRIVER = new URL("./approver_driver.ts", import.meta.url).pathname;
const hasTmux = (await machineParts())["tmux"]?.present ?? false;

const atDriver = (args: readonly string[], use: (pane: Pane) => Promise<void>) =>
  inTerminal([Deno.execPath(), "run", "-q", "-A", "--no-config", DRIVER, ...args], {
    env: Deno.env.toObject(),
    cwd: Deno.cwd(),
  }, use);

Deno.test({
  name: `the approver in a real terminal${hasTmux ? "" : ", skipped: no tmux"}`,
  ignore: !hasTmux,
  async fn(test) {
    await test.step("one key answers, nothing is echoed, the terminal is put back", () =>
      atDriver([], async (pane) => {
        const asked = await pane.waitFor("[d]eny");
        assert.ok(asked.includes("run cargo\\x1b[2J test"));
        await pane.type("s");
        const screen = await pane.waitFor("COOKED");
        assert.match(screen, /\[d\]eny allowed for this session\nANSWER=session/);
      }));
    await test.step("a lease for the wider pattern, typed with a mistake in it", () =>
      atDriver([], async (pane) => {
        await pane.waitFor("[w]ider");
        await pane.type("w");
        assert.match(await pane.waitFor("[n]arrower"), /what {3}run cargo \(hands\): every call/);
        await pane.type("l");
        await pane.waitFor("(Enter: 1h)");
        await pane.write("2x");
        await pane.waitFor("1h) 2x");
        await pane.type("BSpace");
        await pane.write("h 5 uses");
        await pane.waitUntil("the lease stands there", (screen) => /2h 5 uses\s*$/.test(screen));
        await pane.type("Enter");
        const screen = await pane.waitFor("COOKED");
        assert.match(screen, /allowed for 2h, 5 uses\nANSWER=7200000 ms of cargo, 5 uses/);
      }));
    await test.step("Ctrl-C denies and kills nothing", () =>
      atDriver([], async (pane) => {
        await pane.waitFor("[d]eny");
        await pane.type("C-c");
        assert.match(await pane.waitFor("COOKED"), /ANSWER=deny/);
      }));
    await test.step("attack: a key typed ahead approves nothing", async () => {
      const folder = await Deno.makeTempDir({ prefix: "ward-go-" });
      try {
        await atDriver(["type-ahead", `${folder}/go`], async (pane) => {
          await pane.waitFor("TYPE NOW");
          await pane.type("a");
          await pane.waitFor("TYPE NOW\na");
          await Deno.writeTextFile(`${folder}/go`, "");
          const screen = await pane.waitFor("[d]eny");
          assert.doesNotMatch(screen, /ANSWER/);
          await pane.type("d");
          assert.match(await pane.waitFor("COOKED"), /ANSWER=deny/);
        });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  },
});
