/** Renewing of the Codex CLI's login, switched off: it is used to its end, and said where one looks. */
import { deepEqual, equal, match } from "node:assert/strict";
import { jwt } from "../../accounts/kit.ts";
import { loginConfig, startLoginService } from "../../fakes/login_service.ts";
import { makeScratch, type Scratch, ward, writeConfig } from "../kit/ward_process.ts";

const OFF = { WARD_CODEX_REFRESH_DISABLED: "1", WARD_PROVIDER: "openai_codex" };

function writeCodex(scratch: Scratch, refresh: string, exp: number): void {
  const folder = `${scratch.folder}/user/.codex`;
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tokens = { access_token: jwt({ exp }), refresh_token: refresh };
  Deno.writeTextFileSync(`${folder}/auth.json`, JSON.stringify({ tokens }), { mode: 0o600 });
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

Deno.test("Codex with renewing off: status says so, a living token is not due, one that ran out is stale", async () => {
  using scratch = makeScratch();
  await using logins = startLoginService();
  writeConfig(scratch, loginConfig(logins, "codex"));
  const status = async (variables: Record<string, string>) => {
    const told = await ward(scratch, ["auth", "codex", "status"], variables);
    const { stdout } = await ward(scratch, ["auth", "codex", "status", "--json"], variables);
    const { state, renewalOff, problem, mend } = JSON.parse(stdout);
    return { told, state, renewalOff, problem, mend };
  };
  const refresh = logins.refreshToken();
  writeCodex(scratch, refresh, inAnHour());
  const on = await status({});
  deepEqual([on.state, on.renewalOff], ["due", null]);
  equal(/renewing/.test(on.told.stdout), false);
  const off = await status(OFF);
  deepEqual([off.state, off.renewalOff], ["good", "WARD_CODEX_REFRESH_DISABLED"]);
  match(off.told.stdout, /^renewing +off \(WARD_CODEX_REFRESH_DISABLED\)$/m);
  const list = await ward(scratch, ["connect", "status"], OFF);
  match(list.stdout, /^\[\+\] codex .*renewing is off \(WARD_CODEX_REFRESH_DISABLED\)/m);

  writeCodex(scratch, refresh, 1_000);
  const over = await status(OFF);
  equal(over.told.code, 1);
  deepEqual([over.state, over.mend], ["stale", "ward auth codex refresh"]);
  match(over.problem, /renewing is off \(WARD_CODEX_REFRESH_DISABLED\)/);
  const run = await ward(scratch, ["agent", "-m", "hi"], OFF);
  equal(run.code, 2);
  match(run.stderr, /renewing is off \(WARD_CODEX_REFRESH_DISABLED\)/);
  match(run.stderr, /ward auth codex refresh/);
  deepEqual(logins.requests, []);

  // What the user asks for by name is done all the same.
  equal((await ward(scratch, ["auth", "codex", "refresh"], OFF)).code, 0);
  equal(logins.to("/token").length, 1);
});
