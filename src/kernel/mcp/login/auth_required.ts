/** What is said when a server cannot be used without the user logging in. */
import { AppError } from "../../../base/app_error.ts";
import type { McpAuthReason } from "../../../model/services/mcp_login.ts";

/**
 * The failure of a request for want of a login: its message is for the agent, one line of a fixed
 * form, its hint for the user.
 *
 * @param alias Name of the server in the configuration.
 * @param scopes What the server wants besides, in its words; what is no plain scope is left out.
 */
export function authRequired(alias: string, reason: McpAuthReason, scopes = ""): AppError {
  return new AppError("mcp.auth_required", `MCP_AUTH_REQUIRED:server=${alias}; reason=${reason}`, {
    hint: hintOf(mcpLoginCommand(alias), reason, scopes),
  });
}

function hintOf(login: string, reason: McpAuthReason, scopes: string): string {
  if (reason === "unreachable") return `Try again later; where it stays so: ${login}`;
  if (reason !== "insufficient_scope") return `Log in: ${login}`;
  // From outside, and into a line that is copied to a shell.
  const plain = scopes.split(" ").filter((one) => /^\w[\w.:/-]{0,127}$/.test(one)).slice(0, 20);
  const added = plain.length === 0 ? "…" : plain.join(" ");
  return `The server wants more scopes than the login has: ${login} --add-scope "${added}"`;
}

/** Command that logs in at a server. */
export function mcpLoginCommand(alias: string): string {
  return `ward mcp login --server ${alias}`;
}
