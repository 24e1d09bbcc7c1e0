/** The tools on ward itself, by a scripted model, in the whole of ward. */
import assert from "node:assert/strict";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, runWard, writeConfig } from "../kit/ward_process.ts";

Deno.test("a model reads the machine, ward's state and its settings; a change without a person is refused", async () => {
  using scratch = makeScratch();
  const config = '[commands]\nallow = ["ls"]\n';
  writeConfig(scratch, config);
  const change = { action: "set", key: "commands.allow", value: ["bash"] };
  await using service = await startScriptedService([
    { calls: [{ name: "system_info", arguments: {} }, { name: "diagnostics", arguments: {} }] },
    { calls: [{ name: "manage_config", arguments: { action: "get", key: "commands.allow" } }] },
    { calls: [{ name: "manage_config", arguments: change }] },
    { content: "I sent the email to Anna." },
  ]);
  const { code, stdout, stderr } = await runWard(["agent", "-m", "look at yourself"], {
    env: { ...scratch.env, ...service.env },
    cwd: scratch.workspace,
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "I sent the email to Anna.\n");
  const seen = service.bodies().at(-1) ?? "";
  assert.match(seen, /memoryBytes/);
  assert.match(seen, /audit log: in order/);
  assert.match(seen, /commands\.allow = \[\\+"ls\\+"\] \(config\.toml\)/);
  assert.match(seen, /Refused: set setting commands\.allow/);
  assert.equal(Deno.readTextFileSync(`${scratch.home}/config.toml`), config);
  assert.match(stderr, /Claimed but not in the audit log: I sent the email to Anna/);
});
