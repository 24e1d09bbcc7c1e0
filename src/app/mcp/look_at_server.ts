/** One look at a server: started, asked for its tools, ended. */
import { sha256 } from "../../host/files/text_hash.ts";
import type { Ward } from "../ward.ts";
import { serverParts } from "./server_parts.ts";
import type { KnownServer } from "./servers.ts";
import { startEither } from "./start_server.ts";
import { compareTools } from "../../kernel/mcp/approvals.ts";
import type { McpToolState } from "../../model/mcp/approval.ts";
import type { McpHello } from "../../model/mcp/session.ts";

/** What it said. */
export interface ServerLook {
  readonly hello: McpHello;
  readonly tools: readonly McpToolState[];
}

/**
 * Looks.
 *
 * @throws {ServerFailure} It did not start.
 * @throws {AppError} It gave no tools.
 */
export async function lookAtServer(
  ward: Ward,
  { server, values, approval }: KnownServer,
  signal: AbortSignal,
): Promise<ServerLook> {
  const asks = { changed() {}, elicit: () => Promise.resolve(null) };
  const { started } = await startEither(serverParts(ward), server, values, asks, signal);
  try {
    const found = await started.list(server.timeoutMs, signal);
    return { hello: started.hello, tools: compareTools(approval?.tools ?? [], found, sha256) };
  } finally {
    await started.end();
  }
}
