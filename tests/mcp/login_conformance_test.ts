/**
 * The login scenarios of the official conformance suite, those of its draft and of the protocol's
 * first revision included. Left out are its extensions: they log in without a user (client
 * credentials, cross-app access), which ward does not do at MCP servers.
 */
import { equal, match } from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { AppError } from "../../src/base/app_error.ts";
import { authRequired } from "../../src/kernel/mcp/login/auth_required.ts";
import { type LogInHow, loginKit, visit } from "./login_kit.ts";

/** Scenarios that fail or warn, each with why; one here that passes fails the test. */
const EXPECTED_FAILURES: readonly string[] = [
  // Its service of the first revision describes itself at the root as `…/oauth`. RFC 8414 §3.3 has
  // such a description refused, and so does the present revision of the protocol.
  "auth/2025-03-26-oauth-metadata-backcompat",
];

const SUITE = `${config.imports["@modelcontextprotocol/conformance"]}/dist/index.js`;

interface Scenario {
  readonly url: string;
  readonly scenario: string;
  readonly context: { readonly client_id?: string; readonly client_secret?: string } | null;
}

/** The client of the owner's own that a scenario wants. */
function clientOf({ scenario, context }: Scenario): LogInHow["client"] {
  if (scenario === "auth/basic-cimd") {
    return { id: "https://conformance-test.local/client-metadata.json", secret: null };
  }
  const { client_id: id, client_secret: secret = null } = context ?? {};
  return id === undefined ? null : { id, secret };
}

/** Uses the server; where it asks for a login, the user makes one, at most twice. */
async function play(scenario: Scenario): Promise<void> {
  const { url } = scenario;
  using kit = loginKit();
  const authorize = kit.authorizer();
  const client = clientOf(scenario) ?? null;
  let logins = 0;
  let hosts: readonly string[] = [];
  const logIn = async (how: LogInHow) => {
    await kit.logIn({ server: url, agree: () => "" }, {
      client,
      async browse(page) {
        const sent = await fetch(page, { redirect: "manual" });
        await sent.body?.cancel();
        await visit(sent.headers.get("location") ?? "");
      },
      hosts,
      ...how,
    });
  };
  /** The owner names the login service of this machine once the guard has refused it. */
  const loggedIn = async (how: LogInHow = {}) => {
    if (++logins > 2) throw authRequired("lab", "insufficient_scope");
    try {
      await logIn(how);
    } catch (error) {
      const host = error instanceof AppError && error.code.startsWith("net.")
        ? /localhost:\d+/.exec(error.message)?.[0]
        : undefined;
      if (host === undefined) throw error;
      hosts = [host];
      await logIn(how);
    }
  };
  const ask = async (method: string, params: unknown): Promise<void> => {
    const said = await authorize("lab", url);
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...("header" in said ? { authorization: said.header } : {}),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    await response.body?.cancel();
    const scope = /scope="([^"]+)"/.exec(response.headers.get("www-authenticate") ?? "")?.[1];
    if (response.status === 401) {
      await loggedIn();
      return await ask(method, params);
    }
    if (response.status === 403) {
      await loggedIn({ scopes: scope?.split(" ") ?? null });
      return await ask(method, params);
    }
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  };
  await ask("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "ward", version: "0" },
  });
  await ask("tools/list", {});
  await ask("tools/call", { name: "test-tool", arguments: {} });
}

Deno.test("the login scenarios of the official conformance suite pass", async (test) => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      try {
        await play(await request.json());
        return new Response();
      } catch (error) {
        const said = error instanceof Error ? `${error.stack}\n` : String(error);
        return new Response(said, { status: 500 });
      }
    },
  );
  const folder = await Deno.makeTempDir({ prefix: "ward-conformance-" });
  const relay = new URL("conformance_relay.ts", import.meta.url).pathname;
  const home = `http://127.0.0.1:${server.addr.port}/`;
  const listed = EXPECTED_FAILURES.map((name) => `  - ${name}\n`).join("");
  await Deno.writeTextFile(
    `${folder}/expected.yml`,
    listed === "" ? "client: []\n" : `client:\n${listed}`,
  );
  try {
    for (const [suite, count] of [["auth", 14], ["draft", 3], ["backcompat", 2]] as const) {
      await test.step(suite, async () => {
        const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "--quiet", "-A", SUITE, "client", "--suite", suite],
            "--command",
            `${Deno.execPath()} run --quiet --no-config -A ${relay} ${home}`,
            ...["--expected-failures", `${folder}/expected.yml`, "--output-dir", folder],
            // A loaded machine takes its time.
            ...["--timeout", "240000"],
          ],
          cwd: folder,
        }).output();
        const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
        equal(code, 0, printed);
        match(printed, new RegExp(`\\(${count} scenarios\\)`), printed);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
