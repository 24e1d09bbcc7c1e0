/** `ward doctor` by process: healthy and broken profiles, what it mends, and that it writes nothing. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startModelService } from "../../fakes/model_service.ts";
import { machineParts } from "../../machine_parts.ts";
import {
  ask,
  makeScratch,
  type Scratch,
  ward,
  type WardRun,
  writeConfig,
} from "../kit/ward_process.ts";

const parts = await machineParts();
const hasCells = parts["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

/** What a profile with nothing wrong ends with: as root one limit does not hold. */
const FINE = Deno.uid() === 0 ? 1 : 0;

interface Check {
  readonly id: string;
  readonly severity: string;
  readonly found: string;
  readonly cause: string | null;
  readonly fix: string | null;
}

/** The findings of `ward doctor --json`. */
async function doctor(
  scratch: Scratch,
  args: readonly string[] = ["--offline"],
  env: Readonly<Record<string, string>> = {},
): Promise<WardRun & { checks: Check[]; of: (id: string) => Check | undefined }> {
  const run = await ward(scratch, ["doctor", "--json", ...args], env);
  ok(run.stdout.startsWith("{"), run.stdout + run.stderr);
  const { checks } = JSON.parse(run.stdout) as { checks: Check[] };
  return { ...run, checks, of: (id) => checks.find((check) => check.id === id) };
}

/** Everything below a folder: names, modes, times, contents. */
function snapshot(folder: string): string[] {
  const info = Deno.lstatSync(folder);
  const line =
    `${folder} ${info.mode} ${info.uid} ${info.size} ${info.mtime?.getTime()} ${info.ino}`;
  if (!info.isDirectory) {
    const content = info.isFile ? new TextDecoder("latin1").decode(Deno.readFileSync(folder)) : "";
    return [line + content];
  }
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return [line, ...names.flatMap((name) => snapshot(`${folder}/${name}`))];
}

Deno.test({
  name:
    `doctor says that all is well, and writes nothing: neither a fresh home nor one in use${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const user = scratch.env["HOME"]!;
    const empty = snapshot(user);
    const fresh = await doctor(scratch);
    equal(fresh.code, FINE, fresh.stdout);
    equal(fresh.stderr, "");
    deepEqual(snapshot(user), empty);
    equal(fresh.of("home.mode")?.severity, "info");
    equal(fresh.of("layers.sandbox")?.severity, "ok");

    await ask(scratch, "what time is it?");
    writeConfig(scratch, `[workspace]\npath = "${scratch.workspace}"\n`);
    const before = [...snapshot(user), ...snapshot(scratch.workspace)];
    const used = await doctor(scratch);
    equal(used.code, FINE, used.stdout);
    for (const id of ["home.mode", "data.mode", "config.file", "workspace.choice"]) {
      equal(used.of(id)?.severity, "ok", id);
    }
    for (const id of ["database.open", "database.integrity", "audit.chain", "grants.broad"]) {
      equal(used.of(id)?.severity, "ok", id);
    }
    match(used.of("key.source")?.found ?? "", /database\.key/);
    // For people, and with a passphrase that does not fit: still nothing is written.
    equal((await ward(scratch, ["doctor", "--offline"])).code, FINE);
    await ward(scratch, ["doctor", "--offline", "--fix"]);
    deepEqual([...snapshot(user), ...snapshot(scratch.workspace)], before);
  },
});

Deno.test("doctor goes on while the configuration is broken: line, key, nearest; exit code 2", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, "[limits]\niteration = 5\n\n[commands]\noperators = 'never'\n");
  const run = await doctor(scratch, ["--offline"], { OPENAI_API_KEY: "sk-test-secret" });
  equal(run.code, 2);
  equal(run.stderr, "");
  match(
    run.of("config.unknown_key")?.found ?? "",
    /^config\.toml:2: .+did you mean "limits\.iterations"/,
  );
  match(run.of("config.value")?.found ?? "", /^config\.toml:5: .+"allow", "ask"/);
  match(run.of("keys.openai")?.found ?? "", /variable OPENAI_API_KEY/);
  ok(!run.stdout.includes("sk-test-secret"));
  for (const id of ["layers.sandbox", "database.open", "home.mode"]) ok(run.of(id), id);
  writeConfig(scratch, "[model\n");
  const syntax = await doctor(scratch);
  equal(syntax.code, 2);
  match(syntax.of("config.syntax")?.found ?? "", /^config\.toml:1:/);
});

Deno.test("doctor --fix shows first what it mends, and mends nothing without a yes", async () => {
  using scratch = makeScratch();
  await ask(scratch, "what time is it?");
  const { home } = scratch;
  Deno.chmodSync(home, 0o777);
  Deno.chmodSync(`${home}/database.key`, 0o644);
  Deno.writeTextFileSync(`${home}/.probe-old`, "");
  Deno.utimeSync(`${home}/.probe-old`, 0, 0);
  // Others refuse such a home; doctor does not.
  equal((await ward(scratch, ["status"])).code, 2);
  const before = snapshot(home);
  const found = await doctor(scratch);
  equal(found.code, 2);
  match(found.of("home.mode")?.fix ?? "", /^chmod 700 /);
  ok(found.of("data.leftovers"));

  const asked = await ward(scratch, ["doctor", "--offline", "--fix"]);
  equal(asked.code, 2);
  deepEqual(snapshot(home), before);
  const diff = [
    `- 0777 ${home}\n+ 0700 ${home}\n`,
    `- 0644 ${home}/database.key\n+ 0600 ${home}/database.key\n`,
    `- remove ${home}/.probe-old (0 bytes)\n`,
    "Nothing was changed: add --yes",
  ];
  for (const part of diff) ok(asked.stderr.includes(part), asked.stderr);

  const mended = await ward(scratch, ["doctor", "--offline", "--fix", "--yes", "--json"]);
  const report = JSON.parse(mended.stdout);
  deepEqual(report.fixes, []);
  equal(report.mended.length, 3);
  equal(Deno.statSync(home).mode! & 0o777, 0o700);
  equal(Deno.statSync(`${home}/database.key`).mode! & 0o777, 0o600);
  ok(
    !report.checks.some((check: Check) =>
      /^(home|data)\./.test(check.id) && check.severity !== "ok"
    ),
  );
  equal((await ward(scratch, ["status"])).code, 0);
});

Deno.test("doctor names a database that does not open, and leaves it as it is", async () => {
  using scratch = makeScratch();
  await ask(scratch, "what time is it?");
  const before = snapshot(scratch.home);
  const wrong = await doctor(scratch, ["--offline"], { WARD_ENCRYPTION_KEY: "ab".repeat(32) });
  equal(wrong.code, 2);
  const { severity, found, cause } = wrong.of("database.open")!;
  deepEqual([severity, cause], ["error", "store.wrong_key"]);
  ok(found.includes(`${scratch.home}/data/ward.db`), found);
  deepEqual(snapshot(scratch.home), before);

  Deno.renameSync(`${scratch.home}/database.key`, `${scratch.home}/elsewhere`);
  const none = await doctor(scratch);
  equal(none.of("key.source")?.severity, "error");
  Deno.renameSync(`${scratch.home}/elsewhere`, `${scratch.home}/database.key`);

  const path = `${scratch.home}/data/ward.db`;
  const bytes = Deno.readFileSync(path);
  bytes.fill(7, 5_000, 5_200);
  Deno.writeFileSync(path, bytes);
  const damaged = await doctor(scratch);
  equal(damaged.code, 2);
  ok(
    damaged.checks.some(({ id, severity }) => id.startsWith("database.") && severity === "error"),
    damaged.stdout,
  );
});

Deno.test("doctor asks the service, and tells the causes apart; --offline asks nobody", async () => {
  using scratch = makeScratch();
  const secret = "sk-secret-of-the-test";
  let answer = () => Response.json({ object: "list", data: [{ id: "m" }, { id: "other" }] });
  await using service = startModelService(() => answer());
  const env = (base: string, model = "m") => ({
    WARD_PROVIDER: "openai",
    WARD_API_BASE: base,
    WARD_MODEL: model,
    WARD_API_KEY: secret,
  });
  const of = async (base: string, model?: string) => {
    const run = await doctor(scratch, [], env(base, model));
    ok(!run.stdout.includes(secret));
    return { run, reach: run.of("provider.reachable")! };
  };
  const here = `${service.url}/v1`;
  const offline = await doctor(scratch, ["--offline"], env(here));
  equal(offline.of("provider.reachable")?.severity, "info");
  equal(service.requests.length, 0);

  equal((await of(here)).reach.severity, "ok");
  equal(service.requests[0]?.headers.get("authorization"), `Bearer ${secret}`);
  equal((await of(here, "gone")).run.of("provider.model")?.severity, "warning");
  answer = () => Response.json({ error: { message: secret } }, { status: 401 });
  deepEqual((await of(here)).reach.cause, "model.unauthorized");
  answer = () => Response.json({ error: {} }, { status: 404 });
  deepEqual((await of(here)).reach.cause, "model.not_found");
  const tls = (await of(here.replace("http:", "https:"))).reach;
  match(tls.found, /TLS/);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const refused = await of(`http://127.0.0.1:${port}/v1`);
  match(refused.reach.found, /connection refused/);
  equal(refused.run.code, 2);
});
