/** Logins of `ward oauth` through a client of `ward mcp serve self`. */
import { equal, match, ok } from "node:assert/strict";
import { APP, startOAuthService } from "../../fakes/oauth_service.ts";
import { startMcpLoginService } from "../../fakes/mcp/login_service.ts";
import { freePort } from "../../free_port.ts";
import { REVISIONS, serveSelf, textOf } from "../kit/mcp_client.ts";
import { configureOAuth, connectOAuth } from "../kit/oauth_kit.ts";
import { makeScratch, ward, writeConfig } from "../kit/ward_process.ts";

Deno.test("serve self: a service is connected by an address that the client opens, or by one that is brought back", async () => {
  await using service = startOAuthService({ expiresInS: 3_600 });
  using scratch = makeScratch();
  configureOAuth(scratch, service);
  const visit = (url: string) => fetch(url).then(async (one) => void await one.body?.cancel());
  const opened: string[] = [];
  let says: "accept" | "decline" = "accept";
  const call = async (served: Awaited<ReturnType<typeof serveSelf>>, name: string, args = {}) => {
    const result = await served.client.callTool({ name, arguments: args }, { timeout: 100_000 });
    return { text: textOf(result), isError: result.isError === true };
  };
  const lab = { service: "lab" };
  {
    await using served = await serveSelf(scratch, {
      capabilities: { elicitation: { url: {} } },
      prepare(client) {
        client.setRequestHandler("elicitation/create", async ({ params }) => {
          if (params.mode !== "url") return { action: "decline" };
          opened.push(params.url);
          if (says === "accept") await visit(service.agree(params.url));
          return { action: says };
        });
      },
    });
    // Nobody types a secret into a form of a client.
    const first = await call(served, "oauth_connect", lab);
    equal(first.isError, true);
    match(first.text, /ward oauth connect lab/);
    equal(opened.length, 0);
    // The user's app, given in a terminal.
    equal((await connectOAuth(scratch, (url) => visit(service.agree(url)))).code, 0);
    match((await call(served, "oauth_services")).text, /"name": "lab"[^}]*"connected": true/);
    const again = await call(served, "oauth_connect", lab);
    match(again.text, /"state": "good"/);
    match(opened[0] ?? "", /code_challenge_method=S256/);
    says = "decline";
    match((await call(served, "oauth_connect", lab)).text, /the user said no/);
    for (const secret of [APP.secret, ...service.tokens]) {
      ok(!served.lines.some((line) => line.includes(secret)), secret);
    }
  }
  for (const revision of REVISIONS) {
    const asked: string[] = [];
    let answer: "yes" | "no" = "no";
    await using served = await serveSelf(scratch, {
      revision,
      capabilities: { elicitation: { form: {} } },
      prepare(client) {
        client.setRequestHandler("elicitation/create", ({ params }) => {
          asked.push(params.message);
          return { action: "accept", content: { answer } };
        });
      },
    });
    const begin = async () =>
      /https?:\S+\/authorize\S+/.exec((await call(served, "oauth_connect", lab)).text)?.[0] ?? "";
    const back = service.agree(await begin());
    const refused = await call(served, "oauth_finish", { ...lab, address: back });
    match(refused.text, /the user said no/);
    match(asked[0] ?? "", /whichever account agreed there/);
    answer = "yes";
    const forged = await call(served, "oauth_finish", {
      ...lab,
      address: back.replace(/state=[^&]+/, "state=forged"),
    });
    equal(forged.isError, true);
    match(forged.text, /belongs to another login/);
    const brought = await call(served, "oauth_finish", {
      ...lab,
      address: service.agree(await begin()),
    });
    match(brought.text, /"state": "good"/);
    equal(asked.length, 3);
    await served.end();
  }
  match((await ward(scratch, ["oauth", "list"])).stdout, /lab/);
});

Deno.test("attack: login CSRF: an address of another's account connects nothing where nobody is asked", async () => {
  await using service = startOAuthService();
  using scratch = makeScratch();
  configureOAuth(scratch, service);
  const visit = (url: string) => fetch(url).then(async (one) => void await one.body?.cancel());
  equal((await connectOAuth(scratch, (url) => visit(service.agree(url)))).code, 0);
  for (const revision of REVISIONS) {
    await using served = await serveSelf(scratch, { revision });
    const call = (name: string, args: Record<string, unknown> = {}) =>
      served.client.callTool({ name, arguments: { service: "lab", ...args } }, {
        timeout: 100_000,
      });
    const begun = textOf(await call("oauth_connect"));
    match(begun, /in a terminal: ward oauth connect lab/);
    const tokens = service.tokens.size;
    const back = service.agree(/https?:\S+\/authorize\S+/.exec(begun)?.[0] ?? "");
    const result = await call("oauth_finish", { address: back });
    equal(result.isError, true);
    match(textOf(result), /asks nobody[^]*ward oauth connect lab/);
    equal(service.tokens.size, tokens, "no code was redeemed");
    // The browser that the service sends to this machine ends it.
    const finishing = call("oauth_finish");
    await visit(back);
    match(textOf(await finishing), /"state": "good"/);
    await served.end();
  }
});

Deno.test("serve self: the user logs in at an MCP server by an address that the client opens", async () => {
  await using service = startMcpLoginService();
  using scratch = makeScratch();
  writeConfig(
    scratch,
    `[oauth]\ncallback_url = "http://127.0.0.1:${freePort()}/back"\n` +
      `[mcpServers.notes]\nurl = "${service.server}"\n`,
  );
  await using served = await serveSelf(scratch, {
    capabilities: { elicitation: { url: {} } },
    prepare(client) {
      client.setRequestHandler("elicitation/create", async ({ params }) => {
        if (params.mode !== "url") return { action: "decline" };
        await (await fetch(service.agree(params.url))).body?.cancel();
        return { action: "accept" };
      });
    },
  });
  const result = await served.client.callTool({
    name: "oauth_connect",
    arguments: { service: "mcp:notes" },
  }, { timeout: 100_000 });
  match(textOf(result), /"state": "good"/);
  ok(!served.lines.some((line) => /(access|refresh)-canary/.test(line)));
  await served.end();
  match((await ward(scratch, ["mcp", "status"])).stdout, /^notes +connected/m);
});
