/** `ward mcp list`. */
import { type CommandContext, print } from "../context.ts";
import { formatServers, type McpReport } from "../../../surfaces/cli/format/format_mcp.ts";

/** Shows the servers; none is started. */
export function mcpList(context: CommandContext): number {
  const { mcpServers } = context.ward.start.settings;
  const servers: McpReport[] = mcpServers.map((one) => ({
    alias: one.alias,
    from: one.from,
    enabled: one.enabled,
    transport: one.transport,
    description: one.description,
    enabledTools: one.enabledTools,
    timeoutMs: one.timeoutMs,
  }));
  print(context, { servers }, () => formatServers(servers, context.stdout));
  return 0;
}
