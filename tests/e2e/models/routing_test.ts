/** Each message goes to its model, and the user sees why. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startNamedModels } from "../../fakes/model_service.ts";
import { machineParts } from "../../machine_parts.ts";
import { atPrompt, inChat, send } from "../kit/chat_kit.ts";
import { ask, makeScratch, type Scratch, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

const parts = await machineParts();
const lacks = ["bubblewrap", "tmux"].find((name) => !parts[name]?.present);

const CODE = "Refactor src/main.ts, then run the unit tests, and finally fix what fails";

function setUp(scratch: Scratch, url: string, more = ""): void {
  writeConfig(
    scratch,
    `[model]\nprovider = "lab"\n[roles]\nfast = "lab/small"\nsmart = "lab/large"\n${more}` +
      `[providers.lab]\nprotocol = "openai"\napi_base = "${url}/v1"\nmodel = "middle"\n`,
  );
}

Deno.test("a greeting, a letter and code each go to their model; --explain-route says why", async () => {
  using scratch = makeScratch();
  await using lab = startNamedModels();
  setUp(scratch, lab.url);
  const answers = [];
  for (const text of ["hello", "write a letter to my landlord", CODE]) {
    const run = await ask(scratch, text, {}, ["--explain-route"]);
    equal(run.code, 0, run.stderr);
    answers.push(run.stdout.trim());
    match(
      run.stderr,
      /route: (fast|primary|smart) \(lab\/\w+\), .*risk 0\.\d+, uncertainty 0 of 0\.55/,
    );
  }
  deepEqual(answers, ["I am small.", "I am middle.", "I am large."]);
  const quiet = await ask(scratch, "hello");
  ok(!quiet.stderr.includes("route:"), quiet.stderr);
  const audit = JSON.parse((await ward(scratch, ["audit", "--json"])).stdout);
  const routes = audit.filter((row: { kind: string }) => row.kind === "route");
  deepEqual(routes.map((row: { subject: string }) => row.subject), [
    "fast",
    "primary",
    "smart",
    "fast",
  ]);
  equal(routes[0].detail.model, "lab/small");
  equal(routes[0].detail.features, "greeting");
  equal(typeof routes[0].detail.risk, "number");
});

Deno.test("a named model, and routing that is off, answer everything", async () => {
  using scratch = makeScratch();
  await using lab = startNamedModels();
  setUp(scratch, lab.url);
  const pinned = await ask(scratch, CODE, {}, ["-M", "lab/mine", "--explain-route"]);
  equal(pinned.stdout, "I am mine.\n", pinned.stderr);
  match(pinned.stderr, /route: lab\/mine, nothing to choose/);
  setUp(scratch, lab.url, "[routing]\nenabled = false\n");
  equal((await ask(scratch, CODE)).stdout, "I am middle.\n");
});

Deno.test({
  name: `/model pins, /auto unpins${lacks ? `, skipped: no ${lacks}` : ""}`,
  ignore: lacks !== undefined,
  async fn() {
    using scratch = makeScratch();
    await using lab = startNamedModels();
    setUp(scratch, lab.url);
    await inChat(SOURCE, scratch, { env: {} }, async (pane) => {
      const say = async (text: string, answer: string) => {
        await send(pane, text);
        await pane.waitUntil(answer, (now) => now.includes(answer) && atPrompt(now));
      };
      await say("hello", "I am small.");
      await say("/model lab/mine", "lab mine");
      await say("hello again", "I am mine.");
      await say("/auto", "lab/middle, or lab/small (fast) and lab/large (smart)");
      await say(CODE, "I am large.");
      await pane.type("C-d");
      await pane.waitFor("EXIT=0");
    });
    const models = lab.requests.filter(({ path }) => path.endsWith("/completions"))
      .map(({ body }) => JSON.parse(body).model);
    deepEqual(models, ["small", "mine", "large"]);
  },
});
