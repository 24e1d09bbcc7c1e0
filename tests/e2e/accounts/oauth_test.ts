/** `ward oauth` by the whole program, against a service on this machine. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { APP, startOAuthService } from "../../fakes/oauth_service.ts";
import { configureOAuth as configure, connectOAuth as connect } from "../kit/oauth_kit.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, runWard, SOURCE, ward } from "../kit/ward_process.ts";

Deno.test("oauth: connected by the browser, used by http_request, renewed, and taken back", async () => {
  await using service = startOAuthService({ expiresInS: 30 });
  using scratch = makeScratch();
  configure(scratch, service);
  let back = "";
  const connected = await connect(scratch, async (url) => {
    back = service.agree(url);
    // Attack: another page of the browser brings a code of its own, with a state that it made up.
    const forged = back.replace(/state=[^&]+/, "state=forged");
    equal(await fetch(forged).then(async (one) => (await one.body?.cancel(), one.status)), 400);
    // Attack: a code of another service with the state of this login (mix-up, RFC 9207).
    const mixed = back.replace(/iss=[^&]+/, "iss=https%3A%2F%2Fevil.example");
    equal(await fetch(mixed).then(async (one) => (await one.body?.cancel(), one.status)), 400);
    equal(await fetch(back).then(async (one) => (await one.body?.cancel(), one.status)), 200);
  });
  equal(connected.code, 0, connected.stderr);
  match(connected.stderr, /refused: it belongs to another login/);
  match(connected.stderr, /refused: it is of another login service/);
  deepEqual(JSON.parse(connected.stdout).scopes, ["read", "write"]);
  // Attack: the answer is sent once more. Nobody listens, and its code was used.
  await rejects(() => fetch(back));
  equal(service.to("/token").length, 1);

  const list = await ward(scratch, ["oauth", "list", "--json"]);
  equal(JSON.parse(list.stdout)[0].name, "lab");
  const providers = await ward(scratch, ["oauth", "providers"]);
  match(providers.stdout, /^twitter +X \(Twitter\), pkce;[^]*^github [^]*^lab .*; connected$/m);

  const call = {
    name: "http_request",
    arguments: { url: `${service.url}/api`, profile: "lab" },
  };
  await using models = await startScriptedService([{ calls: [call] }, { content: "done" }]);
  const host = new URL(service.url).host;
  const granted = await ward(scratch, [
    ...["permissions", "grant", "net", `GET ${host} as lab`, "--compartment", "web", "--once"],
  ]);
  equal(granted.code, 0, granted.stderr);
  const used = await runWard(["agent", "-w", scratch.workspace, "-m", "ask the lab"], {
    env: { ...scratch.env, ...models.env },
    form: SOURCE,
  });
  equal(used.stdout, "done\n", used.stderr);
  // Its token lived for less than a minute, so it was renewed before it was used.
  equal(service.to("/token").length, 2);
  match(models.bodies().at(-1)!, /known\\?\\": true[^]*\[secret of profile lab\]/);

  equal((await ward(scratch, ["oauth", "refresh", "lab"])).code, 0);
  equal(service.to("/token").length, 3);
  equal((await ward(scratch, ["oauth", "remove", "lab"])).code, 2);
  const removed = await ward(scratch, ["oauth", "remove", "lab", "--yes", "--json"]);
  deepEqual(JSON.parse(removed.stdout), { removed: "lab", revoked: true });
  match(service.to("/revoke")[0]!.body, /^token=refresh-canary/);
  equal((await ward(scratch, ["oauth", "list", "--json"])).stdout.trim(), "[]");

  const seen = [
    connected.stdout,
    connected.stderr,
    list.stdout,
    providers.stdout,
    used.stderr,
    ...models.bodies(),
    Deno.readTextFileSync(`${scratch.home}/secrets.enc`),
  ].join("\n");
  for (const token of [...service.tokens, APP.secret]) ok(!seen.includes(token), token);
});

Deno.test("oauth: what cannot be connected says why, and nothing is kept", async () => {
  await using service = startOAuthService();
  using scratch = makeScratch();
  configure(scratch, service);
  const unknown = await ward(scratch, ["oauth", "connect", "gihub"]);
  equal(unknown.code, 2);
  match(unknown.stderr, /did you mean "github"\?/);
  const denied = await connect(scratch, async (url) => {
    const back = new URL(service.agree(url));
    back.searchParams.delete("code");
    back.searchParams.set("error", "access_denied");
    await (await fetch(back)).body?.cancel();
  });
  equal(denied.code, 1);
  match(denied.stdout + denied.stderr, /it was refused there/);
  // Attack: a code of another client's login, with this login's state.
  const foreign = await connect(scratch, async (url) => {
    const back = new URL(service.agree(url));
    back.searchParams.set("code", "code-of-somebody-else");
    await (await fetch(back)).body?.cancel();
  });
  equal(foreign.code, 1);
  match(foreign.stdout + foreign.stderr, /invalid_grant/);
  equal((await ward(scratch, ["oauth", "list", "--json"])).stdout.trim(), "[]");
  equal((await ward(scratch, ["oauth", "remove", "lab", "--yes"])).code, 2);
});
