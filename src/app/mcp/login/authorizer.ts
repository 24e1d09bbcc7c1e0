/** What each request to an MCP server says of who asks: read afresh, renewed before it runs out. */
import { type LoginReach, withMcpAuth } from "./login_thread.ts";
import { mcpLoginStore } from "./login_store.ts";
import { AHEAD_MS, type ConnectionStore } from "../../accounts/oauth/connections.ts";
import { clientOf } from "../../accounts/oauth/oauth_thread.ts";
import type { Form } from "../../start/code_base.ts";
import { AppError } from "../../../base/app_error.ts";
import type { Secrets } from "../../../host/keys/secrets.ts";
import { type Access, createAccess, isDue } from "../../../kernel/accounts/access.ts";
import { refreshFields } from "../../../kernel/accounts/oauth/grants.ts";
import { mcpLoginCommand } from "../../../kernel/mcp/login/auth_required.ts";
import { providerOf } from "../../../kernel/mcp/login/service.ts";
import type { Clock } from "../../../kernel/ports.ts";
import type { Login } from "../../../model/services/account.ts";
import type {
  McpAuthorization,
  McpAuthorizer,
  McpAuthReason,
} from "../../../model/services/mcp_login.ts";

/** What it needs. */
export interface AuthorizerDeps {
  readonly form: Form;
  /** Profile folder, absolute. */
  readonly home: string;
  readonly secrets: Secrets;
  /** Hosts that the owner named besides those of the servers (`web.hosts`). */
  readonly hosts: readonly string[];
  readonly clock: Clock;
  /** Told of each login that is read or renewed. */
  onLogin(login: Login): void;
  /** Told why a login could not be used; no text of it is from outside. */
  onProblem(alias: string, error: AppError): void;
}

/** Makes it; nothing is read yet. */
export function createMcpAuthorizer(deps: AuthorizerDeps): McpAuthorizer {
  const accesses = new Map<string, Access>();
  return async (alias, url, refusedHeader) => {
    const store = mcpLoginStore(alias, deps);
    const refused = refusedHeader?.replace(/^Bearer /, "");
    try {
      const connection = await store.read();
      if (connection === null) return { problem: "no_login" };
      // A token is for the server that it was made for, whatever stands in the entry by now.
      if (connection.service?.serverUrl !== url) return { problem: "other_address" };
      const { login } = connection;
      deps.onLogin(login);
      if (login.accessToken !== refused && !isDue(login, deps.clock.now(), AHEAD_MS)) {
        return bearer(login.accessToken);
      }
      const key = `${alias} ${url}`;
      let access = accesses.get(key);
      if (access === undefined) {
        access = renewing(alias, url, store, deps);
        accesses.set(key, access);
      }
      return bearer((await access.token(refused)).accessToken);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      deps.onProblem(alias, error);
      return { problem: reasonOf(error, refused !== undefined) };
    }
  };
}

function bearer(token: string): McpAuthorization {
  return { header: `Bearer ${token}` };
}

/** Renewals of one login: one at a time, in this process and across others. */
function renewing(
  alias: string,
  url: string,
  store: ConnectionStore,
  { form, hosts, clock, onLogin }: AuthorizerDeps,
): Access {
  const reach: LoginReach = { form, url, hosts };
  return createAccess({
    account: {
      title: `the MCP server "${alias}"`,
      mend: mcpLoginCommand(alias),
      aheadMs: AHEAD_MS,
    },
    store,
    clock,
    onLogin,
    remembers: false,
    async renew(login) {
      const connection = await store.read();
      const provider = connection && providerOf(alias, connection);
      if (!provider || connection.service?.serverUrl !== url) {
        throw new AppError("account.changed", "The login was changed meanwhile");
      }
      const tokens = await withMcpAuth(alias, reach, (thread) =>
        thread.token({
          tokenUrl: provider.tokenUrl,
          client: clientOf(provider, connection.client),
          fields: refreshFields(provider, login.refreshToken ?? ""),
        }));
      return { ...tokens, idToken: null, account: null, organization: null };
    },
  });
}

function reasonOf(error: AppError, wasRefused: boolean): McpAuthReason {
  switch (error.code) {
    case "account.none":
      return "no_login";
    case "account.broken":
    case "secrets.sealed":
    case "secrets.broken":
      return "invalid_token";
    case "account.stale":
      return wasRefused || error.cause !== undefined ? "invalid_token" : "expired";
    default:
      return "unreachable";
  }
}
