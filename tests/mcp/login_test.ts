/** Logins at MCP servers: found, registered, agreed, kept, renewed and used. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { startMcpLoginService } from "../fakes/mcp/login_service.ts";
import { loginKit } from "./login_kit.ts";

/** The token in a header. */
function headerOf(said: { header: string } | { problem: string }): string {
  ok("header" in said, JSON.stringify(said));
  return said.header;
}

async function ask(server: string, header: string): Promise<number> {
  const response = await fetch(server, { method: "POST", headers: { authorization: header } });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a login: discovered, registered once, kept sealed, and good for its server alone", async () => {
  await using service = startMcpLoginService({ scope: "read write" });
  using kit = loginKit();
  deepEqual(await kit.authorizer()("lab", service.server), { problem: "no_login" });
  let page = "";
  await kit.logIn(service, {
    browse: async (url) => {
      page = url;
      await (await fetch(service.agree(url))).body?.cancel();
    },
  });
  const asked = new URL(page).searchParams;
  equal(asked.get("resource"), service.server);
  equal(asked.get("scope"), "read write");
  equal(asked.get("code_challenge_method"), "S256");
  const header = headerOf(await kit.authorizer()("lab", service.server));
  equal(await ask(service.server, header), 200);
  // Attack: the entry leads to another server now; the token stays home.
  deepEqual(await kit.authorizer()("lab", "http://127.0.0.1:9/mcp"), { problem: "other_address" });
  equal(Deno.readTextFileSync(`${kit.home}/secrets.enc`).includes("canary"), false);
  // The second login is of the client that the first one registered.
  await kit.logIn(service);
  equal(service.to("/register").length, 1);
  const registered = JSON.parse(service.to("/register")[0]!.body);
  deepEqual(registered.redirect_uris, [asked.get("redirect_uri")]);
  match(registered.redirect_uris[0], /^http:\/\/127\.0\.0\.1:\d+\/callback\/[0-9a-f]{16}$/);
});

Deno.test("a token is renewed before it runs out, once for many requests of two processes", async () => {
  await using service = startMcpLoginService({ expiresInS: 300 });
  using kit = loginKit();
  await kit.logIn(service);
  const [one, other] = [kit.authorizer(), kit.authorizer()];
  const before = headerOf(await one("lab", service.server));
  const connection = (await kit.store.read())!;
  await kit.store.write({
    ...connection,
    login: { ...connection.login, expiresAtMs: kit.clock.now() + 30_000 },
  });
  const tokens = await Promise.all(
    Array.from({ length: 12 }, (_, at) => (at % 2 ? one : other)("lab", service.server)),
  );
  const renewed = new Set(tokens.map(headerOf));
  equal(renewed.size, 1);
  ok(!renewed.has(before));
  equal(service.to("/token").length, 2);
  for (const header of renewed) equal(await ask(service.server, header), 200);
  // Neither the old one nor the new one gets into a log, a request or an answer.
  for (const header of [before, ...renewed]) {
    ok(kit.known.values.includes(header.replace("Bearer ", "")));
  }
});

Deno.test("requests that run while a token is taken back: each gets the new one, none is lost", async () => {
  await using service = startMcpLoginService();
  using kit = loginKit();
  await kit.logIn(service);
  const authorize = kit.authorizer();
  const old = headerOf(await authorize("lab", service.server));
  service.forgetAccess();
  // As the client does: the header of a 401 is given back, and the request made again.
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => {
    equal(await ask(service.server, old), 401);
    return await ask(service.server, headerOf(await authorize("lab", service.server, old)));
  }));
  deepEqual(new Set(statuses), new Set([200]));
  equal(service.to("/token").length, 2);
});

Deno.test("a login made anew or ended by another process counts with the next request", async () => {
  await using service = startMcpLoginService();
  using kit = loginKit();
  await kit.logIn(service);
  const authorize = kit.authorizer();
  const first = headerOf(await authorize("lab", service.server));
  const before = headerOf(await authorize("lab", service.server, first));
  await kit.logIn(service);
  const after = headerOf(await authorize("lab", service.server));
  ok(before !== after);
  // Refused, it is renewed: what this process had of the login before is not taken for it.
  const renewed = headerOf(await authorize("lab", service.server, after));
  ok(![first, before, after].includes(renewed));
  equal(await ask(service.server, renewed), 200);
  await kit.store.remove();
  deepEqual(await authorize("lab", service.server), { problem: "no_login" });
});

Deno.test("what cannot be renewed says why: taken back, run out, out of reach", async () => {
  await using service = startMcpLoginService();
  using kit = loginKit();
  await kit.logIn(service);
  const authorize = kit.authorizer();
  const connection = (await kit.store.read())!;
  const over = { ...connection.login, expiresAtMs: kit.clock.now() - 1 };
  await kit.store.write({ ...connection, login: { ...over, refreshToken: null } });
  deepEqual(await authorize("lab", service.server), { problem: "expired" });
  service.forgetRefresh();
  await kit.store.write({ ...connection, login: over });
  deepEqual(await authorize("lab", service.server), { problem: "invalid_token" });
  const gone = { ...connection.service!, tokenUrl: `${new URL("/gone", service.url)}` };
  await kit.store.write({ ...connection, login: over, service: gone });
  deepEqual(await authorize("lab", service.server), { problem: "unreachable" });
  ok(kit.problems.every((error) => !`${error.message} ${error.hint}`.includes("canary")));
});

Deno.test("a client of the owner's own goes with its secret; nothing is registered", async () => {
  const client = { id: "own-id", secret: "own-secret-canary" };
  await using service = startMcpLoginService({ client });
  using kit = loginKit();
  await kit.logIn(service, { client });
  equal(service.to("/register").length, 0);
  equal(
    service.to("/token")[0]!.headers.get("authorization"),
    `Basic ${btoa("own-id:own-secret-canary")}`,
  );
  const header = headerOf(await kit.authorizer()("lab", service.server));
  equal(await ask(service.server, header), 200);
});

Deno.test("a service that registers nobody asks for a client, with the setting for it", async () => {
  await using service = startMcpLoginService({
    edit: (_, description) => delete description["registration_endpoint"],
  });
  using kit = loginKit();
  await rejects(kit.logIn(service), (error: AppErrorLike) => {
    equal(error.code, "mcp.needs_client");
    match(error.hint ?? "", /mcpServers\.lab\.oauth\.clientId/);
    return true;
  });
});

interface AppErrorLike {
  readonly code: string;
  readonly hint?: string;
}
