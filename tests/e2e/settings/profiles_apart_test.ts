/** What a profile keeps is its own: everything that ward writes, and nothing of it in another one. */
import { deepEqual, equal } from "node:assert/strict";
import { loginConfig, startLoginService } from "../../fakes/login_service.ts";
import { atPrompt, send } from "../kit/chat_kit.ts";
import { terminalTest } from "../kit/forms.ts";
import { logIn } from "../kit/login_kit.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { inTerminal } from "../kit/terminal.ts";
import { makeScratch, ROOT, runWard, type Scratch, SOURCE, ward } from "../kit/ward_process.ts";

/** Every file of a profile with what is in it; what only says that somebody is in is left out. */
function filesOf(home: string, below = ""): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(home + below)) {
    const path = `${below}/${name}`;
    if (["/profiles", "/active_profile", "/in_use.lock"].includes(path)) continue;
    if (isDirectory) Object.assign(files, filesOf(home, path));
    else files[path] = String(Deno.readFileSync(home + path));
  }
  return files;
}

const ran = async (scratch: Scratch, args: string[], env: Record<string, string> = {}) => {
  const run = await ward(scratch, args, env);
  equal(run.code, 0, run.stderr);
  return run.stdout;
};
const json = async (scratch: Scratch, args: string[]) =>
  JSON.parse(await ran(scratch, [...args, "--json"]));

/** Does in the active profile whatever makes ward keep something. */
async function live(scratch: Scratch, home: string, who: string): Promise<void> {
  await using service = await startScriptedService([{ content: `Hello ${who}.` }]);
  await using logins = startLoginService();
  Deno.writeTextFileSync(`${home}/config.toml`, loginConfig(logins, "claude"), { mode: 0o600 });
  await ran(scratch, ["config", "set", "limits.iterations", "7"]);
  await logIn(scratch, logins);
  const set = await runWard(["secrets", "set", `of-${who}`], {
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: `key-of-${who}-0001`,
  });
  equal(set.code, 0, set.stderr);
  await ran(scratch, ["permissions", "grant", "read", `/srv/${who}`, "--always"]);
  await ran(scratch, ["models"], service.env);
  await inTerminal([...SOURCE, "agent", "-w", scratch.workspace], {
    env: { ...scratch.env, ...service.env },
    cwd: scratch.workspace,
  }, async (pane) => {
    await pane.waitUntil("prompt", atPrompt);
    // Were a line of the other profile kept here, it would now stand before the message.
    await pane.type("Up");
    await send(pane, `I am ${who}`);
    await pane.waitUntil("answer", (now) => now.includes(`Hello ${who}.`) && atPrompt(now));
    await pane.type("C-d");
    await pane.waitFor("EXIT=0");
  });
}

/** What the active profile shows of itself. */
async function shown(scratch: Scratch) {
  const { home } = await json(scratch, ["profile", "show"]);
  const each = async (key: string, ...args: string[]): Promise<unknown[]> =>
    (await json(scratch, args)).map((one: Record<string, unknown>) => one[key]);
  const log = await ran(scratch, ["logs", "--json"]);
  return {
    sessions: await each("title", "sessions", "list"),
    calls: log.split('"event":"model_call"').length - 1,
    usage: (await json(scratch, ["cost"])).total.calls,
    history: await Deno.readTextFile(`${home}/data/history`).catch(() => null),
    grants: await each("value", "permissions", "grants"),
    secrets: await each("name", "secrets", "list"),
    login: (await ward(scratch, ["auth", "claude", "status"])).code,
    iterations: await ran(scratch, ["config", "get", "limits.iterations"]),
  };
}

terminalTest(
  "what one profile keeps, the other one has nothing of, on disk and as shown",
  async () => {
    using scratch = makeScratch();
    const { home } = scratch;
    const work = `${home}/profiles/work`;
    await ran(scratch, ["status"]);
    await ran(scratch, ["profile", "use", "work"]);
    const untouched = filesOf(home);
    await live(scratch, work, "ann");
    deepEqual(filesOf(home), untouched, "the default profile is as it was");
    const anns = {
      sessions: ["I am ann"],
      calls: 1,
      usage: 1,
      history: '"I am ann"\n',
      grants: ["/srv/ann"],
      secrets: ["of-ann"],
      login: 0,
      iterations: "7\n",
    };
    deepEqual(await shown(scratch), anns);
    await ran(scratch, ["profile", "use", "default"]);
    const left = filesOf(work);
    deepEqual(await shown(scratch), {
      sessions: [],
      calls: 0,
      usage: 0,
      history: null,
      grants: [],
      secrets: [],
      login: 1,
      iterations: "50\n",
    });
    await live(scratch, home, "bob");
    deepEqual(filesOf(work), left, "the profile that is not in use is as it was");
    deepEqual(await shown(scratch), {
      ...anns,
      sessions: ["I am bob"],
      history: '"I am bob"\n',
      grants: ["/srv/bob"],
      secrets: ["of-bob"],
    });
    // Both keep the same files, and the table of the docs names them all.
    const names = (files: Record<string, string>) =>
      [...new Set(Object.keys(files).map((path) => path.split("/")[1]!))].sort();
    deepEqual(names(filesOf(home)), names(left));
    const table = Deno.readTextFileSync(`${ROOT}/docs/profiles.md`);
    const inEach = table.split("\n").filter((line) => line.startsWith("| `"))
      .map((line) => line.split(" | ")[0]!).join("\n");
    const files = names(left).filter((name) => !name.endsWith(".lock"));
    deepEqual(files.filter((name) => !new RegExp(`\`${name}/?\``).test(inEach)), []);
  },
);
