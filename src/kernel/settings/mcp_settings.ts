/** Servers of `[mcpServers.<alias>]` as the rest of ward takes them. */
import type {
  McpLoginSetting,
  McpNoValue,
  McpServer,
  McpValue,
  McpValues,
} from "../../model/mcp/server.ts";
import type { FileSettings } from "./schema/schema.ts";
import {
  kindOf,
  type McpServerSetting,
  type McpValueSetting,
  namedVariables,
} from "./schema/mcp.ts";

/** A variable or header of a server. */
export interface McpValueEntry {
  readonly alias: string;
  readonly name: string;
  readonly setting: McpValueSetting;
  /** Name of the saved secret that `"keychain"` stands for. */
  readonly savedAs: string;
}

/** All of them that the servers name. */
export function mcpValueEntries({ mcpServers }: Pick<FileSettings, "mcpServers">): McpValueEntry[] {
  return Object.entries(mcpServers).flatMap(([alias, { env, headers }]) =>
    Object.entries({ ...env, ...headers }).map(([name, setting]) => ({
      alias,
      name,
      setting,
      savedAs: savedSecretOf(alias, name),
    }))
  );
}

/** Longest name of a saved secret. */
const MAX_SECRET_NAME = 64;

/**
 * Name of the secret of a server that `ward secrets` keeps: `mcp-github-github_token`, and
 * `mcp-brave-search--api_key` where the name of the server has a `-`. No two servers whose names
 * differ in more than case share one; a name that is cut is still of this server.
 */
export function savedSecretOf(alias: string, name: string): string {
  return secretName("mcp", alias, name);
}

/**
 * Name of the secret of a server in a workspace's file: of this workspace alone, and of none that
 * stands in the configuration.
 *
 * @param place Eight hex digits that stand for the workspace.
 */
export function workspaceSecretOf(place: string, alias: string, name: string): string {
  return secretName(`mcpws-${place}`, alias, name);
}

function secretName(prefix: string, alias: string, name: string): string {
  const between = alias.includes("-") ? "--" : "-";
  // Where the first separator could be read as another one, the length says where the alias ends.
  const isOdd = /--|-$/.test(alias) || /^-|--/.test(name);
  const end = isOdd ? `-${alias.length}-${alias}-${name}` : `${alias}${between}${name}`;
  return `${prefix}-${end}`.toLowerCase().slice(0, MAX_SECRET_NAME);
}

/** Names of the variables that an entry takes its value from. */
export function mcpVariables({ setting }: McpValueEntry): string[] {
  return setting.type === "text" ? namedVariables(setting.text) : [];
}

/** The servers of the configuration, in its order. */
export function configuredServers({ mcpServers }: Pick<FileSettings, "mcpServers">): McpServer[] {
  return Object.entries(mcpServers).map(([alias, one]) => ({
    alias,
    from: "config",
    description: one.description.trim() === "" ? null : one.description.trim(),
    enabledTools: one.enabledTools ?? null,
    enabled: one.enabled,
    timeoutMs: one.timeout_s * 1000,
    transport: transportOf(alias, one),
  }));
}

/** How a server is spoken to; the schema has seen to what each kind needs. */
export function transportOf(alias: string, one: McpServerSetting): McpServer["transport"] {
  if (kindOf(one) === "http") {
    const login = loginSetting(alias, one);
    return {
      type: "http",
      url: one.url ?? "",
      headers: Object.keys(one.headers).sort(),
      ...(login ? { login } : {}),
    };
  }
  const { command = "", args, cwd = null, read, write, net } = one;
  return { type: "stdio", command, args, cwd, env: Object.keys(one.env).sort(), read, write, net };
}

/** Names whose values are no one's business. */
export const SECRET_NAME =
  /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|COOKIE|(?:^|[-_])(?:PASS|PASSPHRASE|PWD|PAT|DSN)$/i;

/** The values of each server by its alias. @param valueOf null: it is not there. */
export function configuredValues(
  file: Pick<FileSettings, "mcpServers">,
  valueOf: (entry: McpValueEntry) => string | null,
): Readonly<Record<string, McpValues>> {
  const byAlias: Record<string, Record<string, McpValue | McpNoValue>> = {};
  for (const entry of mcpValueEntries(file)) {
    const { alias, name, setting } = entry;
    const value = valueOf(entry);
    const isSecret = setting.type === "saved" || mcpVariables(entry).length > 0 ||
      SECRET_NAME.test(name);
    (byAlias[alias] ??= {})[name] = value === null
      ? { value, hint: missingHint(entry) }
      : { value, isSecret };
  }
  return byAlias;
}

function missingHint(entry: McpValueEntry): string {
  const { setting, savedAs } = entry;
  return setting.type === "saved"
    ? `Save it: ward secrets set ${setting.name ?? savedAs}`
    : `Set ${mcpVariables(entry).join(" and ")}, which its entry names, and start ward again`;
}

function loginSetting(alias: string, { oauth }: McpServerSetting): McpLoginSetting | undefined {
  if (oauth === undefined) return undefined;
  const { clientId: id, clientSecret, scopes = null } = oauth;
  const secret = clientSecret === undefined || clientSecret.type === "plain"
    ? null
    : clientSecret.type === "variable"
    ? { kept: "variable" as const, name: clientSecret.name }
    : { kept: "saved" as const, name: clientSecret.name ?? savedSecretOf(alias, "client_secret") };
  return { client: id === undefined ? null : { id, secret }, scopes };
}
