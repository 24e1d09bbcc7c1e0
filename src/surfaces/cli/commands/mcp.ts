import { buildMcpServers } from "./mcp_servers.ts";
import { buildMcpLogins } from "./mcp_logins.ts";
import { buildMcpServe } from "./mcp_serve.ts";
import { buildMcpSlack } from "./mcp_slack.ts";
import type { CommandSink } from "./sink.ts";

/** `ward mcp`. */
export function buildMcp({ program, done, common, example }: CommandSink): void {
  const mcp = program.command("mcp").summary("use servers of the Model Context Protocol")
    .description(
      "Servers of the Model Context Protocol whose tools the agent uses. They stand in " +
        "[mcpServers.<alias>] of config.toml, or in the .mcp.json of the workspace once you " +
        "approved it",
    );
  example(mcp, "ward mcp list");
  example(
    mcp.command("list").summary("show the servers and whether they are used")
      .action(() => done({ type: "mcp_list", ...common() })),
    "ward mcp list --json",
  );
  buildMcpLogins(mcp, { done, common, example });
  buildMcpServers(mcp, { done, common, example });
  buildMcpServe(mcp, { done, common, example });
  buildMcpSlack(mcp, { done, common, example });
}
