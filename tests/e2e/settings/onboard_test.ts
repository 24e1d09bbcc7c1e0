/** From nothing to a first answer, by flags and by the wizard. */
import assert from "node:assert/strict";
import { loginConfig, startLoginService } from "../../fakes/login_service.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { terminalTest } from "../kit/forms.ts";
import { inTerminal, type Pane } from "../kit/terminal.ts";
import {
  makeScratch,
  runWard,
  type Scratch,
  SOURCE,
  ward,
  writeConfig,
} from "../kit/ward_process.ts";

const SECRET = "sk-canary-0815-do-not-print";

const configOf = (scratch: Scratch) => Deno.readTextFileSync(`${scratch.home}/config.toml`);

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Every file below a folder that holds the text. */
function filesWith(folder: string, text: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return filesWith(path, text);
    const bytes = Deno.readFileSync(path);
    return new TextDecoder("latin1").decode(bytes).includes(text) ? [path] : [];
  });
}

Deno.test("onboard by flags: shown first, then written, then the model answers", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([{ content: "I am ready." }]);
  const flags = ["--provider", "lab", "--api-base", `${service.url}/v1`, "--model", "mock"];
  const more = ["--key-stdin", "-w", ".", "--allow", "npm test"];
  const run = (...args: string[]) =>
    runWard(["onboard", ...args], {
      env: scratch.env,
      cwd: scratch.workspace,
      stdin: SECRET + "\n",
    });
  const dry = await run(...flags, ...more, "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^\+provider = "lab"$/m);
  assert.match(dry.stdout, /^\+api_key = "keychain"$/m);
  assert.match(dry.stdout, /A key is saved as "lab"/);
  for (const name of ["config.toml", "secrets.enc", "database.key", "data", "workspace"]) {
    assert.equal(exists(`${scratch.home}/${name}`), false, name);
  }
  const done = await run(...flags, ...more);
  assert.deepEqual([done.code, done.stdout], [0, "I am ready.\n"], done.stderr);
  // What was shown is what was written.
  const shown = dry.stdout.split("\n").filter((line) => /^\+(?!\+)/.test(line))
    .map((line) => line.slice(1) + "\n").join("");
  assert.equal(configOf(scratch), shown);
  const status = await ward(scratch, ["status"]);
  assert.match(status.stdout, /lab: chosen by .*; key from secrets\.enc, saved as "lab"/);
  assert.match(status.stdout, new RegExp(`workspace +${scratch.workspace} `));
  assert.ok(!JSON.stringify([dry, done, status, service.bodies()]).includes(SECRET));
  assert.deepEqual(filesWith(scratch.folder, SECRET), []);
  // Again with the same answers: nothing changes, nothing is doubled.
  const again = await run(...flags, ...more, "--skip", "answer");
  assert.equal(again.code, 0, again.stderr);
  assert.equal(configOf(scratch), shown);
});

Deno.test("onboard: what is wrong is told before anything is written", async () => {
  using scratch = makeScratch();
  const wrong = async (args: string[], message: RegExp) => {
    const { code, stdout, stderr } = await ward(scratch, ["onboard", ...args]);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, message);
    assert.equal(exists(`${scratch.home}/config.toml`), false);
    assert.equal(exists(`${scratch.home}/secrets.enc`), false);
  };
  await wrong([], /no terminal and no flag\n.*--provider, --api-base, --key-stdin/);
  await wrong(["--model", "m"], /Missing option --provider/);
  await wrong(["--provider", "grok"], /did you mean "groq"\?/);
  await wrong(["--provider", "groq"], /it has no key\n.*ward secrets set groq/);
  await wrong(["--provider", "builtin", "-w", "nowhere"], /Cannot work in .*nowhere/);
  await wrong(["--allow", "*"], /opens ward up.*\n.*\n.*--yes/);
  await wrong(["--skip", "everything"], /Allowed choices are provider, key, model/);
  const refused = await runWard(
    ["onboard", "--provider", "groq", "--key-stdin", "--allow", "*"],
    { env: scratch.env, cwd: scratch.workspace, stdin: SECRET },
  );
  assert.equal(refused.code, 2);
  assert.equal(exists(`${scratch.home}/secrets.enc`), false);
});

terminalTest(
  "onboard in a terminal: by menus to the first answer, the key never on the screen",
  async () => {
    using scratch = makeScratch();
    await using service = await startScriptedService([{ content: "I am ready." }]);
    const options = { env: scratch.env, cwd: scratch.workspace };
    // Stopped in the middle: nothing is there.
    await inTerminal([...SOURCE, "onboard"], options, async (pane) => {
      await pane.waitFor("Provider");
      await pane.write("builtin");
      await pane.waitFor('matching "builtin"');
      await pane.type("Enter");
      await pane.waitFor("Workspace");
      await pane.type("C-c");
      await pane.waitFor("EXIT=130");
    });
    assert.equal(exists(`${scratch.home}/config.toml`), false);
    await inTerminal([...SOURCE, "onboard"], options, async (pane) => {
      const choose = async (title: string, filter: string) => {
        await pane.waitFor(title);
        await pane.write(filter);
        await pane.waitFor(`matching "${filter}"`);
        await pane.type("Enter");
      };
      await choose("Provider", "another address");
      await pane.waitFor("Name for it: lab");
      await pane.type("Enter");
      await pane.waitFor("Its address");
      await pane.write(`${service.url}/v1`);
      await pane.type("Enter");
      // One question too early.
      await pane.waitFor("Key for lab");
      await pane.write(SECRET);
      await pane.waitFor("matching what was typed");
      await pane.type("Enter");
      await pane.waitFor("(not shown):");
      await pane.write(SECRET);
      await pane.type("Enter");
      await choose("Model\n", "another one");
      await pane.waitFor("Model:");
      await pane.write("mock");
      await pane.type("Enter");
      await choose("Models for some work", "leave them");
      await choose("Workspace", "this folder");
      await choose("Commands that run", "leave them");
      await pane.waitFor("lab answers");
      await pane.waitFor("Write this? [Y/n]");
      await pane.type("y");
      await pane.waitFor("Ask for a first answer? [Y/n]");
      await pane.type("y");
      const screen = await pane.waitFor("EXIT=");
      assert.match(screen, /I am ready\.\s+EXIT=0/);
      assert.ok(!screen.includes("canary"), screen);
    });
    assert.match(configOf(scratch), /\[providers\.lab\]\nprotocol = "openai"/);
    assert.deepEqual(filesWith(scratch.folder, SECRET), []);
    // Run again it shows what is in force, and Enter all the way changes nothing.
    const before = configOf(scratch);
    await inTerminal([...SOURCE, "onboard", "--skip", "answer"], options, async (pane) => {
      await pane.waitFor(">  1  lab");
      await pane.type("Enter");
      await pane.waitFor("one is saved");
      await pane.type("Enter");
      await pane.waitUntil("the model", (now) => /leave it +mock/.test(now));
      await pane.type("Enter");
      await pane.waitFor("choose some");
      await pane.type("Enter");
      await pane.waitFor("another folder");
      await pane.type("Enter");
      await pane.waitFor("Commands that run without a question");
      await pane.type("Enter");
      assert.match(await pane.waitFor("EXIT="), /Nothing was changed\nEXIT=0/);
    });
    assert.equal(configOf(scratch), before);
  },
);

Deno.test("onboard: roles by flag; a service is tested by one cheap call, and one that does not answer is told", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([{ content: "I am ready." }]);
  const lab = [
    "onboard",
    "--provider",
    "lab",
    "--api-base",
    `${service.url}/v1`,
    "--model",
    "mock",
  ];
  const wrong = await ward(scratch, [...lab, "--role", "quick=x"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Roles: executor/);
  const unusable = await ward(scratch, [...lab, "--role", "fast=groq/llama", "--skip", "answer"]);
  assert.equal(unusable.code, 2);
  assert.match(unusable.stderr, /roles\.fast in config\.toml/);
  const done = await ward(scratch, [
    ...lab,
    "--role",
    "fast=lab/quick",
    "--role",
    "smart=lab/deep",
  ]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /lab answers/);
  assert.match(
    configOf(scratch),
    /\[roles\]\n(smart = "lab\/deep"\nfast = "lab\/quick"|fast = "lab\/quick"\nsmart = "lab\/deep")/,
  );
  const silent = await ward(scratch, [
    ...["onboard", "--provider", "gone", "--api-base", "http://127.0.0.1:9/v1", "--model", "m"],
  ]);
  assert.match(silent.stderr, /! Cannot get an answer from "gone": could not connect/);
});

terminalTest(
  "onboard in a terminal: what was found comes first, with where it came from",
  async () => {
    using scratch = makeScratch();
    const folder = `${scratch.folder}/user/.claude`;
    Deno.mkdirSync(folder, { mode: 0o700 });
    const claudeAiOauth = {
      accessToken: "t",
      refreshToken: "r",
      expiresAt: Date.now() + 3_600_000,
    };
    Deno.writeTextFileSync(`${folder}/.credentials.json`, JSON.stringify({ claudeAiOauth }), {
      mode: 0o600,
    });
    const env = { ...scratch.env, GROQ_API_KEY: SECRET };
    await inTerminal([...SOURCE, "onboard"], { env, cwd: scratch.workspace }, async (pane) => {
      const screen = await pane.waitFor("arrows or a number");
      const place = (text: string) => {
        const at = screen.indexOf(text);
        assert.ok(at >= 0, screen);
        return at;
      };
      assert.ok(place("GROQ_API_KEY is set") < place("found the login of Claude Code"), screen);
      assert.ok(place("found the login of Claude Code") < place("needs a key"), screen);
      await pane.write("anthropic");
      await pane.waitFor('matching "anthropic"');
      await pane.type("Enter");
      await pane.waitFor("Key for anthropic");
      await pane.waitFor("log in");
      await pane.type("C-c");
      await pane.waitFor("EXIT=130");
    });
    assert.equal(exists(`${scratch.home}/config.toml`), false);
  },
);

terminalTest(
  "onboard in a terminal: a login is asked for, made and kept; a dry run makes none",
  async () => {
    using scratch = makeScratch();
    await using logins = startLoginService({ intervalS: 0.02 });
    const config = `[providers.copilot]\napi_base = "http://127.0.0.1:9/v1"\n` +
      loginConfig(logins, "copilot");
    writeConfig(scratch, config);
    const options = { env: scratch.env, cwd: scratch.workspace };
    const skip = ["model", "roles", "workspace", "allow", "answer"].flatMap((step) => [
      "--skip",
      step,
    ]);
    const choose = async (pane: Pane, title: string, filter: string) => {
      await pane.waitFor(title);
      await pane.write(filter);
      await pane.waitFor(`matching "${filter}"`);
      await pane.type("Enter");
    };
    const state = async () => {
      const { stdout } = await ward(scratch, ["connect", "status", "--json"]);
      const all = JSON.parse(stdout).logins as { name: string; state: string }[];
      return all.find(({ name }) => name === "copilot")?.state;
    };
    await inTerminal([...SOURCE, "onboard", "--dry-run", ...skip], options, async (pane) => {
      await choose(pane, "Provider", "copilot");
      const screen = await pane.waitFor("EXIT=0");
      assert.match(screen, /^\+provider = "copilot"$/m);
      assert.match(screen, /there is no login for it/);
    });
    await inTerminal([...SOURCE, "onboard", ...skip], options, async (pane) => {
      await choose(pane, "Provider", "copilot");
      await choose(pane, "Login for copilot", "skip");
      await pane.waitFor("Write this all the same?");
      await pane.type("n");
      await pane.waitFor("EXIT=0");
    });
    assert.deepEqual([logins.requests.length, await state()], [0, "none"]);
    await inTerminal([...SOURCE, "onboard", ...skip], options, async (pane) => {
      await choose(pane, "Provider", "copilot");
      await choose(pane, "Login for copilot", "log in");
      await pane.waitFor("WDJB-MJHT");
      await pane.waitFor("Write this?");
      await pane.type("n");
      await pane.waitFor("Nothing was written; the login of GitHub Copilot stays");
      await pane.waitFor("EXIT=0");
    });
    assert.deepEqual([configOf(scratch), await state()], [config, "good"]);
  },
);
