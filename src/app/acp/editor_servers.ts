import type { GivenServers } from "../mcp/servers.ts";
import { SECRET_NAME } from "../../kernel/settings/mcp_settings.ts";
import { ALIAS, type McpServer, type McpValues } from "../../model/mcp/server.ts";
import type { McpServer as EditorServer } from "../../surfaces/acp/protocol.ts";

/** Longest time of one call. */
const TIMEOUT_MS = 60_000;

/**
 * The servers that an editor gives a session, as ward's own entries. What one may touch is what the
 * `.mcp.json` of the workspace can give: its process reads the workspace, and no host.
 */
export function serversOfEditor(
  given: readonly EditorServer[],
): GivenServers & { readonly problems: readonly string[] } {
  const servers: McpServer[] = [];
  const values: Record<string, McpValues> = {};
  const problems: string[] = [];
  for (const one of given) {
    const alias = aliasOf(one.name);
    const transport = transportOf(one);
    const isTaken = servers.some((other) => other.alias.toLowerCase() === alias?.toLowerCase());
    if (alias === null || transport === null || isTaken) {
      const name = one.name.slice(0, 40);
      problems.push(
        transport === null
          ? `The MCP server "${name}" is not used: ward speaks Streamable HTTP and stdio, no SSE`
          : `The MCP server "${name}" is not used: its name cannot be one of ward's`,
      );
      continue;
    }
    const pairs = "command" in one ? one.env : one.headers;
    const plain = pairs.filter(({ name }) => !SECRET_NAME.test(name));
    servers.push({
      alias,
      from: "editor",
      description: null,
      enabledTools: null,
      enabled: true,
      timeoutMs: TIMEOUT_MS,
      transport,
      plainValues: Object.fromEntries(plain.map(({ name, value }) => [name, value])),
    });
    values[alias] = Object.fromEntries(
      pairs.map(({ name, value }) => [name, { value, isSecret: SECRET_NAME.test(name) }]),
    );
  }
  return { servers, values, problems };
}

/** A name as ward's servers have it; null: nothing of it is left. */
function aliasOf(name: string): string | null {
  const alias = name.trim().replaceAll(/[^A-Za-z0-9_-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 32);
  return ALIAS.test(alias) ? alias : null;
}

function transportOf(one: EditorServer): McpServer["transport"] | null {
  const names = (pairs: readonly { name: string }[]) => pairs.map(({ name }) => name).sort();
  if ("command" in one) {
    const { command, args, env } = one;
    return {
      type: "stdio",
      command,
      args,
      cwd: null,
      env: names(env),
      read: ["."],
      write: [],
      net: [],
    };
  }
  if (one.type !== "http" || !/^https?:/.test(one.url) || !URL.canParse(one.url)) return null;
  return { type: "http", url: one.url, headers: names(one.headers) };
}
