/** The commands that show what holds: permissions, explain, status, doctor, audit. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { findBrowser } from "../../../src/host/process/find_browser.ts";
import { machineParts } from "../../machine_parts.ts";
import { withTables } from "../kit/profile_store.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, type Scratch, ward, writeConfig } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const hasBrowser = findBrowser(null) !== null;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

async function json(scratch: Scratch, ...args: string[]) {
  const run = await ward(scratch, [...args, "--json"]);
  equal(run.code, 0, run.stderr);
  equal(run.stderr, "");
  return JSON.parse(run.stdout);
}

interface Answer {
  readonly compartment: string;
  readonly answer: string;
  readonly rule: string;
  readonly command: string | null;
}

Deno.test({
  name: `explain says who may, by which rule, and what grant changes it${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    writeConfig(scratch, `[workspace]\npath = "${scratch.workspace}"\n`);
    const of = async (...args: string[]): Promise<Answer> => {
      const { answers } = await json(scratch, "permissions", "explain", ...args);
      return answers.find((one: Answer) => one.compartment === "hands");
    };
    const passwd = await of("read", "/etc/passwd");
    deepEqual([passwd.answer, passwd.command], [
      "ask",
      "ward permissions grant read /etc/passwd --always",
    ]);
    match(passwd.rule, /outside the workspace/);
    const rm = await of("run", "rm");
    deepEqual([rm.answer, rm.command], ["ask", "ward permissions grant run rm --always"]);
    const net = await of("net", "example.com");
    deepEqual([net.answer, net.command], [
      "ask",
      "ward permissions grant net example.com --once",
    ]);
    match(net.rule, /own network namespace/);
    const env = await of("env", "OPENAI_API_KEY");
    deepEqual([env.answer, env.command], ["deny", null]);
    match(env.rule, /secret/);
    equal((await of("read", `${scratch.workspace}/x`)).answer, "allow");
    equal((await of("read", `${scratch.home}/database.key`)).answer, "deny");
    equal((await of("run", "git status -s")).answer, "allow");
    equal((await of("run", "git", "stash")).answer, "ask");
    // What it prints is what the next explain then says.
    equal((await ward(scratch, ["permissions", "grant", "run", "rm", "--always"])).code, 0);
    equal((await of("run", "rm")).answer, "allow");
    const text = await ward(scratch, ["permissions", "explain", "read", "/etc/passwd"]);
    ok(text.stdout.includes("ward permissions grant read /etc/passwd --always"), text.stdout);
  },
});

Deno.test({
  name: `permissions and status print today's values, for people and for programs${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const { rows, grants } = await json(scratch, "permissions");
    const ids = rows.map((row: { compartment: string }) => row.compartment);
    for (const id of ["kernel", "store", "launcher", "hands"]) ok(ids.includes(id), ids.join());
    deepEqual(grants, []);
    const store = rows.find((row: { compartment: string }) => row.compartment === "store");
    deepEqual(store.permissions.read, [`${scratch.home}/data`]);
    deepEqual([store.permissions.net, store.permissions.run, store.permissions.env], [[], [], []]);
    const status = await json(scratch, "status");
    equal(status.provider.name, "builtin");
    equal(status.workspace.path, `${scratch.home}/workspace`);
    deepEqual(status.layers.map((layer: { state: string }) => layer.state), [
      "in force",
      "in force",
      "in force",
    ]);
    const text = await ward(scratch, ["status"]);
    match(text.stdout, /provider +builtin: .+\n/);
    match(text.stdout, /os layer +in force/);
    // A model that is chosen has its row with its one host.
    const variables = { WARD_PROVIDER: "openai", WARD_API_BASE: "http://127.0.0.1:9/v1" };
    const withModel = await ward(scratch, ["permissions", "--json"], {
      ...variables,
      WARD_MODEL: "m",
    });
    const model = JSON.parse(withModel.stdout).rows
      .find((row: { compartment: string }) => row.compartment === "model:openai");
    deepEqual(model.permissions.net, ["127.0.0.1:9"]);
    deepEqual([model.permissions.read, model.permissions.run], [[], []]);
  },
});

Deno.test({
  name: `doctor --prove tries what must fail: every line refused, with its layer${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const report = await json(scratch, "doctor", "--prove");
    const { lines, notes } = report.prove as {
      lines: { id: string; refused: boolean; layer: string | null }[];
      notes: string[];
    };
    ok(lines.length >= 30, `${lines.length}`);
    deepEqual(lines.filter((line) => !line.refused), []);
    // Every kind of thread is asked.
    const asked = lines.filter(({ id }) => id.endsWith(".code")).map(({ id }) => id.slice(0, -5));
    deepEqual(asked, [
      "kernel",
      "store",
      "launcher",
      "model",
      "egress",
      "auth",
      "web",
      "driver",
      "mcp",
      ...hasBrowser ? ["browser"] : [],
    ]);
    // The browser's cell by the same proof as the others, or a word on why not.
    for (const id of ["file", "network", "environment", "proxy", "workspace", "program"]) {
      equal(lines.some((line) => line.id === `browser.${id}`), hasBrowser, id);
    }
    deepEqual(
      notes,
      hasBrowser
        ? []
        : ["The cell of the browser was not tried: there is no Chromium on this machine"],
    );
    deepEqual([...new Set(lines.map(({ layer }) => layer))].sort(), ["os", "policy", "runtime"]);
    const { checks } = report as { checks: { id: string; found: string }[] };
    ok(checks.some(({ id, found }) => id === "key.source" && found.includes("file")));
    // It cleans up what it made.
    deepEqual([...Deno.readDirSync(`${scratch.home}/workspace`)], []);
    const text = await ward(scratch, ["doctor", "--prove"]);
    match(text.stdout, new RegExp(`All ${lines.length} refused\n$`));
    // Without a browser it says so, and nothing else changes.
    writeConfig(scratch, '[browser]\nprogram = "/nowhere/chromium"\n');
    const { prove } = await json(scratch, "doctor", "--prove") as {
      prove: { lines: { id: string }[]; notes: string[] };
    };
    deepEqual(
      prove.lines.map(({ id }) => id),
      lines.map(({ id }) => id).filter((id) => !id.startsWith("browser.")),
    );
    match(prove.notes.join(), /was not tried: there is no program "\/nowhere\/chromium"/);
  },
});

Deno.test({
  name: `each tool call, decision and effect is a row, and verify finds what was changed${skipped}`,
  ignore: !hasCells,
  async fn(t) {
    using scratch = makeScratch();
    await using service = await startScriptedService([
      { calls: [{ name: "write", arguments: { path: "a.txt", content: "x\n" } }] },
      { calls: [{ name: "run", arguments: { command: "rm a.txt" } }] },
      { content: "done" },
    ]);
    await ask(scratch, "go", service.env);
    const old = new Map<string, Uint8Array>();
    const files = () => [...Deno.readDirSync(`${scratch.home}/data`)].filter((f) => f.isFile);
    for (const { name } of files()) {
      old.set(name, Deno.readFileSync(`${scratch.home}/data/${name}`));
    }
    await ward(scratch, ["permissions", "grant", "run", "rm", "--always"]);
    await ask(scratch, "go", service.env);

    const rows: { kind: string; subject: string; detail: Record<string, unknown> }[] = await json(
      scratch,
      "audit",
      "-n",
      "200",
    );
    const of = (kind: string) => rows.filter((row) => row.kind === kind);
    deepEqual(of("tool_call").map(({ subject }) => subject), ["write", "run", "write", "run"]);
    deepEqual(
      of("decision").filter(({ subject }) => subject === "run").map(({ detail }) =>
        detail["decision"]
      ),
      ["ask", "allow"],
    );
    deepEqual(of("grant").map(({ subject }) => subject), ["run rm"]);
    ok(of("effect").some(({ detail }) => String(detail["effect"]).startsWith("run rm")));
    deepEqual(of("turn").map(({ subject }) => subject), ["complete", "complete"]);
    const verdict = await json(scratch, "audit", "verify");
    equal(verdict.ok, true);

    const whole = new Map(
      files().map(({ name }) => [
        name,
        Deno.readFileSync(`${scratch.home}/data/${name}`),
      ]),
    );
    const putBack = (saved: ReadonlyMap<string, Uint8Array>, only?: string) => {
      for (const [name, bytes] of saved) {
        if (!only || name === only) Deno.writeFileSync(`${scratch.home}/data/${name}`, bytes);
      }
    };
    const found = async (what: string, attack: () => Promise<void> | void, said: RegExp) => {
      await t.step(what, async () => {
        putBack(whole);
        await attack();
        const run = await ward(scratch, ["audit", "verify"]);
        equal(run.code, 1, run.stdout);
        match(run.stdout + run.stderr, said);
      });
    };
    const edit = (sql: string) => () => withTables(scratch.home, (db) => db.exec(sql));
    await found("a changed row", edit("UPDATE audit SET subject = 'ls' WHERE seq = 2"), /row 2/);
    await found("a removed row", edit("DELETE FROM audit WHERE seq = 3"), /3/);
    await found(
      "the last row deleted",
      edit("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"),
      /./,
    );
    await found("an old database put back", () => putBack(old, "ward.db"), /./);
    await t.step("whole again, it holds", async () => {
      putBack(whole);
      equal((await ward(scratch, ["audit", "verify"])).code, 0);
    });
  },
});

Deno.test("a provider that cannot be used stops agent, and is named by what inspects ward", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, '[model]\nprovider = "nope"\n');
  equal((await ward(scratch, ["agent", "-m", "hi"])).code, 2);
  const status = await json(scratch, "status");
  equal(status.provider.name, null);
  match(status.provider.why, /"nope".+Use one of/);
  const doctor = await ward(scratch, ["doctor"]);
  equal(doctor.code, 2);
  match(doctor.stdout, /✗ Provider: none, .+"nope"/);
  equal((await ward(scratch, ["permissions"])).code, 0);
});
