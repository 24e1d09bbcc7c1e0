/** Logins at a fake MCP server, by ward's real threads; the test is the user and the browser. */
import { createMcpAuthorizer } from "../../src/app/mcp/login/authorizer.ts";
import { logIn, type McpLogin } from "../../src/app/mcp/login/log_in.ts";
import { mcpLoginStore } from "../../src/app/mcp/login/login_store.ts";
import {
  type ServerParts,
  type StartedServer,
  startServer,
} from "../../src/app/mcp/start_server.ts";
import type { AppError } from "../../src/base/app_error.ts";
import { createSecrets } from "../../src/host/keys/secrets.ts";
import { LiveSecrets } from "../../src/kernel/net/live_secrets.ts";
import type { McpServer } from "../../src/model/mcp/server.ts";
import type { McpAuthorizer } from "../../src/model/services/mcp_login.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { freePort } from "../free_port.ts";
import type { McpLoginService } from "../fakes/mcp/login_service.ts";
import { FORM } from "../accounts/auth_kit.ts";

/** What a test works with. */
export interface LoginKit extends Disposable {
  readonly home: string;
  readonly store: ReturnType<typeof mcpLoginStore>;
  readonly clock: FakeClock;
  /** Logs in at `lab`; `browse` is what the browser does with the page. */
  logIn(service: Pick<McpLoginService, "server" | "agree">, how?: LogInHow): Promise<void>;
  /** As another process would have it. */
  authorizer(): McpAuthorizer;
  /** What is kept out of logs, requests and answers. */
  readonly known: LiveSecrets;
  /** Why logins could not be used. */
  readonly problems: AppError[];
  /** What the user was told. */
  readonly notices: string[];
}

/** How a login differs from the usual one. */
export interface LogInHow extends Partial<McpLogin> {
  /** @default The user agrees, and the browser goes where it is sent. */
  browse?(url: string): void | Promise<void>;
  readonly hosts?: readonly string[];
}

/** Follows an address as a browser does. */
export async function visit(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

/** Makes one with a folder of its own. */
export function loginKit(): LoginKit {
  const home = Deno.makeTempDirSync();
  const secretsIn = () =>
    createSecrets({
      home,
      keychain: () => null,
      databaseKey: () => Promise.resolve("ab".repeat(32)),
    });
  const clock = new FakeClock();
  const store = mcpLoginStore("lab", { home, secrets: secretsIn() });
  const problems: AppError[] = [];
  const notices: string[] = [];
  const callbackUrl = `http://127.0.0.1:${freePort()}/callback`;
  const known = new LiveSecrets();
  return {
    home,
    store,
    clock,
    known,
    problems,
    notices,
    async logIn(service, { browse, hosts = [], ...login } = {}) {
      const url = login.url ?? service.server;
      let browsing: Promise<void> = Promise.resolve();
      // Without a browser that does its part the login would wait for its user.
      const lost = Promise.withResolvers<never>();
      const made = logIn(
        {
          alias: "lab",
          url,
          client: null,
          scopes: null,
          callbackUrl,
          wantsClient: false,
          ...login,
        },
        { store, reach: { form: FORM, url, hosts } },
        {
          pastes: false,
          open(page) {
            browsing = Promise.try(() =>
              browse ? browse(page) : visit(service.agree(page)).then(() => {})
            );
            browsing.catch(lost.reject);
            return true;
          },
          notice: (text) => notices.push(text),
          askForCode: () => Promise.reject(new Error("nobody is asked")),
        },
      );
      await Promise.race([made, lost.promise]);
      await browsing;
    },
    authorizer: () =>
      createMcpAuthorizer({
        form: FORM,
        home,
        secrets: secretsIn(),
        hosts: [],
        clock,
        onLogin: (login) => known.addLogin(login),
        onProblem: (_, error) => problems.push(error),
      }),
    [Symbol.dispose]: () => Deno.removeSync(home, { recursive: true }),
  };
}

/** Starts the thread of the server `lab`, which asks for the login of the kit. */
export function startHttp(kit: LoginKit, url: string): Promise<StartedServer> {
  const server: McpServer = {
    alias: "lab",
    from: "config",
    description: null,
    enabledTools: null,
    enabled: true,
    timeoutMs: 30_000,
    transport: { type: "http", url, headers: [] },
  };
  // A service needs nothing of what processes are started by.
  const parts = { form: FORM, authorize: kit.authorizer() } as Partial<ServerParts> as ServerParts;
  const asks = { changed() {}, elicit: () => Promise.resolve(null) };
  return startServer(parts, server, {}, asks, new AbortController().signal);
}
