/** A key from the user's hands to the service, and nowhere else. */
import assert from "node:assert/strict";
import { sse, startModelService } from "../../fakes/model_service.ts";
import { terminalTest } from "../kit/forms.ts";
import { inTerminal } from "../kit/terminal.ts";
import {
  ask,
  makeScratch,
  processesNaming,
  runWard,
  type Scratch,
  SOURCE,
  startWard,
  ward,
  writeConfig,
} from "../kit/ward_process.ts";

const SECRET = "sk-canary-4711-do-not-print";

/** An OpenAI-compatible service that answers with one word. */
function startService() {
  const chunk = (delta: object, finish: string | null) => ({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "mock",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  return startModelService(() =>
    sse(
      chunk({ role: "assistant", content: "Heard." }, null),
      chunk({}, "stop"),
      "data: [DONE]\n\n",
    )
  );
}

/** Every file of a profile that holds the text. */
function filesWith(folder: string, text: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return filesWith(path, text);
    const bytes = Deno.readFileSync(path);
    return new TextDecoder("latin1").decode(bytes).includes(text) ? [path] : [];
  });
}

const lab = (scratch: Scratch, url: string, key: string) =>
  writeConfig(
    scratch,
    `[providers.lab]\nprotocol = "openai"\napi_base = "${url}"\nmodel = "mock"\n${key}\n`,
  );

Deno.test("a key that was piped in reaches its service, and no file, argument or output", async () => {
  using scratch = makeScratch();
  await using service = startService();
  lab(scratch, `${service.url}/v1`, 'api_key = "keychain"');
  const set = startWard(["secrets", "set", "lab"], {
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: SECRET + "\n",
  });
  assert.deepEqual(processesNaming(SECRET), []);
  const saved = await set.done;
  assert.equal(saved.code, 0, saved.stderr);
  const answer = await ask(scratch, "hello");
  assert.deepEqual([answer.code, answer.stdout], [0, "Heard.\n"], answer.stderr);
  assert.equal(service.requests[0]?.headers.get("authorization"), `Bearer ${SECRET}`);
  assert.ok(service.requests.every(({ body }) => !body.includes(SECRET)));
  const runs = [saved, answer];
  for (
    const args of [["secrets"], ["status"], ["config", "get"], ["audit"], ["status", "--json"], [
      "--debug",
      "doctor",
    ]]
  ) runs.push(await ward(scratch, args));
  assert.ok(!JSON.stringify(runs).includes(SECRET));
  assert.match(runs[3]?.stdout ?? "", /lab: .*; key from secrets\.enc, saved as "lab"/);
  assert.deepEqual(filesWith(scratch.folder, SECRET), []);
  // Without the line in config.toml the name alone says whose key it is.
  lab(scratch, `${service.url}/v1`, "");
  assert.equal((await ask(scratch, "hello")).code, 0);
  assert.equal(service.requests.at(-1)?.headers.get("authorization"), `Bearer ${SECRET}`);
  // A variable in place of the file's address does not get the key.
  assert.equal(
    (await ask(scratch, "hello", { WARD_API_BASE: `${service.url}/v1`, WARD_PROVIDER: "lab" }))
      .code,
    0,
  );
  assert.notEqual(service.requests.at(-1)?.headers.get("authorization"), `Bearer ${SECRET}`);
  assert.equal((await ward(scratch, ["secrets", "rm", "lab"])).code, 0);
  lab(scratch, `${service.url}/v1`, 'api_key = "keychain"');
  assert.match(
    (await ward(scratch, ["status"])).stderr + (await ward(scratch, ["status"])).stdout,
    /saved secret "lab", which is not there: ward secrets set lab/,
  );
});

Deno.test("a key that was given as an argument is refused and not repeated", async () => {
  using scratch = makeScratch();
  for (
    const args of [["secrets", "set", "lab", SECRET], ["secrets", "set", "lab", "x", SECRET], [
      "config",
      "set",
      "model.api_key",
      SECRET,
    ]]
  ) {
    const { code, stdout, stderr } = await ward(scratch, args);
    assert.equal(code, 2);
    assert.ok(!(stdout + stderr).includes(SECRET), stderr);
  }
  const empty = await runWard(["secrets", "set", "lab"], { env: scratch.env, stdin: "\n" });
  assert.deepEqual([empty.code, empty.stdout], [2, ""]);
  assert.match(empty.stderr, /it is empty/);
  const none = await ward(scratch, ["secrets", "set"]);
  assert.match(none.stderr, /Missing argument <name>\n {2}Usage: ward secrets set <name>/);
});

terminalTest("a key that is typed is never on the screen; Ctrl-C saves nothing", async () => {
  using scratch = makeScratch();
  const options = { env: scratch.env, cwd: scratch.workspace };
  await inTerminal([...SOURCE, "secrets", "set"], options, async (pane) => {
    await pane.waitFor("Which service");
    await pane.write("gro");
    await pane.waitFor('matching "gro"');
    await pane.type("Enter");
    await pane.waitFor("Key for groq (not shown)");
    await pane.write(SECRET);
    await pane.type("Enter");
    const screen = await pane.waitFor("EXIT=");
    assert.match(screen, /Saved groq in secrets\.enc.*\nEXIT=0/);
    assert.ok(!screen.includes("canary"), screen);
  });
  assert.deepEqual(filesWith(scratch.folder, SECRET), []);
  await inTerminal([...SOURCE, "secrets", "set", "openai"], options, async (pane) => {
    await pane.waitFor("Key for openai");
    await pane.write(SECRET);
    await pane.type("C-c");
    assert.match(await pane.waitFor("EXIT="), /Stopped; nothing more was changed\nEXIT=130/);
  });
  const { stdout } = await ward(scratch, ["secrets", "--json"]);
  assert.deepEqual(JSON.parse(stdout), [{ name: "groq", kept: "file" }]);
});

Deno.test("a key that the file names and that is not there: no request goes out without it", async () => {
  using scratch = makeScratch();
  await using service = startService();
  for (const key of ["keychain", "${NOT_SET_KEY}"]) {
    writeConfig(
      scratch,
      `[model]\nprovider = "lab"\n[providers.lab]\nprotocol = "openai"\n` +
        `api_base = "${service.url}"\napi_key = "${key}"\nmodel = "x"\n`,
    );
    const run = await ask(scratch, "hi");
    assert.equal(run.code, 2, run.stderr);
    assert.match(run.stderr, /"lab": it has no key\n {2}Save one: ward secrets set lab/);
  }
  assert.equal(service.requests.length, 0);
});
