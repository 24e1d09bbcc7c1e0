/** Profiles, as a user has them: apart, chosen, fixed while a ward runs, removed when nobody is in. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { canMount, noMount } from "../kit/namespace.ts";
import { withStore } from "../kit/profile_store.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { inTerminal } from "../kit/terminal.ts";
import { ask, makeScratch, runWard, type Scratch, SOURCE, ward } from "../kit/ward_process.ts";

const { tmux } = await machineParts();

const json = async (scratch: Scratch, args: string[], env: Record<string, string> = {}) => {
  const run = await ward(scratch, [...args, "--json"], env);
  equal(run.code, 0, run.stderr);
  return JSON.parse(run.stdout);
};

Deno.test("profiles are apart, and the one that counts is the one that was chosen", async () => {
  using scratch = makeScratch();
  const { home, env } = scratch;
  const unknown = await ward(scratch, ["-p", "work", "profile", "show"]);
  equal(unknown.code, 2);
  match(unknown.stderr, /no profile "work"[\s\S]*ward profile add work/);
  deepEqual(await json(scratch, ["profile", "add", "work"]), {
    name: "work",
    home: `${home}/profiles/work`,
  });
  Deno.writeTextFileSync(`${home}/profiles/work/config.toml`, "[limits]\niterations = 7\n", {
    mode: 0o600,
  });
  const status = await json(scratch, ["status", "-p", "work"]);
  deepEqual(status.profile, { name: "work", source: "flag" });
  equal(status.configPath, `${home}/profiles/work/config.toml`);
  equal(status.workspace.path, `${home}/profiles/work/workspace`);
  await Deno.stat(`${home}/profiles/work/data/ward.db`);
  await notThere(`${home}/data/ward.db`);
  // Sticky for the next processes, in the flag's other spellings beaten by it.
  match((await ward(scratch, ["instance", "use", "work"])).stdout, /^Active profile: work\n$/);
  equal((await json(scratch, ["profile", "show"])).source, "sticky");
  equal((await json(scratch, ["-i", "default", "profile", "show"])).home, home);
  // An explicit WARD_HOME beats all, and says so where that is not what was asked for.
  const other = `${scratch.folder}/other`;
  const both = await ward(scratch, ["-p", "work", "config", "path"], { WARD_HOME: other });
  deepEqual([both.code, both.stdout], [0, `${other}/config.toml\n`]);
  match(both.stderr, /-p work has no effect: WARD_HOME/);
  const same = await ward(scratch, ["-p", "work", "config", "path"], {
    WARD_HOME: `${env["HOME"]}/.ward/profiles/work`,
  });
  equal(same.stderr, "");
  // What was chosen is gone: told with the way out, which works.
  Deno.removeSync(`${home}/profiles/work`, { recursive: true });
  const gone = await ward(scratch, ["config", "path"]);
  equal(gone.code, 2);
  match(gone.stderr, /no profile "work"[\s\S]*ward profile use default/);
  equal((await ward(scratch, ["profile", "use", "default"])).code, 0);
  equal((await ward(scratch, ["config", "path"])).stdout, `${home}/config.toml\n`);
});

Deno.test("profile rm refuses the default profile and the active one, whatever made it that", async () => {
  using scratch = makeScratch();
  const { home } = scratch;
  await json(scratch, ["profile", "use", "work"]);
  await json(scratch, ["profile", "add", "other"]);
  const refuses = async (args: string[], why: RegExp) => {
    for (const yes of [[], ["--yes"]]) {
      const { code, stdout, stderr } = await ward(scratch, [...args, ...yes]);
      deepEqual([code, stdout], [2, ""], stderr);
      match(stderr, why);
    }
  };
  const isDefault = /Cannot remove profile "default": it is the default one/;
  const isActive = /it is the active one\n {2}First: ward profile use default/;
  await refuses(["profile", "rm", "default"], isDefault);
  await refuses(["-p", "other", "profile", "rm", "default"], isDefault);
  await refuses(["profile", "rm", "work"], isActive);
  // Neither the one that all others start with, nor the one that this command runs on.
  await refuses(["-p", "other", "profile", "rm", "work"], isActive);
  await refuses(["-p", "other", "profile", "rm", "other"], isActive);
  deepEqual([...Deno.readDirSync(`${home}/profiles`)].map(({ name }) => name).sort(), [
    "other",
    "work",
  ]);
  equal((await ward(scratch, ["profile", "rm", "other", "--yes"])).code, 0);
});

Deno.test("a running ward stays on its profile, which is not removed under it", async () => {
  using scratch = makeScratch();
  const { home } = scratch;
  await json(scratch, ["profile", "use", "work"]);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using service = await startScriptedService([{ content: "done" }], {
    async onRequest() {
      asked.resolve();
      await answer.promise;
    },
  });
  const running = ask(scratch, "go", service.env);
  await asked.promise;
  await json(scratch, ["profile", "use", "default"]);
  const rm = ["profile", "rm", "work", "--yes"];
  const refused = await ward(scratch, rm);
  equal(refused.code, 2);
  match(refused.stderr, /"work": a running ward uses it/);
  answer.resolve();
  const { code, stdout } = await running;
  deepEqual([code, stdout], [0, "done\n"]);
  await notThere(`${home}/data/ward.db`);
  const session = await withStore(
    `${home}/profiles/work`,
    (store) => Promise.resolve(store.latestSession({ workspace: scratch.workspace })),
  );
  ok(session, "the session is in the profile it began in");
  equal((await ward(scratch, rm)).code, 0);
  await notThere(`${home}/profiles/work`);
  deepEqual([...Deno.readDirSync(`${home}/profiles`)], []);
});

Deno.test({
  name: `profile use and rm ask in a terminal${tmux?.present ? "" : ", skipped: no tmux"}`,
  ignore: !tmux?.present,
  async fn() {
    using scratch = makeScratch();
    await json(scratch, ["profile", "add", "trial"]);
    const refused = await ward(scratch, ["profile", "rm", "trial"]);
    equal(refused.code, 2);
    match(refused.stderr, /ward profile rm trial --yes/);
    const at = { env: scratch.env, cwd: scratch.workspace };
    await inTerminal([...SOURCE, "profile", "use"], at, async (pane) => {
      await pane.waitFor("Profile to use");
      await pane.type("trial", "Enter");
      await pane.waitFor("Active profile: trial");
    });
    await json(scratch, ["profile", "use", "default"]);
    for (const [answer, code] of [["n", 1], ["y", 0]] as const) {
      await inTerminal([...SOURCE, "profile", "rm", "trial"], at, async (pane) => {
        await pane.waitFor("[y/N]");
        await pane.type(answer);
        await pane.waitFor(`EXIT=${code}`);
      });
      const { profiles } = await json(scratch, ["profile", "list"]);
      equal(profiles.length, 1 + code);
    }
  },
});

async function notThere(path: string): Promise<void> {
  await rejects(Deno.stat(path), Deno.errors.NotFound);
}

/** A keychain of files: what `secret-tool` does, as far as ward uses it. */
const SECRET_TOOL = `#!/bin/sh
verb=$1; for last in "$@"; do :; done
file="FOLDER/$(echo "$last" | tr / _)"
case $verb in
  store) cat > "$file" ;;
  lookup) cat "$file" ;;
  clear) rm -f "$file" ;;
esac
`;

Deno.test({
  name: `profile rm takes the keys out of the keychain, and no other profile's${noMount}`,
  // The folder of its stand-in is hidden by it.
  ignore: !canMount || Deno.execPath().startsWith("/usr/local/bin/"),
  async fn() {
    using scratch = makeScratch();
    const kept = `${scratch.folder}/kept`;
    const bin = `${scratch.folder}/bin`;
    for (const folder of [kept, bin]) Deno.mkdirSync(folder);
    Deno.writeTextFileSync(`${bin}/secret-tool`, SECRET_TOOL.replace("FOLDER", kept), {
      mode: 0o755,
    });
    const entries = () => [...Deno.readDirSync(kept)].map(({ name }) => name.split("_").at(-1));
    const run = (args: readonly string[], stdin = "") =>
      runWard(args, {
        env: scratch.env,
        cwd: scratch.workspace,
        stdin,
        form: [
          "/usr/bin/unshare",
          "-m",
          "/bin/sh",
          "-c",
          `mount --bind '${bin}' /usr/local/bin && exec "$@"`,
          "sh",
          ...SOURCE,
        ],
      });
    await json(scratch, ["profile", "add", "work"]);
    for (const name of ["work", "default"]) {
      const set = await run(["-p", name, "secrets", "set", "lab"], "a-key-of-the-lab-0001");
      equal(set.code, 0, set.stderr);
    }
    equal((await run(["-p", "work", "agent", "-m", "what time is it?"])).code, 0);
    equal(entries().length, 3, String(entries()));
    const removed = await run(["profile", "rm", "work", "--yes"]);
    deepEqual([removed.code, removed.stderr], [0, ""]);
    equal(entries().length, 1, String(entries()));
  },
});
