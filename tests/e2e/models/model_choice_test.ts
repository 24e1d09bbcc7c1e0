/** Which models there are, choosing one by name or by a menu, and a name that is mistyped. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ModelService, startNamedModels } from "../../fakes/model_service.ts";
import { machineParts } from "../../machine_parts.ts";
import { inTerminal } from "../kit/terminal.ts";
import { makeScratch, type Scratch, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

const lacks = (await machineParts())["tmux"]?.present ? null : "tmux";

const LIST = {
  object: "list",
  data: [
    { id: "lab-large", context_length: 200_000, supported_parameters: ["tools"] },
    { id: "lab-small", context_length: 32_768, pricing: { prompt: "0", completion: "0" } },
  ],
};

/** A service with a list. */
const labService = (list: unknown = LIST) => startNamedModels(list);

function setUp(scratch: Scratch, ...services: ModelService[]): void {
  writeConfig(
    scratch,
    services.map(({ url }, index) =>
      `[providers.lab${index || ""}]\nprotocol = "openai"\napi_base = "${url}/v1"\n` +
      `api_key = "key-${index}"\nmodel = "lab-large"\n`
    ).join(""),
  );
}

const asks = (service: ModelService, end: string) =>
  service.requests.filter(({ path }) => path.endsWith(end));

const say = (scratch: Scratch, ...args: string[]) =>
  ward(scratch, ["agent", "-w", scratch.workspace, "-m", "hi", ...args]);

Deno.test("ward models lists what each provider lists, with its date, and asks again when told", async () => {
  using scratch = makeScratch();
  await using first = labService();
  await using second = labService({ object: "list", data: [{ id: "other" }] });
  setUp(scratch, first, second);
  const shown = await ward(scratch, ["models"]);
  equal(shown.code, 0, shown.stderr);
  match(shown.stdout, /lab at 127\.0\.0\.1:\d+, listed \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  match(shown.stdout, /lab\/lab-large +200K context, price unknown, tools/);
  match(shown.stdout, /lab\/lab-small +33K context, free/);
  match(shown.stdout, /lab1\/other/);
  const again = JSON.parse((await ward(scratch, ["models", "--json"])).stdout);
  deepEqual(again.providers.map((one: { name: string }) => one.name), ["lab", "lab1"]);
  equal(again.providers[0].models[0].contextTokens, 200_000);
  equal(asks(first, "/models").length, 1, "the list is kept");
  const one = await ward(scratch, ["models", "--provider", "lab", "--refresh"]);
  ok(!one.stdout.includes("lab1"), one.stdout);
  deepEqual([asks(first, "/models").length, asks(second, "/models").length], [2, 1]);
  // Each key went to its own service alone.
  const keys = [first, second].map((
    { requests },
  ) => [...new Set(requests.map(({ headers }) => headers.get("authorization")))]);
  deepEqual(keys, [["Bearer key-0"], ["Bearer key-1"]]);
});

Deno.test("a service that is gone is said so; its earlier list is still shown", async () => {
  using scratch = makeScratch();
  const service = labService();
  setUp(scratch, service);
  equal((await ward(scratch, ["models"])).code, 0);
  await service[Symbol.asyncDispose]();
  const run = await ward(scratch, ["models", "--refresh"]);
  match(run.stdout, /! Not asked now: .*\n[^]*lab\/lab-large/);
  const none = await ward(scratch, ["models", "--provider", "groq"]);
  equal(none.code, 2);
  match(none.stderr, /it has no key/);
});

Deno.test("--model provider/model asks that service; a typo ends with 2 and the closest", async () => {
  using scratch = makeScratch();
  await using first = labService();
  await using second = labService();
  setUp(scratch, first, second);
  const other = await say(scratch, "-M", "lab1/lab-small");
  deepEqual([other.code, other.stdout], [0, "I am lab-small.\n"], other.stderr);
  deepEqual([asks(first, "/completions").length, asks(second, "/completions").length], [0, 1]);
  const typo = await say(scratch, "--model", "lab/lab-lrage");
  equal(typo.code, 2);
  equal(typo.stdout, "");
  match(typo.stderr, /lab has no model "lab-lrage"[^]*Did you mean lab\/lab-large\?/);
  equal(asks(first, "/completions").length, 0, "nothing was asked in its place");
});

Deno.test("a model of a service without a list is taken as it is", async () => {
  using scratch = makeScratch();
  await using service = labService(null);
  setUp(scratch, service);
  const run = await say(scratch, "--model", "lab/lab-lrage");
  deepEqual([run.code, run.stdout], [0, "I am lab-lrage.\n"], run.stderr);
});

Deno.test("--model ? without a terminal says what to do", async () => {
  using scratch = makeScratch();
  const run = await say(scratch, "--model", "?");
  equal(run.code, 2);
  match(run.stderr, /no terminal[^]*ward models/);
});

Deno.test({
  name: `--model ? is a menu of all models${lacks ? ", skipped: no tmux" : ""}`,
  ignore: lacks !== null,
  async fn() {
    using scratch = makeScratch();
    await using service = labService();
    setUp(scratch, service);
    await inTerminal(
      [...SOURCE, "agent", "-w", scratch.workspace, "-m", "hi", "-M", "?"],
      { env: scratch.env, cwd: scratch.workspace },
      async (pane) => {
        await pane.waitFor("lab/lab-small");
        const menu = await pane.waitFor("33K context, free");
        match(menu, /lab\/lab-large +200K context, price unknown, tools/);
        await pane.write("small");
        await pane.waitUntil("filter", (now) => !now.includes("lab-large"));
        await pane.type("Enter");
        await pane.waitFor("I am lab-small.");
        await pane.waitFor("EXIT=0");
      },
    );
  },
});

Deno.test("attack: a list of models cannot write to the terminal", async () => {
  using scratch = makeScratch();
  await using service = labService({ object: "list", data: [{ id: "x\x1b]0;owned\x07\u202e" }] });
  setUp(scratch, service);
  const run = await ward(scratch, ["models"]);
  equal(run.code, 0, run.stderr);
  ok(!run.stdout.includes("\x1b") && !run.stdout.includes("\u202e"), JSON.stringify(run.stdout));
});
