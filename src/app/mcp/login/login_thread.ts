/** The thread of a login at an MCP server: started for one thing and ended after it. */
import type { Form } from "../../start/code_base.ts";
import { VERSION } from "../../start/version.ts";
import { createWebReader } from "../../web/web_reader.ts";
import { AppError } from "../../../base/app_error.ts";
import type { MadeRequest, WantedRequest } from "../../../compartments/auth/mcp/api.ts";
import { createMcpAuthClient, type McpAuthClient } from "../../../compartments/auth/mcp/client.ts";
import { type AuthClient, createAuthClient } from "../../../compartments/auth/client.ts";
import { startThread } from "../../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../../compartments/table.ts";
import { canonicalHost } from "../../../kernel/net/canonical_host.ts";
import { checkUrl, type GuardRules } from "../../../kernel/net/check_url.ts";

/** Longest time of one request, ms. */
const REQUEST_MS = 30_000;

/** Descriptions and tokens are a few kilobytes. */
const LIMIT_BYTES = 1024 * 1024;

/** Headers of an answer that say something to a login. */
const READ_HEADERS: readonly string[] = ["content-type", "location", "www-authenticate"];

/** Where a login may reach. */
export interface LoginReach {
  readonly form: Form;
  /** Address of the MCP server. */
  readonly url: string;
  /** Other hosts that the owner named, as `canonicalHost` writes them (`web.hosts`). */
  readonly hosts: readonly string[];
}

/** An answer as it goes to the thread. */
export type LoginAnswer = NonNullable<MadeRequest["answer"]>;

/**
 * What addresses of a login go by: a private one only where the owner named its host, in the entry
 * of the server or in `web.hosts`; `http:` only for this machine.
 */
export function reachRules({ url, hosts }: Pick<LoginReach, "url" | "hosts">): GuardRules {
  return { owners: [canonicalHost(url) ?? "", ...hosts], httpsOnly: true };
}

/**
 * Makes one request, to the checked addresses of its host, and follows nothing.
 *
 * @throws {AppError} Families `net` and `web`.
 */
export async function loginRequest(
  { url, method, headers, body }: Omit<WantedRequest, "id">,
  reach: LoginReach,
): Promise<LoginAnswer> {
  const { answer } = await createWebReader(reach.form).request(
    { url, method, headers: { "user-agent": `ward/${VERSION}`, ...headers }, body, follows: false },
    "response",
    reachRules(reach),
    new AbortController().signal,
    { limitMs: REQUEST_MS, cutBytes: LIMIT_BYTES },
  );
  const { status, location, response } = answer;
  if (response?.isCut) {
    throw new AppError("web.too_large", `The answer of ${new URL(url).host} is too large`);
  }
  const kept = Object.entries(response?.headers ?? {})
    .filter(([name]) => READ_HEADERS.includes(name));
  return {
    status,
    headers: { ...Object.fromEntries(kept), ...(location === null ? {} : { location }) },
    body: response?.text ?? "",
  };
}

/**
 * Runs something with the thread.
 *
 * @throws {AppError} What the guard or the thread says.
 */
export async function withMcpAuth<T>(
  alias: string,
  reach: LoginReach,
  run: (client: McpAuthClient) => Promise<T>,
): Promise<T> {
  checkUrl(reach.url, reachRules(reach));
  const spec = compartment({ ...NO_INPUTS, mcpLogins: [alias] }, `auth:mcp-${alias}`)!;
  const running = startThread(spec, reach.form);
  try {
    return await run(
      createMcpAuthClient(running.client, (wanted) => loginRequest(wanted, reach)),
    );
  } finally {
    running.stop(new AppError("account.ended", "The login service was asked"));
  }
}

/** Runs something with a thread that may listen for the browser, and do nothing else. */
export async function withListener<T>(
  alias: string,
  { form, port }: { readonly form: Form; readonly port: number },
  run: (client: Pick<AuthClient, "listen">) => Promise<T>,
): Promise<T> {
  const login = { name: `mcp-${alias}`, hosts: [], listens: port };
  const spec = compartment({ ...NO_INPUTS, logins: [login] }, `auth:mcp-${alias}`)!;
  const running = startThread(spec, form);
  try {
    return await run(createAuthClient(running.client));
  } finally {
    running.stop(new AppError("account.ended", "The browser is not waited for any more"));
  }
}
