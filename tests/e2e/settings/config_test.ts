import assert from "node:assert/strict";
import { terminalTest } from "../kit/forms.ts";
import { inTerminal } from "../kit/terminal.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import {
  makeScratch,
  paste,
  type Scratch,
  SOURCE,
  ward,
  writeConfig,
} from "../kit/ward_process.ts";

const FILE = `# mine
[limits] # how much
iterations = 7 # few

[model]
api_key = "sk-plain-0123456789"
`;

const fileOf = (scratch: Scratch) => Deno.readTextFileSync(`${scratch.home}/config.toml`);
const backupsOf = (scratch: Scratch) => [...Deno.readDirSync(`${scratch.home}/backups/config`)];
/** What `ward config` keeps in the home: no draft and no half-written file is left there. */
const ownFiles = (scratch: Scratch) =>
  [...Deno.readDirSync(scratch.home)].map(({ name }) => name).filter((name) =>
    name !== "in_use.lock"
  ).sort();
const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test("config set: one value changes, the rest and a backup stay, modes are private", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, FILE);
  Deno.chmodSync(`${scratch.home}/config.toml`, 0o644);
  const set = await ward(scratch, ["config", "set", "limits.iterations", "9"]);
  assert.deepEqual([set.code, set.stdout], [0, "limits.iterations = 9\n"]);
  assert.equal(fileOf(scratch), FILE.replace("7", "9"));
  const [backup] = backupsOf(scratch);
  const path = `${scratch.home}/backups/config/${backup?.name}`;
  assert.equal(Deno.readTextFileSync(path), FILE);
  assert.deepEqual([modeOf(`${scratch.home}/config.toml`), modeOf(path)], [0o600, 0o600]);
  // What is read back is what was set; the key that is written out is shown nowhere.
  const get = await ward(scratch, ["config", "get"]);
  assert.match(get.stdout, /^limits\.iterations = 9 {2}# config\.toml$/m);
  assert.match(get.stdout, /^model\.api_key = "\(not shown\)"/m);
  const all = JSON.stringify([get, set]);
  assert.ok(!all.includes("0123456789"), all);
  const restore = await ward(scratch, ["config", "restore", "latest"]);
  assert.equal(restore.code, 0, restore.stderr);
  assert.equal(fileOf(scratch), FILE);
});

Deno.test("config: what is wrong is told with line and key, and nothing is changed", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, FILE);
  const wrong = async (args: string[], message: RegExp) => {
    const { code, stdout, stderr } = await ward(scratch, ["config", ...args]);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, message);
    assert.equal(fileOf(scratch), FILE);
  };
  await wrong(
    ["set", "limits.iterations", "0"],
    /^ward: config\.toml:3: key "limits\.iterations": found 0, allowed a whole number/,
  );
  await wrong(["set", "limits.iteration", "3"], /did you mean "limits\.iterations"\?/);
  await wrong(["set"], /Missing argument <key>\n {2}Usage: ward config set <key>/);
  await wrong(["set", "commands.allow", "*"], /every program runs without a question\n.*--yes/);
  await wrong(["edit"], /this is no terminal/);
  assert.deepEqual(ownFiles(scratch), ["config.toml"]);
});

Deno.test("config: a broken or a newer file is told and can be mended", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, '[limits]\niteration = 3\n[model]\nname = "a" # keep\n');
  const check = await ward(scratch, ["config", "check"]);
  assert.equal(check.code, 2);
  assert.match(
    check.stderr,
    /^ward: config\.toml:2: key "limits\.iteration": found an unknown key/,
  );
  assert.equal((await ward(scratch, ["config", "unset", "limits.iteration"])).code, 0);
  assert.equal((await ward(scratch, ["config", "check"])).code, 0);
  assert.match(fileOf(scratch), /name = "a" # keep/);
  writeConfig(scratch, "version = 2\n[new_section]\nkey = 1\n");
  const newer = await ward(scratch, ["config", "set", "model.name", "b"]);
  assert.equal(newer.code, 2);
  assert.match(
    newer.stderr,
    /^ward: config\.toml:1: key "version": found 2, allowed 1: a newer ward/,
  );
  assert.equal(fileOf(scratch), "version = 2\n[new_section]\nkey = 1\n");
});

Deno.test("config: changes at the same time are all kept, and only five backups", async () => {
  using scratch = makeScratch();
  const keys = [
    "iterations",
    "turn_s",
    "processes",
    "cpu_s",
    "memory_mb",
    "file_mb",
  ];
  const runs = await Promise.all(
    keys.map((key) => ward(scratch, ["config", "set", `limits.${key}`, "3000"])),
  );
  assert.ok(runs.every(({ code }) => code === 0), JSON.stringify(runs));
  for (const key of keys) assert.match(fileOf(scratch), new RegExp(`^${key} = 3000$`, "m"));
  assert.equal(backupsOf(scratch).length, 5);
});

Deno.test("config example is a file that works as it is", async () => {
  using scratch = makeScratch();
  const { stdout } = await ward(scratch, ["config", "example"]);
  writeConfig(scratch, stdout);
  assert.equal((await ward(scratch, ["config", "check"])).code, 0);
});

terminalTest(
  "a dumb terminal gets a numbered list, and no colours or cursor movement",
  async () => {
    using scratch = makeScratch();
    const { NO_COLOR: _, ...env } = scratch.env;
    const raw = `${scratch.folder}/raw`;
    const words = [
      "/usr/bin/env",
      "TERM=dumb",
      "script",
      "-qec",
      `${SOURCE.map((word) => `'${word}'`).join(" ")} config unset`,
      raw,
    ];
    writeConfig(scratch, "[limits]\nturn_s = 5\ncpu_s = 6\n");
    await inTerminal(words, { env, cwd: scratch.workspace }, async (pane) => {
      assert.match(
        await pane.waitFor("Number or name"),
        /1\) limits\.turn_s.*\n.*2\) limits\.cpu_s/,
      );
      await pane.write("2");
      await pane.type("Enter");
      await pane.waitFor("limits.cpu_s is not set any more");
      await pane.waitFor("EXIT=0");
    });
    assert.equal(fileOf(scratch), "[limits]\nturn_s = 5\n");
    // deno-lint-ignore no-control-regex -- what must not be there
    assert.doesNotMatch(Deno.readTextFileSync(raw), /\x1b/);
  },
);

terminalTest(
  "config in a terminal: menus, an editor that is asked again, a question before opening",
  async () => {
    using scratch = makeScratch();
    const editor = `${scratch.folder}/editor`;
    // The first time it breaks the file, the second time it opens ward up.
    Deno.writeTextFileSync(
      editor,
      `#!/bin/sh
if [ -e ${scratch.folder}/again ]; then printf '[commands]\\nallow = ["*"]\\n' > "$1"
else touch ${scratch.folder}/again; echo '[limits' >> "$1"; fi
`,
      { mode: 0o755 },
    );
    const options = { env: { ...scratch.env, EDITOR: editor }, cwd: scratch.workspace };
    await inTerminal([...SOURCE, "config", "set"], options, async (pane) => {
      await pane.waitFor("type to filter");
      await pane.write("turn_s");
      await pane.waitFor('matching "turn_s"');
      await pane.type("Enter");
      await pane.waitFor("limits.turn_s (a whole number");
      await pane.write("77");
      await pane.type("Enter");
      assert.match(await pane.waitFor("EXIT="), /limits\.turn_s = 77\nEXIT=0/);
    });
    assert.match(fileOf(scratch), /turn_s = 77/);
    await inTerminal([...SOURCE, "config", "edit"], options, async (pane) => {
      assert.match(await pane.waitFor("Edit again?"), /config\.toml:\d+:\d+: the file is not TOML/);
      await pane.type("y");
      await pane.waitFor("This opens ward up. Change it?");
      await pane.type("n");
      assert.match(await pane.waitFor("EXIT="), /Nothing was changed/);
    });
    assert.match(fileOf(scratch), /turn_s = 77/);
    assert.doesNotMatch(fileOf(scratch), /\*/);
    await inTerminal([...SOURCE, "config", "edit"], options, async (pane) => {
      await pane.waitFor("Go on with the draft");
      await pane.type("y");
      await pane.waitFor("This opens ward up. Change it?");
      await pane.type("y");
      await pane.waitFor("EXIT=0");
    });
    assert.match(fileOf(scratch), /allow = \["\*"\]/);
    assert.deepEqual(ownFiles(scratch), ["backups", "config.lock", "config.toml"]);
  },
);

Deno.test("attack: a configuration that others can change allows nothing, and is told", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([
    { calls: [{ name: "run", arguments: { command: "seq 2 3" } }] },
    { content: "Done." },
  ]);
  const path = `${scratch.home}/config.toml`;
  writeConfig(scratch, '[limits]\niterations = 7\n[commands]\nallow = ["seq"]\n');
  Deno.chmodSync(path, 0o666);
  const told = /Cannot use ".*config\.toml": other users can change it \(mode 0666\)/;
  for (
    const args of [
      ["agent", "-m", "go"],
      ["permissions", "explain", "run", "seq 1"],
      ["models"],
      ["onboard", "--yes"],
      ["config", "check"],
    ]
  ) {
    const refused = await ward(scratch, args, service.env);
    assert.deepEqual([refused.code, refused.stdout], [2, ""], `${args}: ${refused.stderr}`);
    assert.match(refused.stderr, told);
    assert.ok(refused.stderr.includes(`chmod 600 ${path}`), refused.stderr);
  }
  assert.equal(service.bodies().length, 0);
  const status = await ward(scratch, ["status", "--json"], service.env);
  assert.equal(status.code, 0, status.stderr);
  assert.match(JSON.parse(status.stdout).warnings.join("\n"), /nothing runs by it.*chmod 600/);
  const doctor = await ward(scratch, ["doctor", "--offline", "--json"]);
  assert.equal(doctor.code, 2, doctor.stderr);
  const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; severity: string }[] };
  assert.ok(checks.some(({ id, severity }) => id === "config.mode" && severity === "error"));
  const get = await ward(scratch, ["config", "get", "limits.iterations"]);
  assert.deepEqual([get.code, get.stdout], [0, "7\n"]);
  assert.match(get.stderr, /^! Cannot use .*nothing runs by it\. .*chmod 600/);
  // The way out that is named.
  assert.equal((await paste(scratch, `chmod 600 ${path}`)).code, 0);
  const used = await ward(scratch, ["agent", "-m", "go"], service.env);
  assert.deepEqual([used.code, used.stdout], [0, "Done.\n"], used.stderr);
});

Deno.test("a configuration that others can read is warned about once", async () => {
  using scratch = makeScratch();
  const path = `${scratch.folder}/elsewhere.toml`;
  Deno.writeTextFileSync(path, "[limits]\niterations = 7\n");
  Deno.chmodSync(path, 0o644);
  const env = { WARD_CONFIG: path, WARD_PROVIDER: "builtin" };
  const warned = await ward(scratch, ["agent", "-m", "what time is it?"], env);
  assert.equal(warned.code, 0, warned.stderr);
  assert.equal(warned.stderr.split(`! Other users can read "${path}"; run chmod 600`).length, 2);
  Deno.chmodSync(path, 0o600);
  const quiet = await ward(scratch, ["agent", "-m", "what time is it?"], env);
  assert.ok(!quiet.stderr.includes("Other users"), quiet.stderr);
});
