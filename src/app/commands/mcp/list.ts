/** `ward mcp list`. */
import { type CommandContext, print } from "../context.ts";
import { type KnownServer, knownServers } from "../../mcp/servers.ts";
import { formatServers, type McpReport } from "../../../surfaces/cli/format/format_mcp.ts";

/** Shows the servers; none is started. */
export async function mcpList(context: CommandContext): Promise<number> {
  const { servers, notices } = await knownServers(context.ward);
  const reports = servers.map(reportOf);
  print(
    context,
    { servers: reports, notices },
    () => formatServers(reports, notices, context.stdout),
  );
  return 0;
}

function reportOf({ server, approval }: KnownServer): McpReport {
  const { alias, from, enabled, transport, description, enabledTools, timeoutMs } = server;
  return {
    alias,
    from,
    state: !enabled ? "disabled" : approval === null ? "not approved" : "used",
    enabled,
    approvedTools: approval?.tools.map(({ name }) => name) ?? [],
    transport,
    description,
    enabledTools,
    timeoutMs,
  };
}
