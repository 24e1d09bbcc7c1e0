/** Addresses of servers that somebody else than the owner wrote down. */
import { AppError } from "../../base/app_error.ts";
import { checkAddresses, checkUrl } from "../../kernel/net/check_url.ts";
import type { Resolve } from "../../kernel/net/walk.ts";
import type { McpServer } from "../../model/mcp/server.ts";
import type { ResolvedSettings } from "../../model/settings.ts";

/**
 * Checks the address of a server of a workspace's file or of an editor by the guard of all addresses
 * from outside: by https and in public, but where the owner named its host in `web.hosts`. One in the
 * configuration is the owner's own word.
 *
 * @throws {AppError} `mcp.no_address`.
 */
export async function checkPlace(
  { alias, from, transport }: McpServer,
  { settings, resolve }: {
    readonly settings: Pick<ResolvedSettings, "web">;
    readonly resolve: Resolve;
  },
  signal: AbortSignal,
): Promise<void> {
  if (from === "config" || transport.type !== "http") return;
  try {
    const url = checkUrl(transport.url, { owners: settings.web.hosts, httpsOnly: true });
    if (!url.isAddress) checkAddresses(url, await resolve(url.hostname, signal));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError("mcp.no_address", `The server "${alias}" is not reached: ${error.message}`, {
      cause: error,
      hint: "Where you trust it, name its host in web.hosts of config.toml (http: works for this " +
        "machine alone), or add the server to config.toml yourself: ward mcp add",
    });
  }
}
