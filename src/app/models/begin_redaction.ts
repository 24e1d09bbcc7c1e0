import { knownSecrets } from "../start/logging.ts";
import type { Ward } from "../ward.ts";
import { systemRandom } from "../../host/process/system.ts";
import { createRedactor } from "../../kernel/redaction/create_redactor.ts";
import { SECRET_CATEGORIES } from "../../kernel/redaction/patterns.ts";
import {
  createRedaction,
  type Redaction,
  UNREDACTED,
} from "../../kernel/redaction/with_redaction.ts";
import { pagesOf } from "../../kernel/sessions/pages.ts";
import type { Session } from "../../model/conversation/session.ts";

/**
 * Redaction of a session, one that hides nothing where it is off. What was named in an earlier part
 * of the session is read again: a summary of that part may say it without its name.
 *
 * @param resumed null: the session is new.
 * @param isHidden Whether answers hide secrets, whatever the settings say.
 */
export async function beginRedaction(
  { start, store }: Pick<Ward, "start" | "store">,
  resumed: Session | null,
  isHidden: boolean,
): Promise<Redaction> {
  const { redaction: settings } = start.settings;
  const redactor = createRedactor(
    isHidden && !settings.enabled
      ? { ...settings, enabled: true, categories: SECRET_CATEGORIES }
      : settings,
    () => knownSecrets(start),
    systemRandom,
  );
  if (redactor === null) return UNREDACTED;
  const redaction = createRedaction(redactor, !isHidden);
  if (resumed) {
    for await (const page of pagesOf(store, resumed.id)) {
      redaction.messages(page.map(({ message }) => message));
    }
  }
  return redaction;
}
