/** `ward mcp login`, `logout` and `status`: logins at servers over HTTP. */
import { print, type ProfileContext } from "../context.ts";
import {
  type ConnectionFacts,
  type ConnectionStore,
  lookAtConnection,
} from "../../accounts/oauth/connections.ts";
import { disconnectService } from "../../accounts/oauth/disconnect.ts";
import { agreeScreen } from "../../accounts/screen.ts";
import { secretsOf } from "../../keys/secrets.ts";
import { ownClient } from "../../mcp/login/login_client.ts";
import { logIn } from "../../mcp/login/log_in.ts";
import { mcpLoginSecret, mcpLoginStore } from "../../mcp/login/login_store.ts";
import { type LoginReach, withMcpAuth } from "../../mcp/login/login_thread.ts";
import { argumentOr } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { systemClock } from "../../../host/process/system.ts";
import { LOGIN_PREFIXES } from "../../../kernel/accounts/login_record.ts";
import { mcpLoginCommand } from "../../../kernel/mcp/login/auth_required.ts";
import { providerOf } from "../../../kernel/mcp/login/service.ts";
import { canonicalHost } from "../../../kernel/net/canonical_host.ts";
import { configuredServers } from "../../../kernel/settings/mcp_settings.ts";
import { nearest } from "../../../kernel/settings/nearest.ts";
import { isAddress } from "../../../kernel/settings/schema/keys.ts";
import { slackSettings } from "../../../kernel/settings/sections.ts";
import type { FileSettings } from "../../../kernel/settings/schema/schema.ts";
import { ALIAS, type McpLoginSetting } from "../../../model/mcp/server.ts";
import type { OAuthReport } from "../../../model/services/oauth.ts";
import { formatOAuth } from "../../../surfaces/cli/format/format_oauth.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/** A server that can be logged in at. */
interface HttpServer {
  readonly alias: string;
  readonly url: string;
  /** As its entry has it; where it stands in no configuration of the owner, the usual one. */
  readonly login: McpLoginSetting;
}

/** Logs in. @returns 1 when what was kept does not work. */
export async function mcpLogin(
  command: Extract<ParsedCommand, { type: "mcp_login" }>,
  context: ProfileContext,
): Promise<number> {
  const file = fileOf(context);
  const server = command.url === null
    ? await serverOf(command.server, "login", context)
    : namedServer(command.server, command.url, context);
  const { client, scopes } = server.login;
  const store = storeOf(context, server.alias);
  await logIn(
    {
      alias: server.alias,
      url: server.url,
      client: await ownClient(client, {
        secrets: secretsOf(context.profile),
        lookup: context.profile.environment.lookup,
      }),
      scopes: command.scopes ?? scopes,
      addScopes: command.addScopes,
      callbackUrl: file.oauth.callback_url,
      wantsClient: command.newClient,
    },
    { store, reach: reachOf(server, context) },
    agreeScreen(context, command.browser),
  );
  return show(context, await lookAtConnection(factsOf(server), store, systemClock));
}

/** Gives the tokens back and forgets them. */
export async function mcpLogout(
  command: Extract<ParsedCommand, { type: "mcp_logout" }>,
  context: ProfileContext,
): Promise<number> {
  const server = await serverOf(command.server, "logout", context);
  const { alias } = server;
  const store = storeOf(context, alias);
  const kept = await store.read().catch(() => null);
  const provider = command.localOnly || kept === null ? null : providerOf(alias, kept);
  const revoked = await disconnectService(provider, store, {
    revoke: (params) =>
      withMcpAuth(alias, reachOf(server, context), (thread) => thread.revoke(params)),
    warn: (text) => context.stderr.write(`! ${revealHidden(text)}\n`),
  });
  const how = revoked === true ? "; its tokens were taken back" : "";
  print(context, { loggedOut: alias, revoked }, () => `Logged out of ${alias}${how}\n`);
  return 0;
}

/** Shows the logins; no server is asked. */
export async function mcpStatus(
  command: Extract<ParsedCommand, { type: "mcp_status" }>,
  context: ProfileContext,
): Promise<number> {
  const servers = command.server === null
    ? [...httpServers(context), ...await keptServers(context)]
    : [await serverOf(command.server, "status", context)];
  const reports = await Promise.all(servers.map(async (server) => {
    const store = storeOf(context, server.alias);
    const secret = mcpLoginSecret(server.alias);
    const isKept = secretsOf(context.profile).list().some(({ name }) => name === secret);
    return isKept ? await lookAtConnection(factsOf(server), store, systemClock) : null;
  }));
  const found = reports.filter((one) => one !== null);
  const none = servers.flatMap(({ alias }, at) => reports[at] === null ? [alias] : []);
  print(context, { logins: found, none }, () =>
    [
      ...found.map((one) => formatOAuth(one, context.stdout)),
      ...none.map((alias) => `${alias.padEnd(12)}no login; ${mcpLoginCommand(alias)}\n`),
    ].join("") || "There is no MCP server over HTTP; ward mcp list shows all\n");
  return command.server === null || works(found[0]) ? 0 : 1;
}

function fileOf({ profile: { config } }: ProfileContext): FileSettings {
  if (!config.ok) throw config.error;
  return config.parsed.file;
}

function httpServers(context: ProfileContext): HttpServer[] {
  return configuredServers(fileOf(context)).flatMap(({ alias, transport }) =>
    transport.type === "http" && !isAtSlack(alias, context)
      ? [{ alias, url: transport.url, login: transport.login ?? USUAL }]
      : []
  );
}

/** Whether its login is one of `ward mcp slack`. */
function isAtSlack(alias: string, context: ProfileContext): boolean {
  return Object.hasOwn(slackSettings(fileOf(context)).servers, alias);
}

const USUAL: McpLoginSetting = { client: null, scopes: null };

/**
 * Servers with a login that stand in no configuration of the owner, such as those of a `.mcp.json`.
 * What cannot be read is none: only a login made anew helps it.
 */
async function keptServers(context: ProfileContext): Promise<HttpServer[]> {
  const known = new Set(httpServers(context).map(({ alias }) => mcpLoginSecret(alias)));
  const names = secretsOf(context.profile).list().map(({ name }) => name)
    .filter((name) => name.startsWith(LOGIN_PREFIXES.mcp) && !known.has(name));
  const found = await Promise.all(names.map(async (name) => {
    const alias = name.slice(LOGIN_PREFIXES.mcp.length);
    const kept = await storeOf(context, alias).read().catch(() => null);
    return kept?.service ? [{ alias, url: kept.service.serverUrl, login: USUAL }] : [];
  }));
  return found.flat();
}

/** A server as it is named on the command line. @throws {UsageError} `mcp.no_server`. */
function namedServer(alias: string | null, url: string, context: ProfileContext): HttpServer {
  // Logins know no case: one under another spelling would take the place of the configured server's.
  const own = Object.keys(fileOf(context).mcpServers)
    .find((one) => one.toLowerCase() === alias?.toLowerCase());
  const problem = alias === null || !ALIAS.test(alias)
    ? "--url needs --server <name>, as the .mcp.json calls it"
    : own !== undefined
    ? `"${own}" stands in config.toml, with its own address`
    : !isAddress(url)
    ? "that is no address"
    : null;
  if (alias !== null && problem === null) return { alias, url, login: USUAL };
  throw new UsageError("mcp.no_server", `Cannot log in: ${problem}`, {
    hint: "Such as: ward mcp login --server docs --url https://docs.example/mcp",
  });
}

async function serverOf(
  given: string | null,
  verb: string,
  context: ProfileContext,
): Promise<HttpServer> {
  const servers = [
    ...httpServers(context),
    ...verb === "login" ? [] : await keptServers(context),
  ];
  const names = servers.map(({ alias }) => alias);
  const alias = await argumentOr(context, given, {
    name: "--server <name>",
    usage: `ward mcp ${verb} --server <name>`,
    ask: (prompter) => {
      if (names.length === 0) throw unknownServer("", names, context);
      const items = names.map((one) => ({ value: one, label: one }));
      return prompter.choose({ title: "Which server", items });
    },
  });
  if (isAtSlack(alias, context)) {
    throw new UsageError("mcp.at_slack", `The login of "${alias}" is one at Slack`, {
      hint: `ward mcp slack ${verb} ${alias}`,
    });
  }
  const found = servers.find((one) => one.alias === alias);
  if (found === undefined) throw unknownServer(alias, names, context);
  return found;
}

function unknownServer(
  alias: string,
  names: readonly string[],
  context: ProfileContext,
): UsageError {
  const isProcess = Object.hasOwn(fileOf(context).mcpServers, alias);
  const near = nearest(alias, new Set(names));
  const why = isProcess
    ? `"${alias}" is a process of its own and takes no login`
    : names.length === 0
    ? "there is no MCP server over HTTP"
    : `there is no MCP server "${alias}" over HTTP${near ? `; did you mean "${near}"?` : ""}`;
  return new UsageError("mcp.no_server", `Cannot log in or out: ${why}`, {
    hint: names.length === 0
      ? "Write it into [mcpServers.<name>] of config.toml, with its url"
      : `There are ${names.join(", ")}; for one of a .mcp.json name its --url, too`,
  });
}

function storeOf(
  { profile }: ProfileContext,
  alias: string,
): ConnectionStore {
  return mcpLoginStore(alias, { home: profile.paths.home, secrets: secretsOf(profile) });
}

function reachOf({ url }: HttpServer, context: ProfileContext): LoginReach {
  const hosts = fileOf(context).web.hosts.map((host) => canonicalHost(host) ?? host);
  return { form: context.profile.form, url, hosts };
}

function factsOf({ alias, url }: HttpServer): ConnectionFacts {
  return {
    name: alias,
    title: alias,
    domains: [canonicalHost(url) ?? url],
    mend: mcpLoginCommand(alias),
    gone: null,
  };
}

function show(context: ProfileContext, report: OAuthReport): number {
  print(context, report, () => formatOAuth(report, context.stdout));
  return works(report) ? 0 : 1;
}

function works(report: OAuthReport | undefined): boolean {
  return report?.state === "good" || report?.state === "due";
}
