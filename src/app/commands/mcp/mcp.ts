/** `ward mcp`: which code runs a command on an opened profile. */
import type { CommandContext } from "../context.ts";
import type { WardCommand } from "../../dispatch.ts";
import type { McpCommand } from "../../../surfaces/cli/commands/mcp.ts";

/** Runs one. */
export async function mcp(
  command: Extract<WardCommand, McpCommand>,
  context: CommandContext,
): Promise<number> {
  switch (command.type) {
    case "mcp_list":
      return await (await import("./list.ts")).mcpList(context);
    case "mcp_serve":
      return await (await import("./serve.ts")).mcpServe(command.server, context);
    case "mcp_add":
      return await (await import("./add.ts")).mcpAdd(command, context);
    case "mcp_test":
      return await (await import("./test.ts")).mcpTest(command.name, context);
    case "mcp_remove":
      return await (await import("./change.ts")).mcpRemove(command.name, context);
    case "mcp_enable":
      return await (await import("./change.ts")).mcpEnable(command, context);
    case "mcp_approve":
      return await (await import("./approve.ts")).mcpApprove(command, context);
  }
}
