import { buildMcpLogins } from "./mcp_logins.ts";
import { UsageError } from "../../../base/app_error.ts";
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
  example(
    mcp.command("serve").summary("serve ward to an editor or another agent")
      .description(
        "Speaks the Model Context Protocol over standard input and output, for a program that " +
          "starts it; docs/editors.md has the block for each editor. What needs approval is asked " +
          "through the client, or refused with the command that allows it",
      )
      .argument("<server>", "self: ward's own state, and its agent")
      .action((server: string) => {
        if (server !== "self") {
          throw new UsageError("cli.usage", `There is no server "${server}" to serve`, {
            hint: "ward mcp serve self",
          });
        }
        done({ type: "mcp_serve", ...common() });
      }),
    "ward mcp serve self",
  );
}
