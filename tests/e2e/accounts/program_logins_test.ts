/** Logins that other programs made, by the whole program: read and used, and left to their owners. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startGreeter } from "../../fakes/greeter.ts";
import { loginConfig, startLoginService } from "../../fakes/login_service.ts";
import type { ModelService } from "../../fakes/model_service.ts";
import { bearerOf, claudeConfig, HOUR_MS, writeCodex } from "../kit/login_kit.ts";
import { ask, makeScratch, ward, writeConfig } from "../kit/ward_process.ts";

Deno.test("Claude Code's login is read, never renewed or changed; one that has run out says so", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter();
  writeConfig(scratch, claudeConfig(models, logins));
  const path = `${scratch.folder}/user/.claude/.credentials.json`;
  const write = (expiresAt: number) => {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    const login = { accessToken: "of-the-cli", refreshToken: "theirs", expiresAt };
    Deno.writeTextFileSync(path, JSON.stringify({ claudeAiOauth: login }), { mode: 0o600 });
  };
  write(Date.now() + HOUR_MS);
  const before = Deno.readTextFileSync(path);
  const run = await ask(scratch, "hi");
  equal(run.code, 0, run.stderr);
  equal(bearerOf(models.requests[0]!), "of-the-cli");
  equal(Deno.readTextFileSync(path), before);
  write(1);
  const stale = await ask(scratch, "hi", { WARD_PROVIDER: "anthropic" });
  equal(stale.code, 2);
  match(stale.stderr, /log in: claude/);
  const status = await ward(scratch, ["status"]);
  match(status.stdout, /anthropic: the login of Claude Code; it has run out/);
  deepEqual(logins.requests, []);
});

Deno.test("Qwen Code's login is read, never renewed or changed; one that has run out says so", async () => {
  using scratch = makeScratch();
  await using models = startGreeter();
  await using other = startGreeter();
  const at = (service: ModelService) => `[providers.qwen]\napi_base = "${service.url}/v1"\n`;
  const path = `${scratch.folder}/user/.qwen/oauth_creds.json`;
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  const write = (more: object) => {
    const login = { access_token: "of-qwen-code", refresh_token: "theirs", token_type: "Bearer" };
    Deno.writeTextFileSync(path, JSON.stringify({ ...login, ...more }), { mode: 0o600 });
  };
  writeConfig(scratch, at(models));
  write({ expiry_date: Date.now() + HOUR_MS, resource_url: "portal.qwen.ai" });
  const before = Deno.readTextFileSync(path);
  const run = await ask(scratch, "hi");
  deepEqual([run.code, run.stdout], [0, "Hello.\n"], run.stderr);
  deepEqual(models.requests.map(({ path }) => path), ["/v1/chat/completions"]);
  equal(bearerOf(models.requests[0]!), "of-qwen-code");
  ok(!JSON.stringify(models.requests).includes("theirs"), "what renews it stays where it is");
  equal(Deno.readTextFileSync(path), before);
  const status = await ward(scratch, ["status"]);
  match(status.stdout, /qwen: .*Qwen Code/);
  // An attack: the file itself names where the token is to go.
  write({ expiry_date: Date.now() + HOUR_MS, resource_url: other.url });
  equal((await ask(scratch, "hi")).code, 0);
  equal(other.requests.length, 0);
  write({ expiry_date: 1 });
  // At the service's own address, which wants a key or a login: nothing is sent.
  writeConfig(scratch, "");
  const stale = await ask(scratch, "hi", { WARD_PROVIDER: "qwen" });
  equal(stale.code, 2);
  match(stale.stderr, /log in: qwen/);
  equal(models.requests.length, 2);
});

Deno.test("Codex: its login pays after provider = openai_codex, with the account's header", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  await using models = startGreeter();
  const config = `[providers.openai_codex]\napi_base = "${models.url}"\n${
    loginConfig(logins, "codex")
  }`;
  const file = writeCodex(scratch, logins.refreshToken());
  writeConfig(scratch, loginConfig(logins, "codex"));
  const found = await ward(scratch, ["status"]);
  match(
    found.stdout,
    /openai_codex: the login of the Codex CLI; used after provider = "openai_codex"/,
  );
  match(found.stdout, /provider +builtin/);
  writeConfig(scratch, `[model]\nprovider = "openai_codex"\n${config}`);
  const run = await ask(scratch, "hi");
  equal(run.code, 0, run.stderr);
  equal(run.stdout, "Hello.\n");
  const [request] = models.requests;
  equal(request!.path, "/responses");
  equal(request!.headers.get("chatgpt-account-id"), "acc-7");
  equal(request!.headers.get("originator"), "ward");
  const after = JSON.parse(Deno.readTextFileSync(file));
  equal(after.kept, true);
  equal(bearerOf(request!), after.tokens.access_token);
  equal(logins.to("/token").length, 1);
});
