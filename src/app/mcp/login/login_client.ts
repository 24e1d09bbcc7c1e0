/** The client of the owner's own at the login service of a server. */
import { UsageError } from "../../../base/app_error.ts";
import type { Secrets } from "../../../host/keys/secrets.ts";
import type { McpLoginSetting } from "../../../model/mcp/server.ts";
import type { OAuthClient } from "../../../model/services/oauth.ts";

/**
 * It, with its secret; null: ward registers one.
 *
 * @param from `lookup`: any variable of the start.
 * @throws {UsageError} `mcp.client_secret`: it is not where the entry says.
 */
export async function ownClient(
  client: McpLoginSetting["client"],
  { secrets, lookup }: {
    readonly secrets: Pick<Secrets, "get">;
    lookup(name: string): string | undefined;
  },
): Promise<OAuthClient | null> {
  if (client === null || client.secret === null) return client && { id: client.id, secret: null };
  const { kept, name } = client.secret;
  const secret = kept === "saved" ? await secrets.get(name) : lookup(name) ?? null;
  if (secret !== null && secret !== "") return { id: client.id, secret };
  const place = kept === "saved" ? "saved secret" : "variable";
  throw new UsageError("mcp.client_secret", `Cannot log in: there is no ${place} "${name}"`, {
    hint: kept === "saved" ? `ward secrets set ${name}` : `Set ${name}`,
  });
}
