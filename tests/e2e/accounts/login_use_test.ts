/** Models that are paid by a login, by the whole program: which token goes where, and when it is renewed. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { textsBelow } from "../../fakes/canaries.ts";
import { startGreeter } from "../../fakes/greeter.ts";
import { loginConfig, startLoginService } from "../../fakes/login_service.ts";
import {
  bearerOf,
  claudeConfig,
  HOUR_MS,
  secondMeanwhile,
  writeClaude,
  writeCodex,
} from "../kit/login_kit.ts";
import { ask, makeScratch, startWard, ward, writeConfig } from "../kit/ward_process.ts";

Deno.test("Claude's login pays in place of a key, unless that is switched off; status says which", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter();
  writeConfig(scratch, claudeConfig(models, logins));
  writeClaude(scratch, {
    access: "access-1",
    refresh: "refresh-1",
    expiresAtMs: Date.now() + HOUR_MS,
  });
  const key = { ANTHROPIC_API_KEY: "key-1" };
  const run = await ask(scratch, "hi", key);
  equal(run.code, 0, run.stderr);
  equal(run.stdout, "Hello.\n");
  const [request] = models.requests;
  equal(bearerOf(request!), "access-1");
  ok([...request!.headers].every(([, value]) => !value.includes("key-1")));
  match(request!.headers.get("anthropic-beta") ?? "", /oauth-2025-04-20/);
  deepEqual(logins.requests, []);

  const status = await ward(scratch, ["status"], key);
  match(status.stdout, /provider .*ward's own login of Claude/);
  match(status.stdout, /found +anthropic: ward's own login of Claude/);

  const off = await ask(scratch, "hi", { ...key, WARD_ANTHROPIC_OAUTH_DISABLED: "1" });
  equal(off.code, 0, off.stderr);
  const last = models.requests.at(-1)!;
  equal(bearerOf(last), "key-1");
  ok(!(last.headers.get("anthropic-beta") ?? "").includes("oauth"));
});

Deno.test("a token that has run out is renewed once by two processes at once, and kept", async () => {
  using scratch = makeScratch();
  const start = () =>
    startWard(["agent", "-m", "hi"], { env: scratch.env, cwd: scratch.workspace });
  const pair = secondMeanwhile(start, `${scratch.home}/auth/anthropic`);
  await using logins = startLoginService({ instead: pair.instead });
  await using models = startGreeter();
  writeConfig(scratch, claudeConfig(models, logins));
  writeClaude(scratch, { access: "old", refresh: logins.refreshToken(), expiresAtMs: 1 });
  for (const run of [await start().done, await pair.second!.done]) equal(run.code, 0, run.stderr);
  equal(models.requests.length, 2);
  equal(logins.to("/token").length, 1);
  const sent = JSON.parse(logins.to("/token")[0]!.body);
  equal(sent.client_id, "client-of-the-login");
  const tokens = new Set(models.requests.map(bearerOf));
  equal(tokens.size, 1);
  ok(!tokens.has("old"));
  const file = `${scratch.home}/auth/anthropic/oauth.json`;
  ok(tokens.has(JSON.parse(Deno.readTextFileSync(file)).access_token));
  equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
});

Deno.test("a token that the service refuses is renewed, and the call made again in the same turn", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter(new Set(["taken-back"]));
  writeConfig(scratch, claudeConfig(models, logins));
  writeClaude(scratch, {
    access: "taken-back",
    refresh: logins.refreshToken(),
    expiresAtMs: Date.now() + HOUR_MS,
  });
  const run = await ask(scratch, "hi");
  equal(run.code, 0, run.stderr);
  equal(run.stdout, "Hello.\n");
  equal(logins.to("/token").length, 1);
  equal(models.requests.length, 2);
});

Deno.test("a login that was taken back ends the turn with the command that mends it", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter();
  writeConfig(scratch, claudeConfig(models, logins));
  writeClaude(scratch, { access: "old-canary", refresh: "revoked-canary", expiresAtMs: 1 });
  const run = await ask(scratch, "hi");
  equal(run.code, 1);
  match(run.stderr, /ward auth claude login/);
  ok(!/canary/.test(run.stderr + run.stdout));
  deepEqual(models.requests, []);
});

Deno.test("each token is in requests to its own host alone: in no log, audit row, error or child's environment", async () => {
  using scratch = makeScratch({ "notes.md": "x\n" });
  await using logins = startLoginService();
  const refused = new Set<string>();
  await using models = startGreeter(refused);
  writeConfig(
    scratch,
    `[logging]\nlevel = "trace"\n[commands]\nallow = ["env"]\n${claudeConfig(models, logins)}`,
  );
  writeClaude(scratch, { access: "access-canary", refresh: logins.refreshToken(), expiresAtMs: 1 });
  const runs = [await ask(scratch, "hi")];
  const child = await ask(scratch, "run env", {}, ["--provider", "builtin"]);
  match(child.stdout, /PATH=/, "control: what the child was given is seen");
  runs.push(child);
  // Also where everything goes wrong.
  for (const secret of logins.secrets) refused.add(secret);
  logins.script.instead = ({ body }) => Response.json({ error: body }, { status: 400 });
  const failed = await ask(scratch, "hi", {}, ["--debug"]);
  equal(failed.code, 1, failed.stderr);
  equal(logins.to("/token").length, 2, "control: the first renewal and one that failed");
  runs.push(failed);
  runs.push(await ward(scratch, ["audit", "--json"]));
  runs.push(await ward(scratch, ["logs", "-n", "1000"]));
  runs.push(await ward(scratch, ["status", "--json"]));
  runs.push(await ward(scratch, ["doctor", "--json"]));
  const told = runs.map(({ stdout, stderr }) => stdout + stderr).join("\n");
  const own = `${scratch.home}/auth/anthropic/oauth.json`;
  const files = textsBelow(scratch.folder).filter(([path]) => path !== own);
  const secrets = [...logins.secrets, "access-canary"];
  ok(secrets.length >= 4);
  const access = secrets.filter((secret) => secret.startsWith("access"));
  for (const secret of secrets) {
    ok(!told.includes(secret), told);
    for (const [path, text] of files) ok(!text.includes(secret), path);
    for (const { path, body, headers } of models.requests) {
      ok(!body.includes(secret) && !path.includes(secret));
      const inHeaders = [...headers].filter(([, value]) => value.includes(secret));
      const isHere = access.includes(secret) ? ["authorization"] : [];
      ok(inHeaders.every(([name]) => isHere.includes(name)), JSON.stringify(inHeaders));
    }
    for (const { path, body, headers } of logins.requests) {
      const isHere = path === "/token" && !access.includes(secret);
      ok(isHere || !body.includes(secret), path);
      ok(!path.includes(secret) && [...headers].every(([, value]) => !value.includes(secret)));
    }
  }
});

Deno.test("a login service's bad address stops nothing but that login, which says what is wrong", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter();
  const key = { ANTHROPIC_API_KEY: "key-1" };
  const variable = { ...key, CODEX_REFRESH_TOKEN_URL_OVERRIDE: "http://corp.example/token" };
  const bad = `[providers.anthropic]\napi_base = "${models.url}"\n` +
    `[accounts.claude]\ntoken_url = "http://corp.example/token"\n`;
  writeConfig(scratch, bad);
  const without = await ask(scratch, "hi", variable);
  equal(without.code, 0, without.stderr);
  writeClaude(scratch, { access: "a", refresh: "r", expiresAtMs: Date.now() + HOUR_MS });
  writeCodex(scratch, logins.refreshToken());
  const run = await ask(scratch, "hi", variable);
  equal(run.code, 0, run.stderr);
  equal(
    bearerOf(models.requests.at(-1)!) || models.requests.at(-1)!.headers.get("x-api-key"),
    "key-1",
  );
  const { stdout } = await ward(scratch, ["status"], variable);
  match(
    stdout,
    /anthropic: .*token_url of Claude.*: ward config unset accounts\.claude\.token_url/,
  );
  match(
    stdout,
    /openai_codex: .*variable CODEX_REFRESH_.*: unset CODEX_REFRESH_TOKEN_URL_OVERRIDE/,
  );
  const list = await ward(scratch, ["connect", "status", "--json"], variable);
  const states = JSON.parse(list.stdout).logins.map((one: { state: string }) => one.state);
  deepEqual(states, ["broken", "broken", "none", "none"]);
  const refresh = await ward(scratch, ["auth", "codex", "refresh"], variable);
  equal(refresh.code, 2);
  match(refresh.stderr, /unset CODEX_REFRESH_TOKEN_URL_OVERRIDE/);
  const logout = await ward(scratch, ["auth", "claude", "logout", "--json"], variable);
  equal(logout.code, 0, logout.stderr);
  deepEqual(JSON.parse(logout.stdout), { name: "claude", removed: true, revoked: false });
});

for (const name of ["copilot", "chatgpt"] as const) {
  Deno.test(`${name}: connected by a code, it pays with its own headers, and is renewed and kept sealed`, async () => {
    using scratch = makeScratch();
    await using logins = startLoginService({ intervalS: 0.02, expiresInS: 1 });
    const refused = new Set<string>();
    await using models = startGreeter(refused);
    writeConfig(
      scratch,
      `[providers.${name}]\napi_base = "${models.url}"\n${loginConfig(logins, name)}`,
    );
    const connected = await ward(scratch, ["connect", name]);
    equal(connected.code, 0, connected.stderr);
    const first = await ask(scratch, "hi");
    equal(first.code, 0, first.stderr);
    equal(first.stdout, "Hello.\n");
    const [request] = models.requests;
    if (name === "copilot") {
      equal(request!.path, "/chat/completions");
      equal(request!.headers.get("copilot-integration-id"), "vscode-chat");
      match(request!.headers.get("editor-version") ?? "", /^ward\/\d/);
      equal(request!.headers.get("x-initiator"), "user");
    } else {
      equal(request!.path, "/responses");
      equal(request!.headers.get("originator"), "ward");
    }
    // What was given out so far is refused from now on: a new one is got, used, and saved.
    for (const secret of logins.secrets) refused.add(secret);
    const asked = logins.requests.length;
    const second = await ask(scratch, "hi");
    equal(second.code, 0, second.stderr);
    ok(logins.requests.length > asked);
    const used = bearerOf(models.requests.at(-1)!);
    ok(!refused.has(used));
    for (const [path, text] of textsBelow(scratch.home)) {
      for (const secret of logins.secrets) ok(!text.includes(secret), path);
    }
    // The new one was saved: the next start uses it without asking.
    if (name === "copilot") {
      const before = logins.requests.length;
      equal((await ask(scratch, "hi")).code, 0);
      equal(bearerOf(models.requests.at(-1)!), used);
      equal(logins.requests.length, before);
    }
  });
}

Deno.test("attack: Copilot is reached at the host that its exchange names, where that is GitHub's", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService({ intervalS: 0.02 });
  writeConfig(scratch, loginConfig(logins, "copilot"));
  const hostFor = async (apiBase: string) => {
    logins.script.apiBase = apiBase;
    const connected = await ward(scratch, ["connect", "copilot"]);
    equal(connected.code, 0, connected.stderr);
    const run = await ward(scratch, ["permissions", "--json"], { WARD_PROVIDER: "copilot" });
    equal(run.code, 0, run.stderr);
    return /"(api\.[\w.-]*githubcopilot\.com[\w.-]*):443"/.exec(run.stdout)?.[1];
  };
  equal(await hostFor("https://api.business.githubcopilot.com"), "api.business.githubcopilot.com");
  for (
    const hostile of [
      "https://api.business.githubcopilot.com.evil.example",
      "http://api.business.githubcopilot.com",
      "https://u:p@api.business.githubcopilot.com",
    ]
  ) equal(await hostFor(hostile), "api.githubcopilot.com", hostile);
});

Deno.test("doctor names logins that do not work and modes that let others in, and mends ward's own", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter();
  writeConfig(scratch, claudeConfig(models, logins));
  writeClaude(scratch, { access: "a", refresh: "r", expiresAtMs: Date.now() + HOUR_MS });
  equal((await ask(scratch, "hi")).code, 0);
  const file = `${scratch.home}/auth/anthropic/oauth.json`;
  Deno.chmodSync(file, 0o644);
  const checks = async (...args: string[]) => {
    const run = await ward(scratch, ["doctor", "--offline", "--json", ...args]);
    const report = JSON.parse(run.stdout) as {
      checks: { id: string; severity: string; subject: string }[];
    };
    return report.checks.filter(({ id, subject }) => id.startsWith("logins.") || subject === file)
      .map(({ id, severity }) => `${id} ${severity}`);
  };
  deepEqual(await checks(), ["logins.state warning", "data.mode warning"]);
  equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o644, "looking changes nothing");
  const refused = await ask(scratch, "hi", { WARD_PROVIDER: "anthropic" });
  equal(refused.code, 2);
  match(refused.stderr, /ward auth claude login/);
  await checks("--fix", "--yes");
  deepEqual(await checks(), ["logins.state ok"]);
  equal((await ask(scratch, "hi")).code, 0);
});

Deno.test("doctor renews no login: a service whose login is due is not asked", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter();
  writeConfig(scratch, claudeConfig(models, logins));
  const login = { access: "a", refresh: logins.refreshToken() };
  const reached = async (expiresAtMs: number) => {
    writeClaude(scratch, { ...login, expiresAtMs });
    const file = `${scratch.home}/auth/anthropic/oauth.json`;
    const before = Deno.readTextFileSync(file);
    const asked = models.requests.length;
    const { checks } = JSON.parse((await ward(scratch, ["doctor", "--json"])).stdout);
    equal(Deno.readTextFileSync(file), before);
    const text = JSON.stringify(
      checks.filter(({ id }: { id: string }) => id === "provider.reachable"),
    );
    return { text, asked: models.requests.length - asked };
  };
  const due = await reached(Date.now() - HOUR_MS);
  match(due.text, /was not asked: its login is due/);
  equal(due.asked, 0);
  ok((await reached(Date.now() + HOUR_MS)).asked > 0, "control: a good one is used");
  equal(logins.requests.length, 0);
});
