/** Where the user can log in by OAuth: services of `ward oauth`, and MCP servers over HTTP. */
import { connectService } from "../accounts/oauth/connect.ts";
import {
  connectCommand,
  connectedNames,
  connectionFacts,
  connectionStore,
  lookAtConnection,
} from "../accounts/oauth/connections.ts";
import type { AgreeScreen } from "../accounts/screen.ts";
import { ownClient } from "../mcp/login/login_client.ts";
import { logIn } from "../mcp/login/log_in.ts";
import { mcpLoginSecret, mcpLoginStore } from "../mcp/login/login_store.ts";
import type { Ward } from "../ward.ts";
import { AppError } from "../../base/app_error.ts";
import { systemClock } from "../../host/process/system.ts";
import { OAUTH_ALIASES } from "../../kernel/accounts/oauth/providers.ts";
import { mcpLoginCommand } from "../../kernel/mcp/login/auth_required.ts";
import { canonicalHost } from "../../kernel/net/canonical_host.ts";
import type { McpServer } from "../../model/mcp/server.ts";
import type { OAuthProvider, OAuthReport } from "../../model/services/oauth.ts";

/** One of them. */
export interface LoginPlace {
  /** `github`, `mcp:notion`. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** For people. */
  readonly title: string;
  /** What a login asks for; empty: what the place says itself. */
  readonly scopes: readonly string[];
  readonly domains: readonly string[];
  readonly connected: boolean;
  /** Logs in from a terminal. */
  readonly command: string;
  /** Looks at the login without asking anybody. */
  look(): Promise<OAuthReport>;
  /** Logs in. @throws {AppError} */
  connect(screen: AgreeScreen): Promise<void>;
}

/** All of them, as they are now. */
export function loginPlaces(ward: Ward): LoginPlace[] {
  const { oauth, mcpServers } = ward.start.settings;
  return [
    ...oauth.providers.map((provider) => servicePlace(ward, provider)),
    ...mcpServers.flatMap((server) =>
      server.enabled && server.transport.type === "http"
        ? [serverPlace(ward, server.alias, server.transport)]
        : []
    ),
  ];
}

function servicePlace(ward: Ward, provider: OAuthProvider): LoginPlace {
  const { name, title, scopes, domains } = provider;
  const { home, oauth: { callbackUrl } } = ward.start.settings;
  const store = connectionStore(name, { home, secrets: ward.secrets });
  return {
    name,
    aliases: Object.keys(OAUTH_ALIASES).filter((one) => OAUTH_ALIASES[one] === name),
    title,
    scopes,
    domains,
    connected: connectedNames(ward.secrets).includes(name),
    command: connectCommand(name),
    look: () => lookAtConnection(connectionFacts(name, provider), store, systemClock),
    connect: (screen) =>
      connectService({ provider, store, callbackUrl, wantsClient: false }, {
        form: ward.form,
        screen,
        askClient() {
          throw new AppError("account.client", `Ward has no app of yours at ${title} yet`, {
            hint: `The user gives its id and secret in a terminal, unseen: ${connectCommand(name)}`,
          });
        },
      }),
  };
}

function serverPlace(
  ward: Ward,
  alias: string,
  { url, login }: Extract<McpServer["transport"], { type: "http" }>,
): LoginPlace {
  const { home, oauth: { callbackUrl }, web: { hosts } } = ward.start.settings;
  const { secrets, form } = ward;
  const store = mcpLoginStore(alias, { home, secrets });
  const name = `mcp:${alias}`;
  const title = `the MCP server "${alias}"`;
  const domains = [canonicalHost(url) ?? url];
  return {
    name,
    aliases: [],
    title,
    scopes: login?.scopes ?? [],
    domains,
    connected: secrets.list().some((one) => one.name === mcpLoginSecret(alias)),
    command: mcpLoginCommand(alias),
    look: () =>
      lookAtConnection(
        { name, title, domains, mend: mcpLoginCommand(alias), gone: null },
        store,
        systemClock,
      ),
    async connect(screen) {
      const { lookup } = ward.start.environment;
      const client = await ownClient(login?.client ?? null, { secrets, lookup });
      const scopes = login?.scopes ?? null;
      await logIn(
        { alias, url, client, scopes, callbackUrl, wantsClient: false },
        { store, reach: { form, url, hosts } },
        screen,
      );
    },
  };
}
