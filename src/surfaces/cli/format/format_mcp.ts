import type { McpServer } from "../../../model/mcp/server.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** What is told of one server. */
export interface McpReport {
  readonly alias: string;
  readonly from: McpServer["from"];
  readonly enabled: boolean;
  readonly transport: McpServer["transport"];
  readonly description: string | null;
  readonly enabledTools: readonly string[] | null;
  readonly timeoutMs: number;
}

/** The servers for people. */
export function formatServers(reports: readonly McpReport[], output: Output): string {
  if (reports.length === 0) return "No MCP server is set up; ward mcp add <alias> does so\n";
  return reports.map((one) => {
    const state = one.enabled ? paint(output, "green", "enabled") : "disabled";
    const { transport } = one;
    const place = transport.type === "http"
      ? transport.url
      : [transport.command, ...transport.args].join(" ");
    const gets = transport.type === "http"
      ? []
      : (["read", "write", "net"] as const).flatMap((kind) =>
        transport[kind].length > 0 ? [`${kind} ${transport[kind].join(", ")}`] : []
      );
    const cwd = transport.type === "http" ? null : transport.cwd;
    const lines = [
      `${one.alias}  ${state}  ${revealHidden(place)}`,
      ...one.description === null ? [] : [`  ${revealHidden(one.description)}`],
      ...cwd === null ? [] : [`  starts in ${revealHidden(cwd)}`],
      ...gets.length === 0 ? [] : [`  may ${revealHidden(gets.join("; "))}`],
    ];
    return lines.join("\n") + "\n";
  }).join("");
}
