/** Another model for an editor's session: taken, or the session goes on as it was. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { startScriptedService } from "../e2e/kit/scripted_service.ts";
import { makeScratch, SOURCE } from "../e2e/kit/ward_process.ts";
import { AcpEditor } from "../fakes/acp_editor.ts";
import { AcpSession } from "../../src/surfaces/acp/acp_session.ts";
import type { EditorLink } from "../../src/surfaces/acp/editor_link.ts";
import type { HostedSession } from "../../src/surfaces/acp/host.ts";

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

Deno.test("a prompt, another change and the end of a session wait for a change of its model", async () => {
  const steps: string[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let changes = 0;
  const hosted = {
    mode: "default",
    contextTokens: 1,
    model: () => ({ current: "a/b", names: ["a/b"] }),
    async setModel(name: string) {
      steps.push(`to ${name}`);
      await gates[changes++]!.promise;
      steps.push(`has ${name}`);
      if (name === "a/c") throw new Error("cannot go on");
    },
    say() {
      steps.push("said");
      return Promise.resolve({ outcome: "complete", reason: null, planned: null });
    },
    close: () => Promise.resolve(void steps.push("closed")),
  } as unknown as HostedSession;
  const link = {
    send: () => {},
    sent: () => Promise.resolve(),
    view: { usedTokens: 0 },
  } as unknown as EditorLink;
  const session = new AcpSession(hosted, link);
  const first = rejects(session.setOption("model", "a/c"), /cannot go on/);
  const second = session.setOption("model", "a/d");
  const prompt = session.prompt([{ type: "text", text: "Go" }], new AbortController().signal);
  gates[0]!.resolve();
  await first;
  gates[1]!.resolve();
  await second;
  equal(await prompt, "end_turn");
  deepEqual(steps, ["to a/c", "has a/c", "to a/d", "has a/d", "said"]);
  gates.push(Promise.withResolvers<void>());
  const third = session.setOption("model", "a/e");
  const closing = session.close();
  gates[2]!.resolve();
  await Promise.all([third, closing]);
  deepEqual(steps.slice(5), ["to a/e", "has a/e", "closed"]);
});
