/** What is said when a server cannot be used without the user logging in. */
import { AppError } from "../../../base/app_error.ts";
import type { McpAuthReason } from "../../../model/services/mcp_login.ts";

/**
 * The failure of a request for want of a login: its message is for the agent, one line of a fixed
 * form, its hint for the user.
 *
 * @param alias Name of the server in the configuration.
 */
export function authRequired(alias: string, reason: McpAuthReason): AppError {
  return new AppError("mcp.auth_required", `MCP_AUTH_REQUIRED:server=${alias}; reason=${reason}`, {
    hint: HINTS[reason]?.(mcpLoginCommand(alias)) ?? `Log in: ${mcpLoginCommand(alias)}`,
  });
}

const HINTS: Readonly<Partial<Record<McpAuthReason, (login: string) => string>>> = {
  unreachable: (login) => `Try again later; where it stays so: ${login}`,
  insufficient_scope: (login) =>
    `The server wants more scopes than the login has: ${login} --scope "…"`,
};

/** Command that logs in at a server. */
export function mcpLoginCommand(alias: string): string {
  return `ward mcp login --server ${alias}`;
}
