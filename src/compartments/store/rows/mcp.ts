/** Rows of approved MCP servers. Every function runs in the caller's transaction. */
import type { McpApproval } from "../../../model/mcp/approval.ts";
import type { Database } from "../sqlite/database.ts";

/** See `McpApprovals.listMcpApprovals`. */
export function listMcpApprovals(database: Database, workspace: string): McpApproval[] {
  return database.all(
    "SELECT * FROM mcp_approvals WHERE workspace IN ('', ?) ORDER BY workspace, alias",
    [workspace],
  ).map((row) => ({
    workspace: String(row["workspace"]),
    alias: String(row["alias"]),
    entryHash: String(row["entry_hash"]),
    tools: JSON.parse(String(row["tools"])),
    atMs: Number(row["at_ms"]),
  }));
}

/** See `McpApprovals.approveMcp`. */
export function approveMcp(
  database: Database,
  { workspace, alias, entryHash, tools }: Omit<McpApproval, "atMs">,
  nowMs: number,
): void {
  database.run(
    `INSERT OR REPLACE INTO mcp_approvals (workspace, alias, entry_hash, tools, at_ms)
     VALUES (?, ?, ?, ?, ?)`,
    [workspace, alias, entryHash, JSON.stringify(tools), nowMs],
  );
}

/** See `McpApprovals.forgetMcp`. */
export function forgetMcp(
  database: Database,
  { workspace, alias }: { workspace: string; alias: string },
): void {
  database.run("DELETE FROM mcp_approvals WHERE workspace = ? AND alias = ?", [workspace, alias]);
}
