/** Ward behind the Agent Client Protocol: each session is a ward of its own beside the process's. */
import { openHosted } from "./hosted_session.ts";
import type { Ward } from "../ward.ts";
import type { StoredMessage } from "../../model/conversation/session.ts";
import type { AcpHost } from "../../surfaces/acp/host.ts";

/** Sessions that an editor is told of. */
const LISTED = 200;

/** Messages read at once. */
const PAGE = 200;

/**
 * Builds it.
 *
 * @param ward Of the process; runs nothing itself.
 */
export function createAcpHost(ward: Ward): AcpHost {
  const { store, facts } = ward;
  return {
    async list(cwd) {
      const workspace = cwd === null ? undefined : facts.realPath(cwd);
      const sessions = await store.listSessions({ limit: LISTED, workspace });
      return sessions.filter(({ messageCount }) => messageCount > 0);
    },
    async *history(sessionId) {
      for (let afterId = 0;;) {
        const page: readonly StoredMessage[] = await store.readMessages({
          sessionId,
          from: { afterId },
          limit: PAGE,
        });
        yield* page;
        const last = page.at(-1);
        if (!last || page.length < PAGE) return;
        afterId = last.id;
      }
    },
    open: (request, editor) => openHosted(ward, request, editor),
  };
}
