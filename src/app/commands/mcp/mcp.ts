/** `ward mcp`: which code runs a command on an opened profile. */
import type { CommandContext } from "../context.ts";
import type { WardCommand } from "../../dispatch.ts";
import type { McpCommand } from "../../../surfaces/cli/parsed_command.ts";

/** Runs one. */
export async function mcp(
  command: Extract<WardCommand, McpCommand>,
  context: CommandContext,
): Promise<number> {
  switch (command.type) {
    case "mcp_list":
      return (await import("./list.ts")).mcpList(context);
    case "mcp_serve":
      return await (await import("./serve.ts")).mcpServe(context);
  }
}
