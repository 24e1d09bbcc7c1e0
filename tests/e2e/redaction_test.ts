/** Redaction as a user meets it: on the wire, on the screen, in files. */
import { equal, match, ok } from "node:assert/strict";
import { machineParts } from "../machine_parts.ts";
import { startModelService } from "../fakes/model_service.ts";
import { withStore } from "./profile_store.ts";
import { startScriptedService } from "./scripted_service.ts";
import { ask, makeScratch, type Scratch, ward, writeConfig } from "./ward_process.ts";

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
    const found = await ward(scratch, ["sessions", "search", "correct", "--json"]);
    ok(found.stdout.includes("correct-horse-9") || found.stdout.includes("correct"), found.stdout);
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

Deno.test("a pattern that is no regular expression is refused with its line", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, '[redaction.patterns]\nbad = "("\n');
  const run = await ward(scratch, ["config", "check"]);
  equal(run.code, 2);
  match(run.stderr + run.stdout, /config\.toml:2: key "redaction\.patterns\.bad"/);
});

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
      await store.endTurn(id, "complete", null);
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
