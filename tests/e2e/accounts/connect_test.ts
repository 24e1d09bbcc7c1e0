/** `ward connect`, `ward disconnect` and logouts by the whole program. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { loginConfig, startLoginService } from "../../fakes/login_service.ts";
import { startNamedModels } from "../../fakes/model_service.ts";
import { terminalTest } from "../kit/forms.ts";
import { logIn } from "../kit/login_kit.ts";
import { inTerminal } from "../kit/terminal.ts";
import { ask, makeScratch, runWard, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

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
  deepEqual(JSON.parse(gone.stdout), { disconnected: ["anthropic"], failed: [] });
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

terminalTest(
  "connect by its menu: another address, with a key that is saved, answers at once",
  async () => {
    using scratch = makeScratch();
    await using service = startNamedModels({
      object: "list",
      data: [{ id: "lab-large", context_length: 200_000 }, { id: "lab-small" }],
    });
    const key = "key-of-the-lab-4711";
    const options = { env: scratch.env, cwd: scratch.workspace };
    await inTerminal([...SOURCE, "connect"], options, async (pane) => {
      const choose = async (title: string, filter: string, shown = `"${filter}"`) => {
        await pane.waitFor(title);
        await pane.write(filter);
        await pane.waitFor(`matching ${shown}`);
        await pane.type("Enter");
      };
      await choose("Connect", "another address");
      await pane.waitFor("Name for it: lab");
      await pane.type("Enter");
      await pane.waitFor("Its address");
      await pane.write(`${service.url}/v1`);
      await pane.type("Enter");
      // Where a key could be pasted too early, nothing typed is shown.
      await choose("Key for lab", "type it", "what was typed");
      await pane.waitFor("(not shown):");
      await pane.write(key);
      await pane.type("Enter");
      await choose("Model", "lab-large");
      await pane.waitFor("Write this? [Y/n]");
      await pane.type("y");
      const screen = await pane.waitFor("EXIT=0");
      ok(!screen.includes(key), screen);
    });
    const config = Deno.readTextFileSync(`${scratch.home}/config.toml`);
    ok(config.includes(`api_base = "${service.url}/v1"`), config);
    ok(!config.includes(key), config);
    const run = await ask(scratch, "hi");
    deepEqual([run.code, run.stdout], [0, "I am lab-large.\n"], run.stderr);
    equal(service.requests.at(-1)?.headers.get("authorization"), `Bearer ${key}`);
    match((await ward(scratch, ["connect", "status"])).stdout, /lab/);
    equal((await ward(scratch, ["disconnect", "lab"])).code, 0);
    const asked = service.requests.length;
    await ask(scratch, "hi");
    ok(
      !JSON.stringify(service.requests.slice(asked).map(({ headers }) => [...headers])).includes(
        key,
      ),
    );
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

Deno.test("a login that could not be kept is told before the user goes through the browser for it", async () => {
  using scratch = makeScratch();
  await using service = startLoginService({ intervalS: 0.02 });
  writeConfig(scratch, loginConfig(service, "claude") + loginConfig(service, "copilot"));
  Deno.mkdirSync(`${scratch.home}/auth`, { mode: 0o700 });
  Deno.writeTextFileSync(`${scratch.home}/auth/anthropic`, "a file in the way");
  const claude = await ward(scratch, ["auth", "claude", "login", "--no-browser"]);
  equal(claude.code, 1);
  match(claude.stderr, /Cannot keep a login in .*auth\/anthropic/);
  ok(!claude.stderr.includes("/authorize"), claude.stderr);
  Deno.writeTextFileSync(`${scratch.home}/secrets.enc`, "not what ward wrote", { mode: 0o600 });
  const copilot = await ward(scratch, ["connect", "copilot"]);
  equal(copilot.code, 1);
  match(copilot.stderr, /Cannot read .*secrets\.enc/);
  // Nor where its lock has no place.
  Deno.removeSync(`${scratch.home}/secrets.enc`);
  Deno.writeTextFileSync(`${scratch.home}/auth/copilot`, "a file in the way");
  const locked = await ward(scratch, ["connect", "copilot"]);
  equal(locked.code, 1);
  match(locked.stderr, /Cannot lock the login in .*auth\/copilot/);
  deepEqual(service.requests, []);
});

Deno.test("attack: a login whose file others can read, that is garbage, or a link: logout forgets it", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "claude"));
  const file = `${scratch.home}/auth/anthropic/oauth.json`;
  const elsewhere = `${scratch.folder}/elsewhere`;
  const spoil: Record<string, () => void> = {
    "other users can read it": () => Deno.chmodSync(file, 0o644),
    "Cannot read the login": () => Deno.writeTextFileSync(file, "garbage"),
    "it is a link": () => {
      Deno.renameSync(file, elsewhere);
      Deno.symlinkSync(elsewhere, file);
    },
  };
  for (const [why, make] of Object.entries(spoil)) {
    await logIn(scratch, service);
    make();
    const run = await ward(scratch, ["auth", "claude", "logout", "--json"]);
    equal(run.code, 0, run.stderr);
    deepEqual(JSON.parse(run.stdout), { name: "claude", removed: true, revoked: false });
    ok(run.stderr.includes(why), run.stderr);
    match(run.stderr, /settings of your account/);
    const status = await ward(scratch, ["auth", "claude", "status", "--json"]);
    equal(JSON.parse(status.stdout).state, "none", why);
  }
  ok(Deno.lstatSync(elsewhere).isFile, "what a link leads to stays");
  Deno.removeSync(elsewhere);
  equal(service.to("/revoke").length, 0);
});

Deno.test("disconnect all goes on past one that cannot be ended, and says which", async () => {
  using scratch = makeScratch();
  const inTheWay = `${scratch.home}/auth/anthropic/oauth.json/x`;
  Deno.mkdirSync(inTheWay, { recursive: true, mode: 0o700 });
  const key = await runWard(["secrets", "set", "groq"], {
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: "gsk-key\n",
  });
  equal(key.code, 0, key.stderr);
  const run = await ward(scratch, ["disconnect", "all", "--yes"]);
  equal(run.code, 1);
  equal(run.stdout, "Disconnected groq\n");
  match(run.stderr, /^! claude is not disconnected: .*it is no file\. .*rm -r/m);
  const left = await ward(scratch, ["disconnect", "all", "--yes", "--json"]);
  equal(left.code, 1);
  const { disconnected, failed } = JSON.parse(left.stdout);
  deepEqual([disconnected, failed.map(({ name }: { name: string }) => name)], [[], ["claude"]]);
});
