import type { StoredMessage } from "../../model/conversation/session.ts";
import type { SessionArchive } from "../store_ports.ts";

/** Messages that are in memory at once. */
const PAGE_MESSAGES = 200;

/** All messages of a session in order, page by page; no page is empty. */
export async function* pagesOf(
  archive: Pick<SessionArchive, "readMessages">,
  sessionId: string,
): AsyncGenerator<StoredMessage[]> {
  for (let afterId = 0;;) {
    const page = await archive.readMessages({ sessionId, from: { afterId }, limit: PAGE_MESSAGES });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    afterId = last.id;
  }
}
