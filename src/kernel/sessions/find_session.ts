/** The one way from what a user typed to a session. */
import { UsageError } from "../../base/app_error.ts";
import type { Session } from "../../model/conversation/session.ts";
import type { SessionArchive } from "../store_ports.ts";

/** Sessions named when a prefix fits several. */
const NAMED = 5;

/** No id is longer. */
const LONGEST_ID = 40;

/**
 * Finds the session that an id, or the beginning of one, stands for.
 *
 * @param given As typed.
 * @throws {UsageError} `session.not_found`, `session.ambiguous`.
 */
export async function findSession(
  archive: Pick<SessionArchive, "findSessions">,
  given: string,
): Promise<Session> {
  const prefix = given.trim().toLowerCase();
  const found = prefix === "" ? [] : await archive.findSessions({ prefix, limit: NAMED + 1 });
  const exact = found.find(({ id }) => id === prefix);
  if (exact) return exact;
  const [session, ...more] = found;
  if (!session) {
    const near = await nearestSession(archive, prefix);
    throw new UsageError("session.not_found", `Cannot find session "${given}": no id begins so`, {
      hint: (near ? `The nearest is ${near.id}; see` : "See") + " `ward sessions list`",
    });
  }
  if (more.length === 0) return session;
  const named = found.slice(0, NAMED).map(({ id }) => id).join(", ");
  throw new UsageError(
    "session.ambiguous",
    `Cannot tell which session "${given}" is: ${
      found.length > NAMED ? `more than ${NAMED}` : found.length
    } ids begin so`,
    { hint: `Type more of one, such as ${named}` },
  );
}

/** The session whose id has the longest beginning in common; the newest when none has any. */
async function nearestSession(
  archive: Pick<SessionArchive, "findSessions">,
  prefix: string,
): Promise<Session | null> {
  for (let length = Math.min(prefix.length, LONGEST_ID) - 1; length >= 0; length--) {
    const [near] = await archive.findSessions({ prefix: prefix.slice(0, length), limit: 1 });
    if (near) return near;
  }
  return null;
}
