import assert from "node:assert/strict";

const DRIVER = new URL("./approver_driver.ts", import.meta.url).pathname;
const hasTmux = await run(["-V"]).then(({ ok }) => ok, () => false);
const name = hasTmux
  ? "the approver in a real terminal"
  : "the approver in a real terminal: skipped, tmux is not installed";

async function run(args: string[]): Promise<{ ok: boolean; text: string }> {
  const { success, stdout } = await new Deno.Command("tmux", { args, stderr: "null" }).output();
  return { ok: success, text: new TextDecoder().decode(stdout) };
}

/** A tmux server of its own with the driver in its one pane. */
async function inTerminal(
  args: string[],
  use: (pane: {
    type(...keys: string[]): Promise<void>;
    waitFor(text: string): Promise<string>;
    folder: string;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const socket = ["-S", `${folder}/tmux`];
  const driver = `'${Deno.execPath()}' run -q -A --no-config '${DRIVER}' ${args.join(" ")}`;
  try {
    const line = `${driver.replaceAll("FOLDER", folder)}; cat`;
    await run([...socket, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", line]);
    await use({
      folder,
      type: async (...keys) => {
        await run([...socket, "send-keys", ...keys]);
      },
      async waitFor(text) {
        const endsAt = performance.now() + 90_000;
        let screen = "";
        while (performance.now() < endsAt) {
          screen = (await run([...socket, "capture-pane", "-p"])).text;
          if (screen.includes(text)) return screen;
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
        throw new assert.AssertionError({ message: `no "${text}" on the screen:\n${screen}` });
      },
    });
  } finally {
    await run([...socket, "kill-server"]);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name,
  ignore: !hasTmux,
  async fn(test) {
    await test.step("one key answers, nothing is echoed, the terminal is put back", () =>
      inTerminal([], async (pane) => {
        const asked = await pane.waitFor("[d]eny");
        assert.ok(asked.includes("run cargo\\x1b[2J test"));
        await pane.type("s");
        const screen = await pane.waitFor("COOKED");
        assert.match(screen, /\[d\]eny allowed for this session\nANSWER=session/);
      }));
    await test.step("Ctrl-C denies and kills nothing", () =>
      inTerminal([], async (pane) => {
        await pane.waitFor("[d]eny");
        await pane.type("C-c");
        assert.match(await pane.waitFor("COOKED"), /ANSWER=deny/);
      }));
    await test.step("attack: a key typed ahead approves nothing", () =>
      inTerminal(["type-ahead", "FOLDER/go"], async (pane) => {
        await pane.waitFor("TYPE NOW");
        await pane.type("a");
        await pane.waitFor("TYPE NOW\na");
        await Deno.writeTextFile(`${pane.folder}/go`, "");
        const screen = await pane.waitFor("[d]eny");
        assert.doesNotMatch(screen, /ANSWER/);
        await pane.type("d");
        assert.match(await pane.waitFor("COOKED"), /ANSWER=deny/);
      }));
  },
});
