/** `ward mcp list`. */
import { type CommandContext, print } from "../context.ts";
import type { Ward } from "../../ward.ts";
import { type KnownServer, knownServers } from "../../mcp/servers.ts";
import { formatServers, type McpReport } from "../../../surfaces/cli/format/format_mcp.ts";

/** Shows the servers; none is started. */
export async function mcpList(context: CommandContext): Promise<number> {
  const report = await mcpReport(context.ward);
  print(context, report, () => formatServers(report.servers, report.notices, context.stdout));
  return 0;
}

/** The servers as far as they are known without starting one. */
export async function mcpReport(
  ward: Ward,
): Promise<{ readonly servers: readonly McpReport[]; readonly notices: readonly string[] }> {
  const { servers, notices } = await knownServers(ward);
  const { servers: atSlack } = ward.start.settings.slack;
  return {
    servers: servers.map((one) => ({
      ...reportOf(one),
      slack: one.server.from === "config" ? atSlack[one.server.alias] ?? null : null,
    })),
    notices,
  };
}

function reportOf({ server, approval }: KnownServer): Omit<McpReport, "slack"> {
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
