/** Redaction as a user meets it: on the wire, on the screen, in files. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { startModelService } from "../../fakes/model_service.ts";
import { withStore } from "../kit/profile_store.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, type Scratch, ward, writeConfig } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

const SECRETS = ["jane@mail.example", "4111 1111 1111 1111", "correct-horse-9", "TICKET-4711"];
const TEXT =
  "mail jane@mail.example, card 4111 1111 1111 1111, password: correct-horse-9, TICKET-4711";

/** Writes what it was told into a file, then says it. */
function echoService() {
  return startModelService(({ path, body }) => {
    if (path.endsWith("/models")) return new Response("", { status: 404 });
    const { messages } = JSON.parse(body) as { messages: { role: string; content: string }[] };
    const said = messages.find(({ role }) => role === "user")?.content ?? "";
    const isDone = messages.some(({ role }) => role === "tool");
    const piece = (delta: object, finish: string | null) => {
      const choices = [{ index: 0, delta, finish_reason: finish }];
      const chunk = { id: "x", object: "chat.completion.chunk", created: 1, model: "m", choices };
      return `data: ${JSON.stringify(chunk)}\n\n`;
    };
    const args = JSON.stringify({ path: "out.txt", content: said });
    const call = {
      index: 0,
      id: "c1",
      type: "function",
      function: { name: "write", arguments: args },
    };
    const pieces = isDone
      ? [...[...said].map((char) => piece({ content: char }, null)), piece({}, "stop")]
      : [piece({ role: "assistant", tool_calls: [call] }, null), piece({}, "tool_calls")];
    return new Response([...pieces, "data: [DONE]\n\n"].join(""), {
      headers: { "content-type": "text/event-stream" },
    });
  });
}

function setUp(scratch: Scratch, url: string, more = ""): void {
  writeConfig(
    scratch,
    `${more}[redaction.patterns]\nticket = "TICKET-\\\\d+"\n` +
      `[providers.lab]\nprotocol = "openai"\napi_base = "${url}/v1"\nmodel = "m"\n`,
  );
}

Deno.test({
  name: `--redact: no secret is sent; the file and the answer have it${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    await using service = echoService();
    setUp(scratch, service.url);
    const run = await ask(scratch, TEXT, {}, ["--redact"]);
    equal(run.code, 0, run.stderr);
    equal(run.stdout, TEXT + "\n");
    match(run.stderr, /Redaction is on/);
    equal(Deno.readTextFileSync(`${scratch.workspace}/out.txt`), TEXT);
    equal(service.requests.length, 2);
    for (const { body } of service.requests) {
      for (const secret of SECRETS) ok(!body.includes(secret), `${secret} in ${body}`);
      match(body, /\[\[EMAIL_1_\w+\]\].*\[\[TICKET_1_\w+\]\]/);
    }
    // What is kept on this machine is as it was said.
    await withStore(scratch.home, async (store) => {
      const id = (await store.latestSession({}))?.id ?? "";
      const [asked, called, , answered] = (await store.loadSession(id))?.messages ?? [];
      equal(asked?.role === "user" && asked.text, TEXT);
      const args = called?.role === "assistant" ? called.toolCalls[0]?.arguments ?? "" : "";
      deepEqual(JSON.parse(args), { path: "out.txt", content: TEXT });
      equal(answered?.role === "assistant" && answered.text, TEXT);
      deepEqual((await store.searchMessages({ query: "correct-horse-9", limit: 9 })).length, 2);
    });
  },
});

Deno.test({
  name: `without --redact the same is sent as it is; redaction.enabled needs no flag${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    await using service = echoService();
    setUp(scratch, service.url);
    await ask(scratch, TEXT);
    ok(service.requests[0]?.body.includes("jane@mail.example"), "control");
    const before = service.requests.length;
    setUp(scratch, service.url, '[redaction]\nenabled = true\ncategories = ["emails"]\n');
    await ask(scratch, TEXT);
    const body = service.requests[before]?.body ?? "";
    ok(!body.includes("jane@mail.example") && body.includes("correct-horse-9"), body);
  },
});

Deno.test("an image is not sent where it could show what is hidden", async () => {
  using scratch = makeScratch();
  await using service = echoService();
  setUp(scratch, service.url);
  const png = Uint8Array.fromBase64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  );
  Deno.writeFileSync(`${scratch.workspace}/a.png`, png);
  const run = await ask(scratch, "look", {}, ["--redact", "--image", `${scratch.workspace}/a.png`]);
  equal(run.code, 2);
  match(run.stderr, /cannot be redacted/);
  equal(service.requests.length, 0);
});

for (const [what, source] of [["no regular expression", "("], ["slow beyond measure", "(a+)+b"]]) {
  Deno.test(`a pattern that is ${what} is refused with its line`, async () => {
    using scratch = makeScratch();
    writeConfig(scratch, `[redaction.patterns]\nbad = "${source}"\n`);
    const run = await ward(scratch, ["config", "check"]);
    equal(run.code, 2);
    match(run.stderr + run.stdout, /config\.toml:2: key "redaction\.patterns\.bad"/);
  });
}

Deno.test("attack: a secret of long ago does not leave by ward's own summary, nor to who stands in", async () => {
  using scratch = makeScratch();
  await using gone = startModelService(() => new Response("", { status: 404 }));
  const answer = { content: "Noted." };
  await using service = await startScriptedService([answer], { laterTurns: [answer] });
  writeConfig(
    scratch,
    '[model]\nprovider = "gone"\nfallback = ["lab/mock"]\ncontext_tokens = 16000\n' +
      "max_output_tokens = 1000\n[redaction]\nenabled = true\n" +
      `[providers.gone]\nprotocol = "openai"\napi_base = "${gone.url}/v1"\nmodel = "m"\n` +
      `[providers.lab]\nprotocol = "openai"\napi_base = "${service.url}/v1"\nmodel = "mock"\n`,
  );
  await ask(scratch, "begin");
  await withStore(scratch.home, async (store) => {
    const id = (await store.latestSession({}))?.id ?? "";
    for (let n = 2; n < 60; n++) {
      await store.appendUser(id, `password: correct-horse-9 ${"words ".repeat(200)}`);
      const text = `I keep correct-horse-9 ${"more words ".repeat(100)}`;
      await store.appendAssistant(id, { text, toolCalls: [], model: "mock", usage: null });
      await store.endTurn(id, { outcome: "complete", reason: null });
    }
  });
  const run = await ask(scratch, "go on with jane@mail.example", {}, ["--resume"]);
  match(run.stderr, /Summarised \d+ earlier messages/);
  const sent = [...service.bodies(), ...gone.requests.map(({ body }) => body)];
  ok(sent.some((body) => body.includes("Record:")), "control: the summary was asked for");
  for (const body of sent) {
    ok(!body.includes("correct-horse-9") && !body.includes("jane@mail"), body.slice(0, 2_000));
  }
});

/** Values as they stand in files and arguments, each with a part that must not leave. */
const SAID = [
  "first line",
  "password: HIDDEN-at-a-line-start",
  '{"password": "HIDDEN in json", "user": "bob"}',
  "-----BEGIN PRIVATE KEY-----",
  "HIDDENkeyover+lines/AAAA",
  "HIDDENkeyover+lines/BBBB",
  "-----END PRIVATE KEY-----",
].join("\n");

Deno.test("attack: values at line starts, in JSON, over lines and where a record is cut do not leave by a summary", async () => {
  using scratch = makeScratch();
  const answer = { content: "Noted." };
  await using service = await startScriptedService([answer], { laterTurns: [answer] });
  setUp(scratch, service.url, '[model]\nprovider = "lab"\ncontext_tokens = 16000\n');
  await ask(scratch, "begin");
  await withStore(scratch.home, async (store) => {
    const id = (await store.latestSession({}))?.id ?? "";
    for (let n = 0; n < 10; n++) {
      await store.appendUser(id, `${SAID}\n${"words ".repeat(200)}`);
      const args = JSON.stringify({ path: "a", content: SAID, password: "HIDDEN and short" });
      await store.appendAssistant(id, {
        text: SAID,
        toolCalls: [{ id: `c${n}`, name: "write", arguments: args }],
        model: "m",
        usage: null,
      });
      // What a record takes of a result ends in the middle of this one.
      const url = "postgres://bob:HIDDENHIDDENHIDDENHIDDENHIDDENHIDDEN@db.example/x";
      const content = `${"x".repeat(470 + n * 4)} ${url}\n`.repeat(4);
      await store.appendToolResult(id, {
        role: "tool",
        callId: `c${n}`,
        name: "write",
        ok: true,
        content,
      });
      await store.endTurn(id, { outcome: "complete", reason: null });
    }
  });
  const run = await ask(scratch, "go on", {}, ["--resume", "--redact"]);
  match(run.stderr, /Summarised \d+ earlier messages/);
  const bodies = service.bodies().slice(1);
  ok(bodies.some((body) => body.includes("Record:")), "control: the summary was asked for");
  for (const body of bodies) ok(!body.includes("HIDDEN"), body);
});

Deno.test("attack: a value that only an earlier summary says is known from what it stands for", async () => {
  using scratch = makeScratch();
  const answer = { content: "Noted." };
  await using service = await startScriptedService([answer], { laterTurns: [answer] });
  setUp(scratch, service.url);
  await ask(scratch, "begin, password: correct-horse-9");
  await withStore(scratch.home, async (store) => {
    const id = (await store.latestSession({}))?.id ?? "";
    const text = "The user logs in with correct-horse-9.";
    await store.appendSummary(id, { text, covered: 2, author: "model" });
  });
  await ask(scratch, "go on", {}, ["--resume", "--redact"]);
  const body = service.bodies().at(-1) ?? "";
  match(body, /The user logs in with \[\[PASSWORD_1_\w+\]\]/);
  ok(!body.includes("correct-horse-9"), body);
});
