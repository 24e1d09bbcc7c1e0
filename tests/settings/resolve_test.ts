import assert from "node:assert/strict";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";
import { resolveSettings } from "../../src/kernel/settings/resolve.ts";

function resolve(
  text: string | null,
  variables: Record<string, string> = {},
  flags: { provider?: string; model?: string } = {},
) {
  return resolveSettings({
    flags,
    variables,
    config: parseConfig(text, "config.toml"),
    configPath: "/h/config.toml",
    home: "/h",
    dataDir: "/h/data",
    workspace: { path: "/work", source: "flag" },
  });
}

Deno.test("resolveSettings: flag beats variable beats file beats default, with its source", () => {
  const text = '[model]\nname = "from-file"\n';
  const at = (result: ReturnType<typeof resolve>) => [
    result.providerInputs.model?.value ?? null,
    result.settings.sources["model.name"],
  ];
  assert.deepEqual(at(resolve(text, { WARD_MODEL: "v" }, { model: "f" })), ["f", "flag"]);
  assert.deepEqual(at(resolve(text, { WARD_MODEL: "v" })), ["v", "variable"]);
  assert.deepEqual(at(resolve(text)), ["from-file", "file"]);
  assert.deepEqual(at(resolve(null)), [null, "default"]);
});

Deno.test("resolveSettings: an empty variable counts as unset", () => {
  const { providerInputs } = resolve('[model]\nprovider = "openai"\n', { WARD_PROVIDER: " " });
  assert.deepEqual(providerInputs.provider, {
    value: "openai",
    source: "file",
    from: "model.provider in config.toml",
  });
});

Deno.test("resolveSettings: units are those of the resolved type", () => {
  const { settings } = resolve(
    "[limits]\nmemory_mb = 4096\nturn_s = 3\n[approvals]\ntimeout_s = 0",
  );
  assert.equal(settings.limits.memoryBytes, 4096 * 1024 * 1024);
  assert.equal(settings.limits.turnMs, 3000);
  assert.equal(settings.approvals.timeoutMs, 0);
  assert.equal(settings.sources["limits.memory_mb"], "file");
  assert.equal(settings.sources["limits.cpu_s"], "default");
  assert.equal(settings.sources["workspace.path"], "flag");
});

Deno.test("resolveSettings: keys come from the named variable and say so without the key", () => {
  const text = '[providers.lab]\nprotocol = "openai"\napi_key = "${LAB_KEY}"\n';
  const { providerInputs, settings, warnings } = resolve(text, { LAB_KEY: "sk-1" });
  assert.deepEqual(providerInputs.providers[0]?.apiKey, {
    value: "sk-1",
    source: "file",
    from: "variable LAB_KEY, named by providers.lab.api_key",
  });
  assert.deepEqual(warnings, []);
  assert.doesNotMatch(JSON.stringify(settings), /sk-1/);

  const without = resolve(text);
  assert.equal(without.providerInputs.providers[0]?.apiKey, null);
  assert.deepEqual(without.warnings, [
    'The configuration takes a key from the variable "LAB_KEY", which is not set',
  ]);
});
