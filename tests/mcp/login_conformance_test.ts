/**
 * The login scenarios of the official conformance suite, those of its draft and of the protocol's
 * first revision included. Left out are its extensions: they log in without a user (client
 * credentials, cross-app access), which ward does not do at MCP servers.
 */
import { match } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { ServerFailure } from "../../src/app/mcp/start_server.ts";
import { playedBy, runSuite } from "./conformance_kit.ts";
import { type LogInHow, type LoginKit, loginKit, startHttp, visit } from "./login_kit.ts";

/** Scenarios that fail or warn, each with why; one here that passes fails the test. */
const EXPECTED_FAILURES: readonly string[] = [
  // Its service of the first revision describes itself at the root as `…/oauth`. RFC 8414 §3.3 has
  // such a description refused, and so does the present revision of the protocol.
  "auth/2025-03-26-oauth-metadata-backcompat",
];

const { signal } = new AbortController();

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

/** Uses the server by its thread; where ward asks for a login, the user makes one, at most twice. */
async function play(scenario: Scenario): Promise<void> {
  const { url } = scenario;
  using kit = loginKit();
  const client = clientOf(scenario) ?? null;
  let hosts: readonly string[] = [];
  const logIn = (how: LogInHow) =>
    kit.logIn({ server: url, agree: () => "" }, {
      client,
      async browse(page) {
        const sent = await fetch(page, { redirect: "manual" });
        await sent.body?.cancel();
        await visit(sent.headers.get("location") ?? "");
      },
      hosts,
      ...how,
    });
  /** The owner names the login service of this machine once the guard has refused it. */
  const loggedIn = async (how: LogInHow) => {
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
  for (let logins = 0;; logins++) {
    try {
      return await use(kit, url);
    } catch (error) {
      const hint = loginHint(error);
      if (hint === null || logins === 2) throw error;
      // As the line for the user says.
      const added = /--add-scope "([^"]+)"/.exec(hint)?.[1]?.split(" ") ?? [];
      await loggedIn({ addScopes: added });
    }
  }
}

async function use(kit: LoginKit, url: string): Promise<void> {
  const server = await startHttp(kit, url);
  try {
    await server.list(60_000, signal);
    await server.call({ name: "test-tool", args: {}, timeoutMs: 60_000 }, signal, () => {});
  } finally {
    await server.end();
  }
}

/** The line for the user where a login is wanted; null: something else is wrong. */
function loginHint(error: unknown): string | null {
  const failure = error instanceof ServerFailure ? error.error : error;
  return failure instanceof AppError && failure.code === "mcp.auth_required"
    ? failure.hint ?? ""
    : null;
}

Deno.test("the login scenarios of the official conformance suite pass", async (test) => {
  await using player = playedBy(play);
  for (const [suite, count] of [["auth", 14], ["draft", 3], ["backcompat", 2]] as const) {
    await test.step(suite, async () => {
      const printed = await runSuite({
        side: "client",
        args: ["--suite", suite, ...player.args],
        expectedFailures: EXPECTED_FAILURES,
      });
      match(printed, new RegExp(`\\(${count} scenarios\\)`), printed);
    });
  }
});
