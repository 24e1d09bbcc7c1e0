import assert from "node:assert/strict";
import { type OnboardAnswers, onboardedText } from "../../src/kernel/settings/onboard_plan.ts";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";

const NONE: OnboardAnswers = {
  provider: null,
  apiBase: null,
  model: null,
  roles: null,
  usesSavedKey: false,
  workspace: null,
  allow: null,
};

const plan = (text: string, answers: Partial<OnboardAnswers>) =>
  onboardedText(text, { ...NONE, ...answers }, {
    fileName: "config.toml",
    isKnown: (name) => ["openai", "groq"].includes(name),
  });

Deno.test("onboardedText writes a new provider in the order people read it", () => {
  assert.equal(
    plan("", {
      provider: "lab",
      apiBase: "http://127.0.0.1:1/v1",
      model: "m",
      usesSavedKey: true,
      workspace: "/w",
    }),
    `[model]
provider = "lab"

[providers.lab]
protocol = "openai"
api_base = "http://127.0.0.1:1/v1"
model = "m"
api_key = "keychain"

[workspace]
path = "/w"
`,
  );
});

Deno.test("onboardedText leaves what was skipped, and comments, as they are", () => {
  const text = '# mine\n[model] # m\nprovider = "groq" # g\n[limits]\nturn_s = 5 # t\n';
  assert.equal(plan(text, {}), text);
  assert.equal(plan(text, { provider: "groq" }), text);
  assert.equal(plan(text, { provider: "openai" }), text.replace('"groq"', '"openai"'));
});

Deno.test("onboardedText drops general values that were meant for the provider before", () => {
  const text =
    '[model]\nprovider = "lab"\nname = "m"\napi_base = "https://lab.example/v1"\napi_key = "${A}"\n' +
    '[providers.lab]\nprotocol = "openai"\n';
  const { model } = parseConfig(plan(text, { provider: "groq" }), "c").file;
  assert.deepEqual([model.provider, model.name, model.api_base, model.api_key], [
    "groq",
    undefined,
    undefined,
    undefined,
  ]);
  // The same provider again: only what is answered changes.
  const same = parseConfig(plan(text, { provider: "lab", model: "n" }), "c").file;
  assert.equal(same.model.api_base, "https://lab.example/v1");
  assert.deepEqual([same.model.name, same.providers["lab"]?.model], [undefined, "n"]);
});

Deno.test("onboardedText adds rules to those in force, once", () => {
  const { commands } = parseConfig(plan("", { allow: ["npm test", "ls"] }), "c").file;
  assert.deepEqual(commands.allow, [
    ...parseConfig("", "c").file.commands.allow,
    "npm test",
  ]);
});
