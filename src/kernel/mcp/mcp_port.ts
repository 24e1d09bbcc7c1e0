import type { AppError } from "../../base/app_error.ts";
import type { McpApproval, McpToolState } from "../../model/mcp/approval.ts";
import type { McpServer } from "../../model/mcp/server.ts";
import type { McpCallResult, McpField, McpToolDefinition } from "../../model/mcp/session.ts";

/** One server as its tools see it: started when it is needed, and started again when it ended. */
export interface McpPort {
  readonly server: McpServer;
  /** Whether what its tools are given can leave this machine. */
  readonly sends: boolean;
  /** What was approved; its tools are offered as they stand there. */
  approval(): McpApproval;
  /**
   * How its tools are now; starts it where it does not run.
   *
   * @throws {AppError} Family `mcp`, in ward's words.
   */
  tools(signal: AbortSignal): Promise<readonly McpToolState[]>;
  /** Stores a yes to what a tool says of itself now. */
  approve(states: readonly McpToolState[]): Promise<void>;
  /**
   * Calls a tool.
   *
   * @param asks How the person answers what the server asks meanwhile.
   * @throws {AppError} Family `mcp`, in ward's words.
   */
  call(
    tool: McpToolDefinition["name"],
    args: Readonly<Record<string, unknown>>,
    asks: McpCallAsks,
    signal: AbortSignal,
  ): Promise<McpCallResult>;
  /** What its process said last, from outside; empty: nothing. */
  lastWords(): string;
}

/** What may come up while a call runs. */
export interface McpCallAsks {
  /** The server asks the person for values; null: it gets none. */
  elicit(message: string, fields: readonly McpField[]): Promise<Record<string, unknown> | null>;
  /** How far it has come, in the server's words. */
  progress(text: string): void;
}

/** Whether a failure is one of a server and not of ward. */
export function isServerFailure(error: unknown): error is AppError {
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    /^(?:mcp|cell|egress)\./.test(error.code);
}
