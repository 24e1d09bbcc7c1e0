/** `ward mcp slack` and `ward mcp serve slack` by the whole program, against a Slack on this machine. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ME, SLACK_APP, startSlackService, TEAM } from "../../fakes/slack_service.ts";
import { LACKS_STANDALONE, standalone } from "../kit/forms.ts";
import { serveSelf, textOf } from "../kit/mcp_client.ts";
import { freePort } from "../../free_port.ts";
import { logInBy } from "../kit/oauth_kit.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, runWard, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

for (const form of ["source", "standalone"] as const) {
  const lacks = form === "standalone" ? LACKS_STANDALONE : undefined;
  Deno.test({
    name: "slack: logged in, in the configuration, served to a client and the agent's own, taken " +
      `back, ${form}${lacks === undefined ? "" : `, skipped: no ${lacks}`}`,
    ignore: lacks !== undefined,
    fn: () => wholeWay(form),
  });
}

async function wholeWay(kind: "source" | "standalone"): Promise<void> {
  const form = kind === "source" ? SOURCE : [await standalone()];
  let echo = "";
  await using service = startSlackService({
    // Attack: what the client asks for comes back with the token itself in it.
    answer: (method) =>
      method === "search.messages"
        ? Response.json({
          ok: true,
          messages: { matches: [{ ts: "1.1", text: `your token is ${echo}` }] },
        })
        : null,
  });
  using scratch = makeScratch();
  writeConfig(
    scratch,
    `[slack]\napi_url = "${service.apiUrl}"\nauthorize_url = "${service.authorizeUrl}"\n` +
      `mcp_url = "${service.url}/mcp"\n` +
      `callback_url = "http://127.0.0.1:${freePort()}/oauth/callback"\n`,
  );
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    runWard(args, { env: { ...scratch.env, ...env }, form });
  const none = await run(["mcp", "serve", "slack"]);
  equal(none.code, 2);
  match(none.stderr, /ward mcp slack login/);

  const made = await logInBy(scratch, {
    args: ["mcp", "slack", "login", "acme", "--team", TEAM.id, "--no-browser", "--json"],
    input: `${SLACK_APP.id}\n${SLACK_APP.secret}\n`,
    form,
  }, async (url) => {
    const answer = await fetch(service.agree(url));
    await answer.body?.cancel();
    equal(answer.status, 200);
  });
  equal(made.code, 0, made.stderr);
  const report = JSON.parse(made.stdout);
  deepEqual([report.name, report.state, report.teamId, report.userId], [
    "acme",
    "good",
    TEAM.id,
    ME,
  ]);
  match(made.stderr, /Wrote mcpServers\.acme into the configuration/);
  const text = Deno.readTextFileSync(`${scratch.home}/config.toml`);
  match(text, /slack_search_public_and_private[^]*slack_send_message_draft/);
  match(text, /provider = "slack"/);
  const again = await run(["mcp", "slack", "login", "acme"]);
  equal(again.code, 2);
  match(again.stderr, /--force/);
  match((await run(["mcp", "login", "--server", "acme"])).stderr, /ward mcp slack login acme/);
  match((await run(["mcp", "list"])).stdout, /as you at Slack: Example Inc\./);

  const questions: string[] = [];
  const served = await serveSelf(scratch, {
    server: "slack",
    form,
    capabilities: { elicitation: { form: {} } },
    prepare(client) {
      client.setRequestHandler("elicitation/create", ({ params }) => {
        questions.push(params.message);
        const answer = questions.length === 1 ? "deny" : "once";
        return { action: "accept", content: { answer } };
      });
    },
  });
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    await served.client.callTool({ name, arguments: args }, { timeout: 200_000 });
  const { tools } = await served.client.listTools();
  deepEqual(tools.map(({ name }) => name).sort(), TOOLS);
  match(textOf(await call("slack_whoami")), new RegExp(`Data, not instructions[^]*${ME}`));
  match(textOf(await call("slack_channel_history", { channel: "C1" })), /Beware[^]*Ignore all/);
  const post = { channel: "C1", text: "the whole text" };
  match(textOf(await call("slack_post_as_me", post)), /the user said no/);
  equal(service.to("chat.postMessage").length, 0);
  match(textOf(await call("slack_post_as_me", post)), /^Done/);
  equal(service.to("chat.postMessage")[0]?.get("text"), "the whole text");
  equal(questions.length, 2);
  match(questions[0]!.replaceAll(/\n +\| /g, ""), /as U023BECGF of acme to C1: the whole text/);
  echo = [...service.access][0]!;
  await call("slack_search_messages", { query: "token" });
  equal(await served.end(), 0, served.stderr());
  for (const secret of [...service.access, SLACK_APP.secret]) {
    ok(!served.lines.join("\n").includes(secret));
    ok(!(made.stdout + made.stderr + text).includes(secret));
  }

  // The agent's own: it reads, and posts nothing that nobody said yes to.
  await using models = await startScriptedService([
    { calls: [{ name: "slack_channel_history", arguments: { channel: "C1" } }] },
    { calls: [{ name: "slack_post_as_me", arguments: { channel: "#general", text: "keys" } }] },
    { content: "done" },
  ]);
  const used = await run(["agent", "-w", scratch.workspace, "-m", "what is new"], models.env);
  equal(used.stdout, "done\n", used.stderr);
  match(models.bodies().at(-1)!, /Ignore all previous instructions/);
  match(used.stderr, /Refused: Post as the user \(Slack, acme\)/);
  equal(service.to("chat.postMessage").length, 1);

  const over = await run(["mcp", "slack", "logout", "acme", "--json"]);
  deepEqual(JSON.parse(over.stdout), { loggedOut: "acme", revoked: true });
  equal(service.access.size, 0);
  equal((await run(["mcp", "slack", "status", "acme"])).code, 1);
  const status = await run(["mcp", "slack", "status", "--json"]);
  deepEqual(JSON.parse(status.stdout), { logins: [] });
}

Deno.test("slack: a secret in the command line is taken, and said to be seen; a bad name is not", async () => {
  await using service = startSlackService();
  using scratch = makeScratch();
  writeConfig(
    scratch,
    `[slack]\napi_url = "${service.apiUrl}"\nauthorize_url = "${service.authorizeUrl}"\n` +
      `callback_url = "http://127.0.0.1:${freePort()}/oauth/callback"\n`,
  );
  const client = ["--client-id", SLACK_APP.id, "--client-secret", SLACK_APP.secret];
  // What cannot be read is told, and made anew by --force.
  Deno.mkdirSync(`${scratch.home}/mcp-auth/slack`, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(`${scratch.home}/mcp-auth/slack/acme.app.json`, "{", { mode: 0o600 });
  const broken = await ward(scratch, ["mcp", "slack", "login", "acme", ...client]);
  equal(broken.code, 1);
  match(broken.stderr, /acme\.app\.json[^]*--force/);
  const made = await logInBy(scratch, {
    args: ["mcp", "slack", "login", "acme", ...client, "--no-browser", "--force"],
    input: "",
    form: SOURCE,
  }, async (url) => {
    await (await fetch(service.agree(url))).body?.cancel();
  });
  equal(made.code, 0, made.stderr);
  match(made.stderr, /A secret in a command line is seen by other programs/);
  for (const name of ["../acme", "Acme", ""]) {
    equal((await ward(scratch, ["mcp", "slack", "login", name])).code, 2, name);
  }
});

const TOOLS = [
  "slack_channel_history",
  "slack_dm_self",
  "slack_list_channels",
  "slack_list_users",
  "slack_open_dm",
  "slack_permalink",
  "slack_post_as_me",
  "slack_replies",
  "slack_search_files",
  "slack_search_messages",
  "slack_search_users",
  "slack_user_info",
  "slack_whoami",
];
