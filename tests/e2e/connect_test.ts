/** `ward connect`, `ward disconnect` and logouts by the whole program. */
import { deepEqual, equal, match } from "node:assert/strict";
import { loginConfig, startLoginService } from "../fakes/login_service.ts";
import { terminalTest } from "./forms.ts";
import { logIn } from "./login_kit.ts";
import { inTerminal } from "./terminal.ts";
import { makeScratch, runWard, SOURCE, ward, writeConfig } from "./ward_process.ts";

Deno.test("disconnect lists what is connected, asks before all, and ends all of it", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "claude"));
  await logIn(scratch, service);
  const key = await runWard(["secrets", "set", "groq"], {
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: "gsk-key\n",
  });
  equal(key.code, 0, key.stderr);
  const unknown = await ward(scratch, ["disconnect", "copilot"]);
  equal(unknown.code, 2);
  match(unknown.stderr, /Connected: claude, groq/);
  const codex = await ward(scratch, ["disconnect", "codex"]);
  match(codex.stderr, /codex logout/);
  equal((await ward(scratch, ["disconnect", "all"])).code, 2);
  equal((await ward(scratch, ["disconnect", "all", "--yes"])).code, 0);
  equal(service.to("/revoke").length, 1);
  match((await ward(scratch, ["disconnect"])).stdout, /Nothing is connected/);
});

Deno.test("attack: the name of a provider is its key's alone: it ends and begins no login", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "claude"));
  await logIn(scratch, service);
  const before = service.requests.length;
  const none = await ward(scratch, ["disconnect", "anthropic"]);
  equal(none.code, 2);
  match(none.stderr, /Connected: claude/);
  const key = await runWard(["connect", "anthropic"], {
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: "sk-ant-key\n",
  });
  equal(key.code, 0, key.stderr);
  match(key.stdout, /Saved anthropic/);
  const gone = await ward(scratch, ["disconnect", "anthropic", "--json"]);
  deepEqual(JSON.parse(gone.stdout), { disconnected: ["anthropic"] });
  equal(service.requests.length, before);
  equal((await ward(scratch, ["auth", "claude", "status"])).code, 0);
});

terminalTest(
  "connect by its menu: the row of a key asks for the key, and begins no login",
  async () => {
    using scratch = makeScratch();
    await using service = startLoginService();
    writeConfig(scratch, loginConfig(service, "claude"));
    const options = { env: scratch.env, cwd: scratch.workspace };
    await inTerminal([...SOURCE, "connect"], options, async (pane) => {
      await pane.waitFor("arrows or a number");
      await pane.write("anthropic");
      await pane.waitFor('matching "anthropic"');
      await pane.type("Enter");
      await pane.waitFor("Key for anthropic (not shown):");
      await pane.write("sk-ant-key");
      await pane.type("Enter");
      await pane.waitFor("EXIT=0");
    });
    await logIn(scratch, service);
    await inTerminal([...SOURCE, "disconnect"], options, async (pane) => {
      await pane.waitFor("arrows or a number");
      await pane.write("anthropic");
      await pane.waitFor('matching "anthropic"');
      await pane.type("Enter");
      await pane.waitFor("Disconnected anthropic");
    });
    equal(service.to("/revoke").length, 0);
    equal((await ward(scratch, ["auth", "claude", "status"])).code, 0);
  },
);

Deno.test("a service that does not take the tokens back is told of, and the login is forgotten", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "claude"));
  await logIn(scratch, service);
  service.script.instead = () => Response.json({}, { status: 500 });
  const run = await ward(scratch, ["auth", "claude", "logout"]);
  equal(run.code, 0);
  match(run.stderr, /settings of your account/);
  equal((await ward(scratch, ["auth", "claude", "status"])).code, 1);
});

Deno.test("connect: names that are none get the nearest, and the Codex CLI its own command", async () => {
  using scratch = makeScratch();
  const near = await ward(scratch, ["connect", "copilto"]);
  equal(near.code, 2);
  match(near.stderr, /did you mean "copilot"/);
  match((await ward(scratch, ["connect", "codex"])).stderr, /codex login/);
  equal((await ward(scratch, ["connect"])).code, 2);
  const reserved = await runWard(["secrets", "set", "login-copilot"], {
    env: scratch.env,
    stdin: "x\n",
  });
  equal(reserved.code, 2);
});
