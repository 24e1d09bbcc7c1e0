/** Logins by the whole program, against a login service on this machine. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { jwt } from "../../accounts/kit.ts";
import { loginConfig, startLoginService } from "../../fakes/login_service.ts";
import { noteBrowser, pasteLogin, secondMeanwhile } from "../kit/login_kit.ts";
import { makeScratch, type Scratch, startWard, ward, writeConfig } from "../kit/ward_process.ts";

/** Everything below a folder as text, file by file. */
function textsBelow(folder: string): [string, string][] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory, isFile }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return textsBelow(path);
    return isFile ? [[path, new TextDecoder().decode(Deno.readFileSync(path))]] : [];
  });
}

Deno.test("Claude: login by a pasted code, status, logout; the tokens are in their file alone", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "claude"));
  const run = await pasteLogin(scratch, (url) => {
    const { code, state, redirectUri } = service.agree(url);
    equal(redirectUri, "https://platform.claude.com/oauth/code/callback");
    return `${code}#${state}\n`;
  });
  equal(run.code, 0, run.stderr);
  const file = `${scratch.home}/auth/anthropic/oauth.json`;
  equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
  const report = JSON.parse(run.stdout);
  equal(report.state, "good");
  equal(report.account, "ada@example.com");

  const status = await ward(scratch, ["auth", "claude", "status"]);
  equal(status.code, 0, status.stderr);
  match(status.stdout, /ada@example\.com/);
  match(status.stdout, /until {5}20\d\d-/);
  const list = await ward(scratch, ["connect", "status"]);
  match(list.stdout, /^\[\+\] claude .*ada@example\.com/m);
  match(list.stdout, /^\[-\] copilot .*ward connect copilot/m);

  const told = [run, status, list].map(({ stdout, stderr }) => stdout + stderr).join("");
  for (const secret of service.secrets) {
    ok(!told.includes(secret), told);
    const holding = textsBelow(scratch.home).filter(([, text]) => text.includes(secret));
    ok(holding.every(([path]) => path === file), String(holding.map(([path]) => path)));
  }

  const logout = await ward(scratch, ["auth", "claude", "logout", "--json"]);
  deepEqual(JSON.parse(logout.stdout), { name: "claude", removed: true, revoked: true });
  equal(service.to("/revoke").length, 1);
  const after = await ward(scratch, ["auth", "claude", "status"]);
  equal(after.code, 1);
  match(after.stdout, /not logged in/);
  match(after.stdout, /ward auth claude login/);
  equal((await ward(scratch, ["auth", "claude", "logout"])).code, 0);
});

Deno.test("attack: a pasted code of another login keeps nothing and asks nobody for tokens", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "claude"));
  const run = await pasteLogin(scratch, (url) => `${service.agree(url).code}#another-state\n`);
  equal(run.code, 1);
  equal(
    JSON.parse(run.stderr.split("\n").findLast((line) => line.startsWith("{")) ?? "").error.code,
    "account.state",
  );
  deepEqual(service.requests, []);
  equal((await ward(scratch, ["auth", "claude", "status"])).code, 1);
});

Deno.test("Claude: the browser is opened, brings the code, and is told no secret", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "claude"));
  const browser = noteBrowser(scratch);
  const run = startWard(["auth", "claude", "login", "--json"], {
    env: {
      ...scratch.env,
      BROWSER: browser.program,
      ANTHROPIC_API_KEY: "key-canary",
      DISPLAY: ":9",
    },
    cwd: scratch.workspace,
  });
  await run.said("--no-browser");
  const url = await browser.opened();
  equal(new URL(url).origin, service.url);
  const { code, state, redirectUri } = service.agree(url);
  match(redirectUri, /^http:\/\/localhost:\d+\/callback$/);
  const port = new URL(redirectUri).port;
  const get = (query: string) =>
    fetch(`http://127.0.0.1:${port}/callback?${query}`).then(async (response) => {
      await response.body?.cancel();
      return response.status;
    });
  equal(await get(`code=${code}&state=another`), 400);
  equal(await get(`code=${code}&state=${state}`), 200);
  const { code: exit, stdout, stderr } = await run.done;
  equal(exit, 0, stderr);
  match(stderr, /its state differs/);
  equal(JSON.parse(stdout).state, "good");
  const env = browser.environment();
  match(env, /^DISPLAY=:9$/m);
  ok(!env.includes("key-canary"), env);
  const sent = JSON.parse(service.to("/token")[0]!.body);
  ok(!url.includes(sent.code_verifier));
});

function writeCodex(scratch: Scratch, refreshToken: string, exp: number): string {
  const path = `${scratch.folder}/user/.codex/auth.json`;
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  const file = {
    OPENAI_API_KEY: "sk-kept",
    auth_mode: "chatgpt",
    future: { kept: [1, 2.5, null, "é"] },
    tokens: {
      id_token: jwt({ email: "ada@example.com" }),
      access_token: jwt({ exp }),
      refresh_token: refreshToken,
      account_id: "acc",
    },
    last_refresh: "2026-01-01T00:00:00Z",
  };
  Deno.writeTextFileSync(path, JSON.stringify(file), { mode: 0o600 });
  return path;
}

Deno.test("Codex: two processes renew at once by one request, and every other key is kept", async () => {
  using scratch = makeScratch();
  const folder = `${scratch.folder}/user/.codex`;
  const refresh = () =>
    startWard(["auth", "codex", "refresh"], { env: scratch.env, cwd: scratch.workspace });
  const pair = secondMeanwhile(refresh, folder);
  await using service = startLoginService({ instead: pair.instead });
  writeConfig(scratch, loginConfig(service, "codex"));
  const path = writeCodex(scratch, service.refreshToken(), 1_000);
  const before = JSON.parse(Deno.readTextFileSync(path));
  const first = await refresh().done;
  equal(first.code, 0, first.stderr);
  const other = await pair.second!.done;
  equal(other.code, 0, other.stderr);
  const after = JSON.parse(Deno.readTextFileSync(path));
  const { tokens, last_refresh: _, ...rest } = after;
  const { tokens: old, last_refresh: __, ...kept } = before;
  deepEqual(rest, kept);
  equal(tokens.account_id, "acc");
  equal(tokens.id_token, old.id_token);
  equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  equal([...Deno.readDirSync(`${scratch.folder}/user/.codex`)].length, 1);
  const requests = service.to("/token");
  equal(requests.length, 1);
  equal(
    requests[0]!.body,
    `grant_type=refresh_token&client_id=app_EMoamEEZ73f0CkXaXp7hrann&refresh_token=${old.refresh_token}`,
  );
});

Deno.test("Codex: a login that was taken back names codex login, and the file stays as it was", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  writeConfig(scratch, loginConfig(service, "codex"));
  const path = writeCodex(scratch, "spent-canary", 1_000);
  const before = Deno.readTextFileSync(path);
  const run = await ward(scratch, ["auth", "codex", "refresh"]);
  equal(run.code, 1);
  match(run.stderr, /codex login/);
  ok(!run.stderr.includes("spent-canary"));
  equal(Deno.readTextFileSync(path), before);
  const elsewhere = await ward(scratch, ["auth", "codex", "status"], {
    CODEX_HOME: `${scratch.folder}/none`,
  });
  equal(elsewhere.code, 1);
  match(elsewhere.stdout, /not logged in/);
});

Deno.test("Copilot: a device code is shown and granted, and the login is sealed", async () => {
  using scratch = makeScratch();
  await using service = startLoginService({ intervalS: 0.02, polls: ["pending", "granted"] });
  writeConfig(scratch, loginConfig(service, "copilot"));
  const run = await ward(scratch, ["connect", "github-copilot", "--no-browser"]);
  equal(run.code, 0, run.stderr);
  match(run.stderr, /WDJB-MJHT/);
  ok(run.stderr.includes(`${service.url}/enter`), run.stderr);
  match(run.stdout, /GitHub Copilot: logged in/);
  equal(service.to("/token").length, 2);
  for (const [path, text] of textsBelow(scratch.home)) {
    for (const secret of service.secrets) ok(!text.includes(secret), path);
  }
  const gone = await ward(scratch, ["disconnect", "copilot", "--json"]);
  deepEqual(JSON.parse(gone.stdout), { disconnected: ["copilot"], failed: [] });
  match((await ward(scratch, ["disconnect"])).stdout, /Nothing is connected/);
});

for (const name of ["copilot", "chatgpt"]) {
  Deno.test(`${name}: the page for the code is opened in the browser, which is told no secret`, async () => {
    using scratch = makeScratch();
    const browser = noteBrowser(scratch);
    await using service = startLoginService({ intervalS: 0.02 });
    writeConfig(scratch, loginConfig(service, name));
    const env = { BROWSER: browser.program, DISPLAY: ":9", GROQ_API_KEY: "key-canary" };
    const run = await ward(scratch, ["connect", name], env);
    equal(run.code, 0, run.stderr);
    equal(await browser.opened(), `${service.url}/${name === "copilot" ? "enter" : "verify"}`);
    const told = browser.environment();
    match(told, /^DISPLAY=:9$/m);
    for (const secret of ["key-canary", ...service.secrets]) ok(!told.includes(secret), told);
  });

  Deno.test(`${name}: --no-browser shows the page and opens none`, async () => {
    using scratch = makeScratch();
    const browser = noteBrowser(scratch);
    await using service = startLoginService({ intervalS: 0.02 });
    writeConfig(scratch, loginConfig(service, name));
    const env = { BROWSER: browser.program, DISPLAY: ":9" };
    const run = await ward(scratch, ["connect", name, "--no-browser"], env);
    equal(run.code, 0, run.stderr);
    ok(run.stderr.includes(service.url), run.stderr);
    ok(!browser.wasOpened());
  });
}

Deno.test("a device code that is refused, that has expired, and an account without the service", async () => {
  using scratch = makeScratch();
  await using service = startLoginService({ intervalS: 0.02 });
  writeConfig(scratch, loginConfig(service, "copilot") + loginConfig(service, "chatgpt"));
  for (const name of ["copilot", "chatgpt"]) {
    for (const [state, words] of [["denied", /refused there/], ["expired", /not used in time/]]) {
      service.script.polls = [state as "denied"];
      const run = await ward(scratch, ["connect", name]);
      equal(run.code, 1);
      match(run.stderr, words as RegExp);
      ok(run.stderr.includes(`ward connect ${name}`), run.stderr);
    }
  }
  service.script.polls = ["granted"];
  service.script.instead = ({ path }) =>
    path === "/exchange" ? Response.json({ error: "x" }, { status: 403 }) : null;
  const run = await ward(scratch, ["connect", "copilot"]);
  equal(run.code, 1);
  match(run.stderr, /may not use GitHub Copilot/);
  match((await ward(scratch, ["connect", "status"])).stdout, /^\[-\] copilot/m);
});

Deno.test("attack: a service that sends the user to another page with its code", async () => {
  using scratch = makeScratch();
  await using service = startLoginService();
  service.script.instead = () =>
    Response.json({
      device_code: "d",
      user_code: "WDJB-MJHT",
      verification_uri: "https://evil.example/login/device",
      expires_in: 900,
      interval: 1,
    });
  writeConfig(scratch, loginConfig(service, "copilot"));
  const run = await ward(scratch, ["connect", "copilot"]);
  equal(run.code, 1);
  ok(!run.stderr.includes("evil.example"), run.stderr);
  match(run.stderr, /another address than its own/);
});
