/** A grant is for the server that it was given for, and ends with it. */
import type { Ward } from "../ward.ts";
import { UsageError } from "../../base/app_error.ts";
import { approvalKey } from "../../kernel/mcp/approvals.ts";
import type { McpServer } from "../../model/mcp/server.ts";

/** Takes back all grants for tools of a server of this name. */
export async function takeBackGrants({ book }: Pick<Ward, "book">, alias: string): Promise<void> {
  for (const { id, permission, compartment } of await book.all()) {
    if (permission !== "mcp" || compartment !== `mcp:${alias}`) continue;
    await book.revoke(id).catch((error) => {
      // Somebody else took it back meanwhile.
      if (!(error instanceof UsageError)) throw error;
    });
  }
}

/** Forgets what was approved of a server that is not there any more, and what was granted for it. */
export async function forgetServer(
  ward: Pick<Ward, "book" | "store" | "start" | "sessionId">,
  server: Pick<McpServer, "alias" | "from">,
): Promise<void> {
  await takeBackGrants(ward, server.alias);
  await ward.store.forgetMcp(approvalKey(server, ward.start.settings.workspace), [{
    kind: "revoke",
    sessionId: ward.sessionId,
    subject: `mcp server ${server.alias}`,
    detail: {},
  }]);
}
