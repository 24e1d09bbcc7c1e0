/** `--model` in every command that uses a model: what it names is used, and a typo is told. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ModelService, startNamedModels } from "../../fakes/model_service.ts";
import { atPrompt, send } from "../kit/chat_kit.ts";
import { terminalTest } from "../kit/forms.ts";
import { inTerminal } from "../kit/terminal.ts";
import { ask, makeScratch, type Scratch, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

const LIST = { object: "list", data: [{ id: "large-9" }, { id: "small-9" }] };

function setUp(scratch: Scratch, services: Record<string, ModelService>): void {
  writeConfig(
    scratch,
    Object.entries(services).map(([name, { url }]) =>
      `[providers.${name}]\nprotocol = "openai"\napi_base = "${url}/v1"\n` +
      `api_key = "key-of-${name}"\nmodel = "large-9"\n`
    ).join(""),
  );
}

/** Command lines, and what is on standard output when the second provider's small one is named. */
const USES: readonly (readonly [words: readonly string[], shows: RegExp])[] = [
  [["agent", "-m", "hi"], /^I am small-9\.$/m],
  [["status"], /two: chosen by flag --model[^]*small-9/],
  [["models"], /^two at .*\n {2}two\/small-9 .*\n$/],
  [["doctor"], /Provider: two with model "small-9", chosen by flag --model/],
  [["permissions"], /model:two/],
  [["permissions", "explain", "net", "HOST"], /model:two/],
  [["onboard", "--dry-run"], /^\+model = "small-9"$[^]*^\+provider = "two"$/m],
];

for (const [words, shows] of USES) {
  Deno.test(`--model before and after: ward ${words.join(" ")}`, async () => {
    using scratch = makeScratch();
    await using one = startNamedModels(LIST);
    await using two = startNamedModels(LIST);
    setUp(scratch, { one, two });
    const host = new URL(two.url).host;
    const line = words.map((word) => word === "HOST" ? host : word);
    for (const all of [["-M", "two/small-9", ...line], [...line, "-M", "two/small-9"]]) {
      const { stdout, stderr } = await ward(scratch, all);
      match(stdout, shows, stderr);
    }
    const without = await ward(scratch, line);
    ok(!shows.test(without.stdout), without.stdout);
    const typo = await ward(scratch, [...line, "--model", "two/smal-9"]);
    equal(typo.code, 2, typo.stdout);
    match(typo.stdout + typo.stderr, /two has no model "smal-9"[^]*Did you mean two\/small-9\?/);
    const chats = [one, two].map(({ requests }) =>
      requests.filter(({ path, body }) => path.endsWith("/completions") && body.includes("smal-9"))
        .length
    );
    deepEqual(chats, [0, 0], "nobody is asked for what was mistyped");
  });
}

Deno.test("--model builtin stands before the command too", async () => {
  using scratch = makeScratch({ "a.txt": "" });
  await using one = startNamedModels(LIST);
  setUp(scratch, { one });
  const run = await ward(scratch, [
    ...["-M", "builtin", "agent", "-w", scratch.workspace, "-m", "how many files are there?"],
  ]);
  equal(run.code, 0, run.stderr);
  match(run.stdout, /1 file/);
  equal(one.requests.length, 0);
});

Deno.test("a model that is named in vain ends with 2 where it is used, and where it is not", async () => {
  using scratch = makeScratch();
  const none = await ward(scratch, ["status", "-M", "nobody/large"]);
  equal(none.code, 2);
  match(none.stderr, /Cannot use the model "nobody\/large"/);
  const useless = await ward(scratch, ["cost", "-M", "builtin"]);
  deepEqual([useless.code, useless.stdout], [2, ""]);
  match(useless.stderr, /uses no model/);
  const unlisted = await ward(scratch, ["models", "-M", "builtin"]);
  deepEqual([unlisted.code, unlisted.stdout], [2, ""]);
});

terminalTest(
  "ward sessions resume -M goes on with another model, by its name or a menu",
  async () => {
    using scratch = makeScratch();
    await using one = startNamedModels(LIST);
    await using two = startNamedModels(LIST);
    setUp(scratch, { one, two });
    equal((await ask(scratch, "hi")).stdout, "I am large-9.\n");
    const options = { env: scratch.env, cwd: scratch.workspace };
    const resume = ["sessions", "resume", "-w", scratch.workspace];
    await inTerminal([...SOURCE, "-M", "two/small-9", ...resume], options, async (pane) => {
      await pane.waitUntil("prompt", atPrompt);
      await send(pane, "again");
      await pane.waitFor("I am small-9.");
      await pane.waitUntil("prompt", atPrompt);
      await pane.type("C-d");
      await pane.waitFor("EXIT=0");
    });
    await inTerminal([...SOURCE, ...resume, "-M", "?"], options, async (pane) => {
      await pane.waitFor("two/small-9");
      await pane.write("two/large");
      await pane.waitFor('matching "two/large"');
      await pane.type("Enter");
      await pane.waitUntil("prompt", atPrompt);
      await send(pane, "once more");
      await pane.waitFor("I am large-9.");
      await pane.waitUntil("prompt", atPrompt);
      await pane.type("C-d");
      await pane.waitFor("EXIT=0");
    });
    const asked = [one, two].map(({ requests }) =>
      requests.filter(({ path }) => path.endsWith("/completions")).length
    );
    deepEqual(asked, [1, 2]);
  },
);
