/** Connections by the real thread, and what services of other kinds are sent. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { connectionAccess, connectionStore } from "../../src/app/accounts/oauth/connections.ts";
import { disconnectService } from "../../src/app/accounts/oauth/disconnect.ts";
import { revokeBy, withOAuth } from "../../src/app/accounts/oauth/oauth_thread.ts";
import { AppError } from "../../src/base/app_error.ts";
import { createSecrets } from "../../src/host/keys/secrets.ts";
import { blankLogin, createAccess } from "../../src/kernel/accounts/access.ts";
import { agreeUrl, typedClient } from "../../src/kernel/accounts/oauth/grants.ts";
import { BUILT_IN, oauthProvider } from "../../src/kernel/accounts/oauth/providers.ts";
import type { OAuthProvider } from "../../src/model/services/oauth.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { startModelService } from "../fakes/model_service.ts";
import { APP, startOAuthService } from "../fakes/oauth_service.ts";
import { FORM } from "./auth_kit.ts";

const LAB: OAuthProvider = { ...BUILT_IN[0]!, name: "lab", title: "Lab", builtIn: false };

function storeIn(home: string) {
  const secrets = createSecrets({
    home,
    keychain: () => null,
    databaseKey: () => Promise.resolve("ab".repeat(32)),
  });
  return connectionStore("lab", { home, secrets });
}

Deno.test("two processes renew one connection at once: the service is asked once", async () => {
  await using service = startOAuthService();
  const home = Deno.makeTempDirSync();
  try {
    const clock = new FakeClock();
    const provider: OAuthProvider = {
      ...LAB,
      type: "client_credentials",
      tokenUrl: `${service.url}/token`,
    };
    await storeIn(home).write({
      client: APP,
      scopes: [],
      service: null,
      login: {
        ...blankLogin(APP.id),
        accessToken: "old",
        refreshToken: APP.secret,
        expiresAtMs: clock.now(),
      },
    });
    const tokens = await Promise.all([1, 2].map(async () => {
      // Nothing is shared but the folder.
      const deps = connectionAccess(provider, storeIn(home), { form: FORM, clock });
      return (await createAccess(deps).token()).accessToken;
    }));
    equal(tokens[0], tokens[1]);
    equal(service.to("/token").length, 1);
    deepEqual((await storeIn(home).read())?.client, APP);
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
});

Deno.test("GitHub: the secret in the body, errors with 200, tokens back by its own request", async () => {
  const { signal } = new AbortController();
  await using service = startModelService(({ path }) =>
    path === "/token"
      ? Response.json({ error: "bad_verification_code" })
      : new Response(null, { status: 204 })
  );
  const provider: OAuthProvider = {
    ...oauthProvider("github", BUILT_IN)!,
    tokenUrl: `${service.url}/token`,
    revokeUrl: `${service.url}/applications`,
  };
  await rejects(
    () =>
      withOAuth(provider, { form: FORM, url: provider.tokenUrl }, (thread) =>
        thread.oauthToken({
          tokenUrl: provider.tokenUrl,
          client: { ...APP, auth: "body" },
          fields: { code: "c" },
        }, signal)),
    (error) => error instanceof AppError && error.code === "account.refused",
  );
  equal(
    service.requests[0]!.body,
    `code=c&client_id=${APP.id}&client_secret=${APP.secret}`,
  );
  const home = Deno.makeTempDirSync();
  try {
    const store = storeIn(home);
    await store.write({
      client: APP,
      scopes: [],
      service: null,
      login: { ...blankLogin(APP.id), accessToken: "the-token" },
    });
    equal(
      await disconnectService(provider, store, { revoke: revokeBy(provider, FORM), warn() {} }),
      true,
    );
    const { method, path, headers, body } = service.requests[1]!;
    deepEqual(
      [method, path, headers.get("authorization"), body],
      [
        "DELETE",
        `/applications/${APP.id}/token`,
        `Basic ${btoa(`${APP.id}:${APP.secret}`)}`,
        '{"access_token":"the-token"}',
      ],
    );
    equal(await store.read(), null);
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
});

Deno.test("the page is asked with S256 and a state; a public client has no secret", () => {
  const twitter = oauthProvider("x", BUILT_IN)!;
  const { searchParams, origin } = new URL(
    agreeUrl(twitter, { id: "app" }, { challenge: "ch", state: "st" }, "http://127.0.0.1:8976/c"),
  );
  equal(origin, "https://x.com");
  deepEqual(Object.fromEntries(searchParams), {
    response_type: "code",
    client_id: "app",
    redirect_uri: "http://127.0.0.1:8976/c",
    scope: "tweet.read tweet.write users.read offline.access",
    state: "st",
    code_challenge: "ch",
    code_challenge_method: "S256",
  });
  deepEqual(typedClient(twitter, "app", ""), { id: "app", secret: null });
});

Deno.test("attack: a metadata service as the address of a service gets no token request", async () => {
  for (const url of ["http://169.254.169.254/token", "https://[fd00:ec2::254]/token"]) {
    await rejects(
      () => withOAuth(LAB, { form: FORM, url }, () => Promise.resolve("asked")),
      (error) => error instanceof AppError && /^net\./.test(error.code),
    );
  }
});

Deno.test("attack: line ends in a client's id or secret", () => {
  for (const [id, secret] of [["a\r\nb", ""], ["a", "b\r\nx: y"], ["", ""], ["a b", ""]] as const) {
    try {
      typedClient(LAB, id, secret);
    } catch (error) {
      match(String(error), /Cannot use that client/);
      continue;
    }
    throw new Error(`accepted: ${JSON.stringify([id, secret])}`);
  }
});
