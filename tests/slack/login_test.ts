/** Logins at Slack: agreed, kept, renewed, ended, and what attacks on them come to. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { disconnectService } from "../../src/app/accounts/oauth/disconnect.ts";
import { keepApp, readApp, slackAccounts } from "../../src/app/slack/accounts.ts";
import { revokeSlack } from "../../src/app/slack/slack_auth.ts";
import { FORM } from "../accounts/auth_kit.ts";
import { ME, SLACK_APP, startSlackService, TEAM } from "../fakes/slack_service.ts";
import { found, slackKit, visit } from "./slack_kit.ts";
import { slackProvider } from "../../src/kernel/slack/slack_login.ts";

const code = (wanted: string) => (error: unknown) =>
  error instanceof AppError && error.code === wanted;

Deno.test("a login: as the user, by the app's secret, kept in <alias>.json with the token sealed", async () => {
  await using service = startSlackService();
  using kit = slackKit(service);
  let page = "";
  const account = await kit.logIn({
    app: { redirectUri: null, team: TEAM.id },
    browse: async (url) => {
      page = url;
      equal(await visit(service.agree(url)), 200);
    },
  });
  deepEqual(account, { alias: "acme", team: TEAM, userId: ME });
  const asked = new URL(page).searchParams;
  equal(asked.get("team"), TEAM.id);
  equal(asked.get("redirect_uri"), kit.callbackUrl);
  ok(asked.get("user_scope")?.split(",").includes("chat:write"));
  // Nothing as a bot; and an app with a secret may send no challenge.
  deepEqual([asked.get("scope"), asked.get("code_challenge")], [null, null]);
  const text = Deno.readTextFileSync(`${kit.home}/mcp-auth/slack/acme.json`);
  deepEqual(JSON.parse(text), { version: 1, team_id: TEAM.id, team: TEAM.name, user_id: ME });
  equal(Deno.statSync(`${kit.home}/mcp-auth/slack/acme.json`).mode! & 0o077, 0);
  equal(Deno.readTextFileSync(`${kit.home}/secrets.enc`).includes("canary"), false);
  equal((await kit.store().read())?.login.expiresAtMs !== null, true);
});

Deno.test("a public app has no secret and proves itself by PKCE", () => {
  const settings = {
    apiUrl: "https://slack.com/api/",
    authorizeUrl: "https://slack.com/oauth/v2/authorize",
    mcpUrl: "",
    callbackUrl: "",
    scopes: [],
    servers: {},
  };
  equal(slackProvider(settings, { id: "a", secret: null }, null).type, "pkce");
  equal(slackProvider(settings, { id: "a", secret: "s" }, null).type, "authorization_code");
});

Deno.test("a page of the owner's stands between: Slack is told it, ward listens where it leads", async () => {
  const redirectUri = "https://ada.example/slack";
  await using service = startSlackService({ redirects: [redirectUri] });
  using kit = slackKit(service);
  await kit.logIn({
    app: { redirectUri, team: null },
    browse: async (url) => {
      const { search } = new URL(service.agree(url));
      await visit(kit.callbackUrl + search);
    },
  });
  equal(service.to("oauth.v2.access")[0]!.get("redirect_uri"), redirectUri);
  equal(kit.store().account()?.userId, ME);
});

Deno.test("the app stays for later logins, its secret sealed, also after a logout", async () => {
  await using service = startSlackService();
  using kit = slackKit(service);
  const place = { home: kit.home, secrets: kit.secrets };
  await kit.logIn();
  const app = { redirectUri: null, team: TEAM.id };
  await keepApp("acme", place, app, SLACK_APP);
  const provider = slackProvider(
    {
      apiUrl: service.apiUrl,
      authorizeUrl: service.authorizeUrl,
      mcpUrl: "",
      callbackUrl: "",
      scopes: [],
      servers: {},
    },
    SLACK_APP,
    null,
  );
  equal(
    await disconnectService(provider, kit.store(), {
      revoke: revokeSlack("acme", FORM),
      warn() {},
    }),
    true,
  );
  equal(service.access.size, 0);
  equal(kit.store().account(), null);
  equal(await kit.store().read(), null);
  deepEqual(await readApp("acme", place), {
    app: { clientId: SLACK_APP.id, ...app },
    client: SLACK_APP,
  });
  deepEqual(kit.tools(), []);
  const text = Deno.readTextFileSync(`${kit.home}/mcp-auth/slack/acme.app.json`);
  equal(text.includes(SLACK_APP.secret), false);
});

Deno.test("a token is renewed before it runs out, once for two processes; the rotated one is kept", async () => {
  await using service = startSlackService();
  using kit = slackKit(service);
  await kit.logIn();
  const before = (await kit.store().read())!;
  await kit.store().write({
    ...before,
    login: { ...before.login, expiresAtMs: kit.clock.now() + 30_000 },
  });
  const results = await Promise.all([kit.run("slack_whoami"), kit.run("slack_whoami")]);
  ok(results.every((one) => one.ok));
  equal(service.to("oauth.v2.access").length, 2);
  const after = (await kit.store().read())!;
  ok(after.login.refreshToken !== before.login.refreshToken);
  ok(service.access.has(after.login.accessToken));
});

Deno.test("a token that Slack refuses is renewed once; one that cannot be says MCP_AUTH_REQUIRED", async () => {
  await using service = startSlackService();
  using kit = slackKit(service);
  await kit.logIn();
  service.access.clear();
  equal(found(await kit.run("slack_whoami")).items[0]?.["user_id"], ME);
  const { login, ...rest } = (await kit.store().read())!;
  await kit.store().write({ ...rest, login: { ...login, refreshToken: "xoxe-canary-spent" } });
  service.access.clear();
  const over = await kit.run("slack_whoami");
  equal(over.ok, false);
  match(
    over.content,
    /^MCP_AUTH_REQUIRED:server=acme; reason=invalid_token\. .*slack login acme --force/,
  );
  ok(!over.content.includes("canary"));
});

Deno.test("Slack's own MCP server: the login goes to its address, as of its workspace, and nowhere else", async () => {
  await using service = startSlackService();
  using kit = slackKit(service);
  deepEqual(await kit.authorizer(null)("acme", kit.mcpUrl), { problem: "no_login" });
  await kit.logIn();
  const authorize = kit.authorizer(TEAM.id);
  const first = await authorize("acme", kit.mcpUrl);
  const { login } = (await kit.store().read())!;
  deepEqual(first, { header: `Bearer ${login.accessToken}` });
  // Attack: the entry leads to another server, or is of another workspace than the login.
  deepEqual(await authorize("acme", "https://evil.example/mcp"), { problem: "other_address" });
  deepEqual(await kit.authorizer("T0OTHER")("acme", kit.mcpUrl), { problem: "other_address" });
  // What the server refused is renewed once; a login that ended meanwhile counts at once.
  const second = await authorize("acme", kit.mcpUrl, `Bearer ${login.accessToken}`);
  ok("header" in second && second.header !== `Bearer ${login.accessToken}`);
  equal(kit.seen.length > 0, true);
  await kit.store().remove();
  deepEqual(await authorize("acme", kit.mcpUrl), { problem: "no_login" });
});

Deno.test("attack: an answer of another login, a forged state, a no: nothing is kept", async () => {
  await using service = startSlackService();
  using kit = slackKit(service);
  // Another page knows the port, but not the state: it goes on waiting for its own answer.
  await kit.logIn({
    browse: async (url) => {
      const forged = new URL(service.agree(url));
      forged.searchParams.set("state", "A".repeat(43));
      equal(await visit(forged.href), 400);
      forged.searchParams.delete("state");
      equal(await visit(forged.href), 400);
      equal(await visit(service.agree(url)), 200);
    },
  });
  equal(service.to("oauth.v2.access").length, 1);
  ok(kit.notices.some((text) => text.includes("its state differs")));
  await kit.store().remove();
  await rejects(
    kit.logIn({
      browse: async (url) => {
        const back = new URL(service.agree(url));
        back.searchParams.delete("code");
        back.searchParams.set("error", "access_denied");
        await visit(back.href);
      },
    }),
    code("account.denied"),
  );
  equal(kit.store().account(), null);
});

Deno.test("attack: a code for another address is refused by Slack; the user agreed in another workspace", async () => {
  await using service = startSlackService();
  using kit = slackKit(service);
  await rejects(
    kit.logIn({
      browse: async (url) => {
        const page = new URL(url);
        page.searchParams.set("redirect_uri", "https://evil.example/take");
        const { search } = new URL(service.agree(page.href));
        await visit(kit.callbackUrl + search);
      },
    }),
    (error) => code("account.rejected")(error) && !`${error}`.includes("canary"),
  );
  await rejects(
    kit.logIn({ app: { redirectUri: null, team: "T0OTHER" } }),
    code("slack.other_team"),
  );
  equal(await kit.store().read(), null);
  deepEqual(slackAccounts({ home: kit.home, secrets: kit.secrets }, () => {}), []);
});

Deno.test("attack: a bot's token in place of the user's, a link in place of the file: refused", async () => {
  await using service = startSlackService({
    answer: (method, _, count) =>
      method === "oauth.v2.access" && count === 0
        ? Response.json({
          ok: true,
          access_token: "xoxb-canary-bot",
          token_type: "bot",
          user_id: ME,
          authed_user: { id: ME },
          team: TEAM,
        })
        : null,
  });
  using kit = slackKit(service);
  await rejects(kit.logIn(), code("account.malformed"));
  await kit.logIn();
  const path = `${kit.home}/mcp-auth/slack/acme.json`;
  Deno.renameSync(path, `${path}.away`);
  Deno.symlinkSync(`${path}.away`, path);
  deepEqual(kit.tools(), []);
  match(kit.notices.at(-1)!, /it is a link/);
});
