/** Another model for an editor's session: taken, or the session goes on as it was. */
import { equal, match, ok, rejects } from "node:assert/strict";
import { startScriptedService } from "../e2e/kit/scripted_service.ts";
import { makeScratch, SOURCE } from "../e2e/kit/ward_process.ts";
import { AcpEditor } from "../fakes/acp_editor.ts";

Deno.test("a session that cannot be opened with another model goes on with the one it had", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([{ content: "First." }], {
    laterTurns: [{ content: "Later." }],
  });
  await using editor = await AcpEditor.start({
    form: SOURCE,
    env: { ...scratch.env, ...service.env },
  });
  const sessionId = await editor.open(scratch.workspace);
  equal(await editor.prompt(sessionId, "Begin"), "end_turn");
  const change = (value: string) =>
    editor.request("session/set_config_option", { sessionId, configId: "model", value });
  const asked = () => (JSON.parse(service.bodies().at(-1) ?? "{}") as { model: string }).model;
  // No lock can be taken while a file stands where the folder of the locks was.
  const locks = `${scratch.home}/data/sessions`;
  Deno.renameSync(locks, `${locks}.away`);
  Deno.writeTextFileSync(locks, "");
  await rejects(change("openai/other"), /Cannot go on with openai\/other/);
  await rejects(editor.prompt(sessionId, "While it stands in the way"));
  Deno.removeSync(locks);
  Deno.renameSync(`${locks}.away`, locks);
  equal(await editor.prompt(sessionId, "Go on"), "end_turn");
  equal(editor.said(sessionId), "First.Later.");
  equal(asked(), "mock");
  match(JSON.stringify(await change("openai/other")), /"currentValue":"openai\/other"/);
  equal(await editor.prompt(sessionId, "And on"), "end_turn");
  equal(asked(), "other");
  ok(editor.said(sessionId).endsWith("Later.Later."));
});
