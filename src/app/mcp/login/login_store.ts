/** Where logins at MCP servers are kept: with the saved secrets, never in a configuration. */
import { type ConnectionStore, secretConnection } from "../../accounts/oauth/connections.ts";
import type { Secrets } from "../../../host/keys/secrets.ts";
import { LOGIN_PREFIXES } from "../../../kernel/accounts/login_record.ts";
import { mcpLoginCommand } from "../../../kernel/mcp/login/auth_required.ts";

/** Name of the saved secret of a login. Two servers whose names differ in case alone share it. */
export function mcpLoginSecret(alias: string): string {
  return `${LOGIN_PREFIXES.mcp}${alias.toLowerCase()}`;
}

/** The place of the login at a server. */
export function mcpLoginStore(
  alias: string,
  deps: { readonly home: string; readonly secrets: Secrets },
): ConnectionStore {
  return secretConnection(mcpLoginSecret(alias), mcpLoginCommand(alias), deps);
}
