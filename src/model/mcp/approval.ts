import type { McpToolDefinition } from "./session.ts";

/** What the owner approved of a server. */
export interface McpApproval {
  /** Absolute real path of the workspace whose `.mcp.json` has the server; empty: the configuration. */
  readonly workspace: string;
  readonly alias: string;
  /** SHA-256 of what its entry starts or asks. */
  readonly entryHash: string;
  /** The tools as they were shown. */
  readonly tools: readonly McpToolDefinition[];
  readonly atMs: number;
}

/** A tool as it is now, held against what was approved. */
export interface McpToolState {
  readonly name: string;
  /** Only `approved` is ever offered. */
  readonly state: "approved" | "new" | "changed" | "gone" | "unusable";
  /** As the server describes it now; null where it is gone. */
  readonly now: McpToolDefinition | null;
  readonly approved: McpToolDefinition | null;
  /** Why it cannot be used; null when it can. */
  readonly problem: string | null;
}
