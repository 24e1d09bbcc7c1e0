/** What of a text may leave in an answer: no secret that ward knows, and nothing that looks like one. */
import type { ProcessStart } from "../start/process.ts";
import { knownSecrets } from "../start/logging.ts";
import { createRedactor } from "../../kernel/redaction/create_redactor.ts";
import type { OutgoingScan } from "../../kernel/net/outgoing_scan.ts";
import type { Random } from "../../kernel/ports.ts";

/** Forms that are secret whatever the settings say of redaction. */
const CATEGORIES = [
  "private_keys",
  "connection_strings",
  "jwt_tokens",
  "api_keys",
  "tokens",
] as const;

/**
 * Makes the filter of a served ward.
 *
 * @param outgoing Finds a known secret also where it was written otherwise; such a text is left out.
 */
export function answerFilter(
  start: ProcessStart,
  outgoing: OutgoingScan,
  random: Pick<Random, "id">,
): (text: string) => string {
  const settings = { enabled: true, categories: [...CATEGORIES], patterns: {} };
  return (text) => {
    // Anew each time: what it learned of one answer is no one else's, and a server runs for weeks.
    const clean = createRedactor(settings, () => knownSecrets(start), random)?.redact(text) ?? text;
    const found = outgoing(clean);
    return found === null ? clean : `(left out: it would say ${found})`;
  };
}
