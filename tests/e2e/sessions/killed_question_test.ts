/** A question that stood open as ward was killed is no yes: its call is settled and never run. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { inChat, run, send } from "../kit/chat_kit.ts";
import { terminalTest } from "../kit/forms.ts";
import { withStore } from "../kit/profile_store.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, SOURCE, untilGone, ward } from "../kit/ward_process.ts";

terminalTest(
  "attack: ward is killed while it asks; after the restart the call is settled and nothing ran",
  async () => {
    using scratch = makeScratch({ "keep.txt": "kept" });
    const isKept = () => Deno.readTextFileSync(`${scratch.workspace}/keep.txt`) === "kept";
    await using service = await startScriptedService([run("rm keep.txt"), { content: "Gone." }], {
      laterTurns: [{ content: "Going on." }],
    });
    await inChat(SOURCE, scratch, { env: service.env }, async (pane) => {
      await send(pane, "remove it");
      await pane.waitFor("[d]eny");
      const shell = (await pane.about("#{pane_pid}")).trim();
      const child = Deno.readTextFileSync(`/proc/${shell}/task/${shell}/children`).trim();
      Deno.kill(Number(child), "SIGKILL");
      await pane.waitFor("EXIT=137");
    });
    await untilGone(scratch.workspace);
    ok(isKept());
    const rowsOf = (kind: string) =>
      withStore(scratch.home, async (store) => {
        const rows = await store.listAudit({ limit: 100 });
        return rows.filter((row) => row.kind === kind);
      });
    await withStore(scratch.home, async (store) => {
      const { id } = (await store.latestSession({}))!;
      const states = (await store.loadSession(id))!.openCalls.map(({ state }) => state);
      deepEqual(states, ["pending"]);
      ok((await store.verifyAudit()).ok);
    });
    deepEqual((await rowsOf("decision")).map(({ detail }) => detail["decision"]), ["ask"]);
    // A yes that comes now is for what will be asked, not for what was.
    equal((await ward(scratch, ["permissions", "grant", "run", "rm keep.txt", "--once"])).code, 0);
    const resumed = await ask(scratch, "go on", service.env, ["--resume"]);
    equal(resumed.code, 0, resumed.stderr);
    equal(resumed.stdout, "Going on.\n");
    ok(isKept());
    const { messages } = JSON.parse(service.bodies().at(-1)!) as {
      messages: { role: string; content: string }[];
    };
    const results = messages.filter(({ role }) => role === "tool");
    equal(results.length, 1);
    match(results[0]!.content, /^Not run: interrupted before it started/);
    deepEqual(await rowsOf("effect"), []);
    await withStore(scratch.home, async (store) => {
      const loaded = (await store.loadSession((await store.latestSession({}))!.id))!;
      deepEqual([loaded.openCalls, loaded.lastTurn?.outcome], [[], "complete"]);
    });
  },
);
