/** The real thread of a login service, under its real permissions, against a service like the real ones. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { withAuth } from "../../src/app/accounts/auth_thread.ts";
import { AppError } from "../../src/base/app_error.ts";
import { type Account, accountOf } from "../../src/kernel/accounts/account_table.ts";
import { authorizeUrl, beginLogin } from "../../src/kernel/accounts/authorize.ts";
import { type LoginScript, type LoginService, startLoginService } from "../fakes/login_service.ts";
import { at, FORM, withService } from "./auth_kit.ts";

const { signal } = new AbortController();

async function agreed(service: LoginService, account: Account) {
  const attempt = await beginLogin(crypto.getRandomValues(new Uint8Array(64)));
  const redirectUri = "http://localhost:1/callback";
  const { code } = service.agree(authorizeUrl(account, attempt, redirectUri));
  return {
    protocol: "anthropic" as const,
    tokenUrl: account.token_url ?? "",
    clientId: account.client_id,
    code,
    state: attempt.state,
    verifier: attempt.verifier,
    redirectUri,
  };
}

Deno.test("a code gives tokens once: a reused one, a wrong verifier and a wrong address do not", () =>
  withService("claude", async (client, service, account) => {
    const params = await agreed(service, account);
    const granted = await client.exchange(params, signal);
    equal(granted.account, "ada@example.com");
    equal(granted.organization, "Engines");
    equal(granted.expiresInMs, 28_800_000);
    await rejects(client.exchange(params, signal), { code: "account.refused" });
    const second = await agreed(service, account);
    const wrong = { ...second, verifier: params.verifier };
    await rejects(client.exchange(wrong, signal), { code: "account.refused" });
    const third = await agreed(service, account);
    const elsewhere = { ...third, redirectUri: "http://localhost:2/callback" };
    await rejects(client.exchange(elsewhere, signal), { code: "account.refused" });
    const sent = service.to("/token")[0]!;
    equal(sent.headers.get("content-type"), "application/json");
    equal(JSON.parse(sent.body).state, params.state);
  }));

Deno.test("a refresh token rotates; a spent one and a revoked one are refused", () =>
  withService("claude", async (client, service, account) => {
    const params = (refreshToken: string) => ({
      protocol: "anthropic" as const,
      tokenUrl: account.token_url ?? "",
      clientId: account.client_id,
      refreshToken,
    });
    const first = service.refreshToken();
    const granted = await client.refresh(params(first), signal);
    ok(granted.refreshToken && granted.refreshToken !== first);
    await rejects(client.refresh(params(first), signal), { code: "account.refused" });
    await client.revoke({
      protocol: "anthropic",
      revokeUrl: account.revoke_url ?? "",
      clientId: account.client_id,
      token: granted.refreshToken,
    }, signal);
    await rejects(client.refresh(params(granted.refreshToken), signal), {
      code: "account.refused",
      message: /HTTP 400, invalid_grant/,
    });
  }));

Deno.test("attack: a login service that redirects to another host gets nothing sent there", async () => {
  await using thief = startLoginService();
  for (const status of [301, 302, 307, 308]) {
    await withService("claude", async (client, service, account) => {
      const params = await agreed(service, account);
      await rejects(client.exchange(params, signal), { code: "account.redirected" });
    }, {
      instead: () => new Response(null, { status, headers: { location: `${thief.url}/token` } }),
    });
  }
  deepEqual(thief.requests, []);
});

Deno.test("attack: what the service echoes is in no error", () =>
  withService("claude", async (client, service, account) => {
    const params = await agreed(service, account);
    const error = await client.exchange(params, signal).catch((caught) => caught);
    ok(error instanceof AppError);
    const told = `${error.message} ${error.hint} ${error.stack}`;
    for (const secret of [params.code, params.verifier, params.state]) {
      ok(!told.includes(secret), told);
    }
    match(error.message, /HTTP 400/);
  }, {
    instead: ({ body }) =>
      Response.json({ error: body, error_description: body }, { status: 400, statusText: "x" }),
  }));

Deno.test("only the service's own word that a login is over, or 401, says so", async () => {
  const cases: [number, unknown, string][] = [
    [400, { error: "invalid_grant" }, "account.refused"],
    [403, { error: { code: "refresh_token_reused" } }, "account.refused"],
    [401, {}, "account.refused"],
    [401, "a page of a proxy", "account.refused"],
    [400, { error: "invalid_request" }, "account.rejected"],
    [400, { error: "unauthorized_client" }, "account.rejected"],
    [403, "a page of a proxy", "account.rejected"],
    [404, {}, "account.rejected"],
    [407, {}, "account.rejected"],
    [408, {}, "account.rejected"],
    [500, { error: "invalid_grant" }, "account.unavailable"],
    [429, { error: "invalid_grant" }, "account.unavailable"],
  ];
  const script: LoginScript = {};
  await withService("claude", async (client, service, account) => {
    for (const [status, body, code] of cases) {
      script.instead = () => Response.json(body, { status });
      const renewing = client.refresh({
        protocol: "anthropic",
        tokenUrl: account.token_url ?? "",
        clientId: account.client_id,
        refreshToken: service.refreshToken(),
      }, signal);
      await rejects(renewing, { code }, JSON.stringify([status, body]));
    }
  }, script);
});

Deno.test("attack: an answer without end, of another form, and none at all", async () => {
  const endless = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
      }),
    );
  const cases: [LoginScript["instead"], string][] = [
    [endless, "account.malformed"],
    [() => new Response("<html>"), "account.malformed"],
    [() => Response.json({ access_token: 5 }), "account.malformed"],
    [() => Response.json({}, { status: 503 }), "account.unavailable"],
    [() => Response.json({}, { status: 429 }), "account.unavailable"],
  ];
  for (const [instead, code] of cases) {
    await withService("claude", async (client, service, account) => {
      await rejects(client.exchange(await agreed(service, account), signal), { code });
    }, instead ? { instead } : {});
  }
});

Deno.test("attack: the thread of one login reaches no other host", async () => {
  await using other = startLoginService();
  await withService("claude", async (client, service, account) => {
    const params = { ...await agreed(service, account), tokenUrl: `${other.url}/token` };
    await rejects(client.exchange(params, signal), {
      code: "account.unreachable",
      message: /outside this compartment's grant/,
    });
  });
  deepEqual(other.requests, []);
});

Deno.test("attack: a thread listens, and reaches where tokens are taken back, only where it is for that", async () => {
  await using service = startLoginService();
  await using revoking = startLoginService();
  const account = { ...at(service, "claude"), revoke_url: `${revoking.url}/revoke` };
  const revoke = {
    protocol: "anthropic" as const,
    revokeUrl: account.revoke_url,
    clientId: account.client_id,
    token: "t",
  };
  for (const purpose of ["browser_login", "code_login", "renewal"] as const) {
    await withAuth(account, { form: FORM, purpose }, async (client) => {
      await rejects(client.revoke(revoke, signal), { code: "account.unreachable" });
      const stop = new AbortController();
      const ports: number[] = [];
      const on = {
        port(port: number) {
          ports.push(port);
          stop.abort();
        },
        refused() {},
      };
      await rejects(client.listen({ state: "st", issuer: null }, on, stop.signal));
      equal(ports.length, purpose === "browser_login" ? 1 : 0, purpose);
    });
  }
  deepEqual(revoking.requests, []);
  await withAuth(account, { form: FORM, purpose: "logout" }, async (client) => {
    await client.revoke(revoke, signal);
    const refresh = {
      protocol: "anthropic" as const,
      tokenUrl: account.token_url ?? "",
      clientId: account.client_id,
      refreshToken: service.refreshToken(),
    };
    await rejects(client.refresh(refresh, signal), { code: "account.unreachable" });
  });
  equal(revoking.to("/revoke").length, 1);
  deepEqual(service.requests, []);
});

Deno.test("attack: an address where tokens can be read on the way starts no thread", async () => {
  const account = accountOf("claude", { claude: { token_url: "http://login.example/t" } }, {});
  let isRun = false;
  const running = withAuth(account, { form: FORM, purpose: "renewal" }, () => {
    isRun = true;
    return Promise.resolve();
  });
  await rejects(running, { code: "account.address" });
  equal(isRun, false);
});

Deno.test("device codes of GitHub: every answer of a poll, and the model service's short token", () =>
  withService("copilot", async (client, service, account) => {
    const device = await client.startDevice({
      protocol: "github",
      deviceUrl: account.device_url ?? "",
      clientId: account.client_id,
      scopes: "",
      verifyUrl: null,
    }, signal);
    equal(device.userCode, "WDJB-MJHT");
    equal(device.intervalMs, 5_000);
    const poll = () =>
      client.pollDevice({
        protocol: "github",
        pollUrl: account.token_url ?? "",
        clientId: account.client_id,
        ...device,
      }, signal);
    for (const state of ["pending", "slow_down", "denied", "expired"]) {
      equal((await poll()).state, state);
    }
    const granted = await poll();
    ok(granted.state === "granted" && "tokens" in granted.granted);
    const token = granted.granted.tokens.accessToken;
    const exchangeUrl = account.exchange_url ?? "";
    const short = await client.shortToken({ exchangeUrl, token, editor: "ward/1" }, signal);
    ok(short.expiresAtMs > 0);
    equal(service.to("/exchange")[0]!.headers.get("authorization"), `token ${token}`);
    await rejects(client.shortToken({ exchangeUrl, token: "other", editor: "ward/1" }, signal), {
      code: "account.refused",
    });
  }, { polls: ["pending", "slow_down", "denied", "expired", "granted"] }));

Deno.test("device codes of ChatGPT: every answer of a poll, and the code that it gives", () =>
  withService("chatgpt", async (client, _, account) => {
    const device = await client.startDevice({
      protocol: "openai",
      deviceUrl: account.device_url ?? "",
      clientId: account.client_id,
      scopes: "",
      verifyUrl: "https://page.example/",
    }, signal);
    equal(device.verificationUrl, "https://page.example/");
    const poll = () =>
      client.pollDevice({
        protocol: "openai",
        pollUrl: account.poll_url ?? "",
        clientId: account.client_id,
        ...device,
      }, signal);
    for (const state of ["pending", "slow_down", "denied", "expired"]) {
      equal((await poll()).state, state);
    }
    const granted = await poll();
    ok(granted.state === "granted" && "code" in granted.granted);
    const tokens = await client.exchange({
      protocol: "openai",
      tokenUrl: account.token_url ?? "",
      clientId: account.client_id,
      code: granted.granted.code,
      state: null,
      verifier: granted.granted.verifier,
      redirectUri: account.redirect_url ?? "",
    }, signal);
    ok(tokens.accessToken);
  }, { polls: ["pending", "slow_down", "denied", "expired", "granted"] }));
