/** The tool `mcp_servers`: the servers whose tools ward's own agent uses. */
import * as z from "zod";
import { mcpReport } from "../commands/mcp/list.ts";
import type { Ward } from "../ward.ts";
import { type ServedTool, servedTool, textResult } from "../../surfaces/mcp_server/served.ts";

/** Starts none of them. */
export function serverTool(ward: Ward): ServedTool {
  return servedTool({
    name: "mcp_servers",
    title: "MCP servers",
    description: "List the MCP servers that ward's agent uses: where each is, whether it is " +
      "approved and which of its tools",
    schema: z.strictObject({}),
    hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    run: async () => textResult(JSON.stringify(await mcpReport(ward), null, 1)),
  });
}
