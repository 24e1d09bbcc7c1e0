/** Onboarding chooses models: from what the service lists, by hand, and never a mistyped one. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startNamedModels } from "../../fakes/model_service.ts";
import { terminalTest } from "../kit/forms.ts";
import { inTerminal } from "../kit/terminal.ts";
import { makeScratch, runWard, type Scratch, SOURCE, writeConfig } from "../kit/ward_process.ts";

const LIST = {
  object: "list",
  data: [
    { id: "lab-large", context_length: 200_000, supported_parameters: ["tools"] },
    { id: "lab-small", context_length: 32_768, pricing: { prompt: "0", completion: "0" } },
    // A service may name a model as the menu names a choice of its own.
    { id: "skip" },
  ],
};

const KEY = "key-of-the-lab-4711";

const configOf = (scratch: Scratch) => Deno.readTextFileSync(`${scratch.home}/config.toml`);

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

terminalTest(
  "onboard in a terminal: model and roles are chosen from what the service lists",
  async () => {
    using scratch = makeScratch();
    await using service = startNamedModels(LIST);
    const env = { ...scratch.env };
    const args = ["--skip", "workspace", "--skip", "allow", "--skip", "answer"];
    await inTerminal(
      [...SOURCE, "onboard", "--provider", "lab", "--api-base", `${service.url}/v1`, ...args],
      { env, cwd: scratch.workspace },
      async (pane) => {
        const choose = async (title: string, filter: string) => {
          await pane.waitFor(title);
          await pane.write(filter);
          await pane.waitFor(`matching "${filter}"`);
          await pane.type("Enter");
        };
        await pane.waitFor("Key for lab");
        await pane.type("Enter");
        await pane.waitFor("(not shown):");
        await pane.write(KEY);
        await pane.type("Enter");
        const menu = await pane.waitFor("lab-large");
        match(menu, /lab-large +200K context, price unknown, tools/);
        match(menu, /lab-small +33K context, free/);
        await choose("Model", "lab-large");
        await choose("Models for some work", "choose some");
        const fast = await pane.waitFor("fast, for greetings");
        match(fast, /same as primary +lab\/lab-large/);
        match(fast, /lab\/lab-small +33K context, free/);
        await choose("fast, for greetings", "lab-small");
        await choose("smart, for code", "another one");
        await pane.waitFor("smart, as provider/model");
        await pane.write("lab/tuned-by-us");
        await pane.type("Enter");
        await choose("small, for summaries", "same as primary");
        await pane.waitFor("Write this? [Y/n]");
        ok(!isThere(`${scratch.home}/cache`), "nothing is written before");
        await pane.type("y");
        await pane.waitFor("EXIT=0");
      },
    );
    match(configOf(scratch), /^model = "lab-large"$/m);
    const roles = (text: string) =>
      Object.fromEntries(
        [...text.matchAll(/^(fast|smart|small) = "(.*)"$/mg)].map((m) => m.slice(1)),
      );
    deepEqual(roles(configOf(scratch)), {
      fast: "lab/lab-small",
      smart: "lab/tuned-by-us",
      small: "lab/lab-large",
    });
    const keys = new Set(service.requests.map(({ headers }) => headers.get("authorization")));
    deepEqual([...keys], [`Bearer ${KEY}`], "each list was asked for with the key given now");
    // A role that is to follow again is taken out of the file.
    await inTerminal(
      [...SOURCE, "onboard", "--skip", "provider", "--skip", "key", "--skip", "model", ...args],
      { env, cwd: scratch.workspace },
      async (pane) => {
        await pane.waitFor("choose some");
        await pane.type("2");
        await pane.waitFor("> 2");
        await pane.type("Enter");
        match(await pane.waitFor("fast, for greetings"), /> 1 {2}leave it +lab\/lab-small/);
        await pane.type("2");
        await pane.waitFor("> 2");
        await pane.type("Enter");
        await pane.waitFor("smart, for code");
        await pane.type("Enter");
        await pane.waitFor("small, for summaries");
        await pane.type("Enter");
        await pane.waitFor("Write this? [Y/n]");
        await pane.type("y");
        await pane.waitFor("EXIT=0");
      },
    );
    deepEqual(roles(configOf(scratch)), { smart: "lab/tuned-by-us", small: "lab/lab-large" });
  },
);

Deno.test("onboard by flags: a mistyped model or role ends with 2 and the closest, and nothing is written", async () => {
  using scratch = makeScratch();
  await using service = startNamedModels(LIST);
  await using openai = startNamedModels({ object: "list", data: [{ id: "gpt-5" }] });
  const lab = ["--provider", "lab", "--api-base", `${service.url}/v1`, "--key-stdin"];
  const env = {
    ...scratch.env,
    OPENAI_API_KEY: "key-of-openai",
    OPENAI_BASE_URL: `${openai.url}/v1`,
  };
  const onboard = (...args: string[]) =>
    runWard(["onboard", ...args], { env, cwd: scratch.workspace, stdin: KEY });
  const refused = async (args: string[], meant: RegExp) => {
    const { code, stdout, stderr } = await onboard(...args);
    deepEqual([code, stdout], [2, ""], stderr);
    match(stderr, meant);
    ok(!isThere(`${scratch.home}/config.toml`) && !isThere(`${scratch.home}/secrets.enc`));
  };
  await refused([...lab, "-M", "lab-lrage"], /lab has no model "lab-lrage"[^]*lab\/lab-large\?/);
  await refused([...lab, "-M", "lab-lrage", "--dry-run"], /Did you mean lab\/lab-large\?/);
  await refused(["--provider", "openai", "-M", "gpt-5x"], /no model "gpt-5x"[^]*openai\/gpt-5\?/);
  await refused(["-M", "openai/gpt-5x"], /no model "gpt-5x"[^]*openai\/gpt-5\?/);
  await refused(
    [...lab, "-M", "lab-large", "--role", "fast=openai/gpt-5x", "--role", "smart=lab/lab-small"],
    /openai has no model "gpt-5x"[^]*openai\/gpt-5\?/,
  );
  const good = await onboard(...lab, "-M", "lab/lab-large", "--role", "fast=openai/gpt-5");
  equal(good.code, 0, good.stderr);
  match(configOf(scratch), /^model = "lab-large"$/m);
  match(configOf(scratch), /^fast = "openai\/gpt-5"$/m);
  // Each key was sent to its own service alone.
  const sent = [service, openai].map((
    { requests },
  ) => [...new Set(requests.map(({ headers }) => headers.get("authorization")))]);
  deepEqual(sent, [[`Bearer ${KEY}`], ["Bearer key-of-openai"]]);
});

Deno.test("onboard -M ? without a terminal says what to do; a model of the file is not looked up", async () => {
  using scratch = makeScratch();
  await using service = startNamedModels(LIST);
  writeConfig(
    scratch,
    `[model]\nprovider = "lab"\n[providers.lab]\nprotocol = "openai"\n` +
      `api_base = "${service.url}/v1"\napi_key = "k"\nmodel = "lab-lrage"\n`,
  );
  const onboard = (...args: string[]) =>
    runWard(["onboard", ...args], { env: scratch.env, cwd: scratch.workspace });
  const asked = await onboard("-M", "?");
  equal(asked.code, 2);
  match(asked.stderr, /no terminal[^]*ward models/);
  const other = await onboard("--allow", "npm test", "--skip", "answer");
  equal(other.code, 0, other.stderr);
  equal(service.requests.length, 0);
});
