/** Two people, or one in two terminals, on one profile at once. */
import { deepEqual, equal, match } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { inTerminal, type Pane } from "../kit/terminal.ts";
import { makeScratch, type Scratch, SOURCE, ward } from "../kit/ward_process.ts";

const { tmux } = await machineParts();

const agent = (scratch: Scratch, use: (pane: Pane) => Promise<void>) =>
  inTerminal([...SOURCE, "agent", "-w", scratch.workspace], {
    env: scratch.env,
    cwd: scratch.workspace,
  }, use);

/** Says it and waits for the answer. */
async function say(pane: Pane): Promise<void> {
  await pane.waitFor("built-in assistant");
  await pane.write("what time is it?");
  await pane.waitFor("what time is it?");
  await pane.type("Enter");
  await pane.waitFor("It is ");
}

Deno.test({
  name: `two terminals on one profile: both answer, both are stored, a session has one owner${
    tmux?.present ? "" : ", skipped: no tmux"
  }`,
  ignore: !tmux?.present,
  async fn() {
    using scratch = makeScratch();
    const sessions = async () => {
      const { stdout } = await ward(scratch, ["sessions", "list", "--json"]);
      const list = JSON.parse(stdout);
      return (Array.isArray(list) ? list : list.sessions) as { id: string; messageCount: number }[];
    };
    await agent(scratch, async (first) => {
      await say(first);
      const [one] = await sessions();
      await agent(scratch, async (second) => {
        await say(second);
        deepEqual((await sessions()).map(({ messageCount }) => messageCount), [2, 2]);
        const taken = await ward(scratch, [
          "agent",
          "-w",
          scratch.workspace,
          "--resume",
          one!.id,
          "-m",
          "what time is it?",
        ]);
        equal(taken.code, 2);
        match(taken.stderr, /in use by another process/);
      });
    });
    const free = await ward(scratch, [
      "agent",
      "-w",
      scratch.workspace,
      "--resume",
      (await sessions())[0]!.id,
      "-m",
      "what time is it?",
    ]);
    equal(free.code, 0, free.stderr);
  },
});
