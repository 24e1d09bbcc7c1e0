/** `ward acp` as an editor sees it, against a scripted model; every line is held to the schema. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { LACKS_STANDALONE, standalone } from "../e2e/kit/forms.ts";
import { startScriptedService } from "../e2e/kit/scripted_service.ts";
import { makeScratch, SOURCE } from "../e2e/kit/ward_process.ts";
import { AcpEditor, AnsweredError, type Asked, chose } from "../fakes/acp_editor.ts";

const run = (command: string) => ({ name: "run", arguments: { command } });
const BOTH = { fs: { readTextFile: true, writeTextFile: true } };

/** The scripted call and its question; a command that no rule allows. */
const TOUCH = "touch ran.txt";

function permission(option: string): (asked: Asked) => unknown {
  return () => chose(option);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What of a tool call an editor shows at its end. */
function lastOf(editor: AcpEditor, id: string, callId: string): Record<string, unknown> {
  return editor.of(id).filter((one) => one["toolCallId"] === callId)
    .reduce((all, one) => ({ ...all, ...one }), {});
}

async function conversation(form: readonly string[]): Promise<void> {
  using scratch = makeScratch({ "a.txt": "one\n" });
  const env = { ...scratch.env };
  await using service = await startScriptedService([
    { content: "I look. ", calls: [{ name: "read", arguments: { path: "a.txt" } }, run(TOUCH)] },
    {
      calls: [{ name: "edit", arguments: { path: "a.txt", edits: [{ old: "one", new: "two" }] } }],
    },
    { content: "Done." },
  ], { laterTurns: [{ calls: [run(TOUCH)] }, { content: "Never said." }] });
  let id: string;
  {
    await using editor = await AcpEditor.start({
      form,
      env: { ...env, ...service.env },
      answer: permission("once"),
    });
    const version = await editor.request("initialize", { protocolVersion: 99 });
    equal(version["protocolVersion"], 1, "an editor of another version is told which is spoken");
    id = await editor.open(scratch.workspace);
    equal(await editor.prompt(id, "Change it"), "end_turn");
    equal(editor.said(id), "I look. Done.");
    const [read, touch, edit] = ["call_0_0_0", "call_0_0_1", "call_0_1_0"].map((call) =>
      lastOf(editor, id, call)
    );
    equal(read?.["kind"], "read");
    deepEqual(read?.["locations"], [{ path: `${scratch.workspace}/a.txt` }]);
    equal(touch?.["kind"], "execute");
    equal(touch?.["status"], "completed");
    deepEqual(edit?.["content"], [{
      type: "diff",
      path: `${scratch.workspace}/a.txt`,
      oldText: "one\n",
      newText: "two\n",
    }]);
    ok(exists(`${scratch.workspace}/ran.txt`));
    const [question] = editor.asked;
    deepEqual(
      (question?.params["options"] as { optionId: string; kind: string }[])
        .map(({ optionId, kind }) => [optionId, kind]),
      [
        ["once", "allow_once"],
        ["session", "allow_always"],
        ["always", "allow_always"],
        ["deny", "reject_once"],
      ],
    );
    match(JSON.stringify(question?.params["toolCall"]), /call_0_0_1.*touch ran\.txt/);
    ok(editor.of(id, "usage_update").length > 0);

    // A cancel while the question stands.
    Deno.removeSync(`${scratch.workspace}/ran.txt`);
    editor.answerWith(() => {
      editor.notify("session/cancel", { sessionId: id });
      return { outcome: { outcome: "cancelled" } };
    });
    equal(await editor.prompt(id, "Again"), "cancelled");
    equal(exists(`${scratch.workspace}/ran.txt`), false);

    const options = await editor.request("session/set_config_option", {
      sessionId: id,
      configId: "mode",
      value: "plan",
    });
    match(JSON.stringify(options), /"currentValue":"plan"/);
    deepEqual(editor.of(id, "current_mode_update").at(-1)?.["currentModeId"], "plan");
    equal(await editor.prompt(id, "What would you do?"), "end_turn");
    match(JSON.stringify(editor.of(id, "plan").at(-1)), /touch ran\.txt \(asks/);
    equal(exists(`${scratch.workspace}/ran.txt`), false, "a plan runs nothing");
    await rejects(editor.request("session/set_mode", { sessionId: id, modeId: "free" }), /no mode/);

    const { sessions } = await editor.request("session/list", { cwd: scratch.workspace });
    deepEqual((sessions as { sessionId: string }[]).map(({ sessionId }) => sessionId), [id]);
    // Another ward cannot go on with what is open here.
    await using other = await AcpEditor.start({ form, env: { ...env, ...service.env } });
    await rejects(
      other.request("session/load", { sessionId: id, cwd: scratch.workspace, mcpServers: [] }),
      /in use by another process/,
    );
    await rejects(
      other.prompt(id, "attack: the id of a session of another editor"),
      (error: AnsweredError) => error.code === -32002 || /not found/i.test(error.message),
    );
    await editor.request("session/close", { sessionId: id });
    await rejects(editor.prompt(id, "It is closed"), /not found/i);
    await other.request("session/load", { sessionId: id, cwd: scratch.workspace, mcpServers: [] });
    equal(other.said(id, "user_message_chunk"), "Change itAgainWhat would you do?");
    match(other.said(id), /^I look\. Done\./);
    equal(lastOf(other, id, "call_0_1_0")["status"], "completed");
    await rejects(
      other.request("session/resume", { sessionId: id, cwd: "/etc" }),
      /open already/,
    );
  }
}

Deno.test("a conversation in an editor: permission, diff, cancel, modes, load, other editors", () =>
  conversation(SOURCE));

Deno.test({
  name: "the same by the standalone binary" +
    (LACKS_STANDALONE ? `, skipped: no ${LACKS_STANDALONE}` : ""),
  ignore: LACKS_STANDALONE !== undefined,
  fn: async () => await conversation([await standalone()]),
});

Deno.test("attack: no answer but the id of an offered option lets anything run", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([
    { calls: [run(TOUCH)] },
    { content: "Over." },
  ], { laterTurns: [{ calls: [run(TOUCH)] }, { content: "Over." }] });
  await using editor = await AcpEditor.start({
    form: SOURCE,
    env: { ...scratch.env, ...service.env },
  });
  const wrong: [string, unknown][] = [
    ["an id that was not offered", chose("yes")],
    ["the kind of an option", chose("allow_once")],
    ["the name of an option", chose("Allow once")],
    ["an id with more around it", chose(" once")],
    ["another form of the id", chose("ONCE")],
    ["a property of every object", chose("constructor")],
    ["no outcome at all", {}],
    ["an outcome that the protocol has not", { outcome: { outcome: "allowed", optionId: "once" } }],
    ["a no that names a yes", { outcome: { outcome: "cancelled", optionId: "once" } }],
  ];
  const id = await editor.open(scratch.workspace);
  for (const [what, answer] of wrong) {
    editor.answerWith(() => answer);
    equal(await editor.prompt(id, "allow everything"), "end_turn", what);
    equal(editor.of(id, "tool_call_update").at(-1)?.["status"], "failed", what);
    equal(exists(`${scratch.workspace}/ran.txt`), false, what);
  }
  equal(editor.asked.length, wrong.length);
  editor.answerWith(() => chose("once"));
  await editor.prompt(id, "the right one does");
  ok(exists(`${scratch.workspace}/ran.txt`));
});

Deno.test("attack: an answer to one session's question answers no other one's", async () => {
  using scratch = makeScratch();
  Deno.mkdirSync(`${scratch.folder}/second`);
  await using service = await startScriptedService([
    { calls: [run(TOUCH)] },
    { content: "Over." },
  ]);
  const waiting = new Map<string, (answer: unknown) => void>();
  const editor = await AcpEditor.start({
    form: SOURCE,
    env: { ...scratch.env, ...service.env },
    answer: ({ params }) =>
      new Promise((resolve) => waiting.set(String(params["sessionId"]), resolve)),
  });
  const first = await editor.open(scratch.workspace);
  const second = await editor.open(`${scratch.folder}/second`);
  const both = [editor.prompt(first, "go"), editor.prompt(second, "go")];
  await editor.until(() => editor.asked.length === 2);
  // Not a request that is open: it counts for nothing.
  editor.write({ jsonrpc: "2.0", id: 4711, result: chose("once") });
  editor.write({ jsonrpc: "2.0", id: `${first}`, result: chose("once") });
  waiting.get(second)!(chose("once"));
  equal(await both[1], "end_turn");
  ok(exists(`${scratch.folder}/second/ran.txt`), "side by side, each with its own answer");
  equal(exists(`${scratch.workspace}/ran.txt`), false);
  waiting.get(first)!(chose("deny"));
  equal(await both[0], "end_turn");
  equal(exists(`${scratch.workspace}/ran.txt`), false);
  match((await editor.leave()).stderr, /unknown request 4711/);
});

Deno.test("what an editor has open is what is read and changed; nothing beyond is asked of it", async () => {
  using scratch = makeScratch({ "open.txt": "saved\n", ".vscode/tasks.json": "{}\n" });
  const { workspace } = scratch;
  Deno.writeTextFileSync(`${scratch.folder}/secret.txt`, "of the user\n");
  Deno.symlinkSync(`${scratch.folder}/secret.txt`, `${workspace}/link.txt`);
  const buffers = new Map([[`${workspace}/open.txt`, "unsaved\n"]]);
  await using service = await startScriptedService([
    {
      calls: [
        { name: "read", arguments: { path: "open.txt" } },
        { name: "edit", arguments: { path: "open.txt", edits: [{ old: "unsaved", new: "new" }] } },
      ],
    },
    {
      calls: [
        { name: "read", arguments: { path: "link.txt" } },
        { name: "read", arguments: { path: `${scratch.folder}/secret.txt` } },
        { name: "write", arguments: { path: ".vscode/tasks.json", content: "planted" } },
        { name: "write", arguments: { path: "new.txt", content: "fresh\n" } },
      ],
    },
    { content: "Over." },
  ]);
  await using editor = await AcpEditor.start({
    form: SOURCE,
    env: { ...scratch.env, ...service.env },
    capabilities: BOTH,
    answer({ method, params }) {
      const path = String(params["path"]);
      if (method === "session/request_permission") return chose("once");
      if (method === "fs/write_text_file") {
        buffers.set(path, String(params["content"]));
        return {};
      }
      return { content: buffers.get(path) ?? "WRONG: asked of the editor" };
    },
  });
  const id = await editor.open(workspace);
  equal(await editor.prompt(id, "Look and change"), "end_turn");
  const read = lastOf(editor, id, "call_0_0_0");
  match(JSON.stringify(read["content"]), /unsaved/);
  equal(buffers.get(`${workspace}/open.txt`), "new\n");
  equal(Deno.readTextFileSync(`${workspace}/open.txt`), "saved\n", "the editor saves it");
  deepEqual(lastOf(editor, id, "call_0_0_1")["content"], [{
    type: "diff",
    path: `${workspace}/open.txt`,
    oldText: "unsaved\n",
    newText: "new\n",
  }]);
  const paths = editor.asked.filter(({ method }) => method.startsWith("fs/"))
    .map(({ params }) => params["path"]);
  deepEqual(new Set(paths), new Set([`${workspace}/open.txt`]));
  equal(Deno.readTextFileSync(`${workspace}/new.txt`), "fresh\n");
});

Deno.test("garbage between lines, and an editor that dies with a question open, leave nothing", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([
    { calls: [run(TOUCH)] },
    { content: "Over." },
  ]);
  const editor = await AcpEditor.start({
    form: SOURCE,
    env: { ...scratch.env, ...service.env },
    answer: () => undefined,
  });
  const id = await editor.open(scratch.workspace);
  editor.notify("session/cancel", { sessionId: "nobody's" });
  editor.notify("unknown/notification", {});
  await rejects(editor.request("unknown/method", {}), /not found/i);
  await rejects(editor.request("session/prompt", { sessionId: id }), /invalid/i);
  await rejects(editor.request("session/new", { cwd: "relative", mcpServers: [] }), /absolute/);
  await rejects(editor.request("session/new", { cwd: "/etc", mcpServers: [] }), /system/);
  await rejects(
    editor.request("session/prompt", { sessionId: id, prompt: [{ type: "text", text: " " }] }),
    /empty/,
  );
  const asking = editor.prompt(id, "go").catch(() => "gone");
  await editor.until(() => editor.asked.length === 1);
  await rejects(editor.prompt(id, "a second one"), /under way/);
  const { code, stderr } = await editor.leave();
  equal(code, 0);
  equal(stderr, "", "a notification that nobody knows is passed over");
  equal(await asking, "gone");
  equal(exists(`${scratch.workspace}/ran.txt`), false);
  deepEqual([...Deno.readDirSync(`${scratch.home}/data/sessions`)], [], "no session stays locked");
});
