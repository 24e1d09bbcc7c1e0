import type { McpServer } from "../../../model/mcp/server.ts";
import type { SlackServer } from "../../../model/services/slack.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** What is told of one server. */
export interface McpReport {
  readonly alias: string;
  readonly from: McpServer["from"];
  /** Whether its tools are offered to the agent. */
  readonly state: "used" | "not approved" | "disabled";
  readonly enabled: boolean;
  /** Names of the tools that were approved. */
  readonly approvedTools: readonly string[];
  readonly transport: McpServer["transport"];
  readonly description: string | null;
  readonly enabledTools: readonly string[] | null;
  readonly timeoutMs: number;
  /** Its requests go with a login at Slack; null: not so. */
  readonly slack: SlackServer | null;
}

/** The servers for people. */
export function formatServers(
  reports: readonly McpReport[],
  notices: readonly string[],
  output: Output,
): string {
  const told = notices.map((text) => `${paint(output, "yellow", revealHidden(text))}\n`).join("");
  if (reports.length === 0) {
    return `${told}No MCP server is set up; ward mcp add <alias> does so\n`;
  }
  return told + reports.map((one) => {
    const state = {
      used: paint(output, "green", `used, ${one.approvedTools.length} tools approved`),
      "not approved": paint(output, "yellow", `not used; ward mcp approve ${one.alias}`),
      disabled: paint(output, "dim", "disabled"),
    }[one.state];
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
      ...one.slack === null
        ? []
        : [`  as you at Slack: ${revealHidden(one.slack.label ?? one.slack.teamId ?? one.alias)}`],
      ...cwd === null ? [] : [`  starts in ${revealHidden(cwd)}`],
      ...gets.length === 0 ? [] : [`  may ${revealHidden(gets.join("; "))}`],
    ];
    return lines.join("\n") + "\n";
  }).join("");
}
