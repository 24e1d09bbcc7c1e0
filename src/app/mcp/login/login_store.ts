/** Where logins at MCP servers are kept: with the saved secrets, never in a configuration. */
import { type ConnectionStore, secretConnection } from "../../accounts/oauth/connections.ts";
import type { Secrets } from "../../../host/keys/secrets.ts";
import { LOGIN_PREFIXES } from "../../../kernel/accounts/login_record.ts";
import { mcpLoginCommand } from "../../../kernel/mcp/login/auth_required.ts";

/** The place of the login at a server, with the name of its secret. Two servers whose names differ in case alone share it. */
export function mcpLoginStore(
  alias: string,
  deps: { readonly home: string; readonly secrets: Secrets },
): ConnectionStore & { readonly secret: string } {
  const secret = `${LOGIN_PREFIXES.mcp}${alias.toLowerCase()}`;
  return { secret, ...secretConnection(secret, mcpLoginCommand(alias), deps) };
}
