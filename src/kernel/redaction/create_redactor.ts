import type { ResolvedSettings } from "../../model/settings.ts";
import { PATTERNS, REDACTION_CATEGORIES } from "./patterns.ts";
import type { RedactionPattern } from "./redaction_pattern.ts";
import { Redactor } from "./redactor.ts";

/** So that a placeholder has a longest form, by which one that comes in pieces is told. */
const LONGEST_LABEL = 40;

/**
 * The redactor of a conversation; null when redaction is off.
 *
 * @param secrets Values that are known to be secret now, such as ward's own keys; see {@linkcode Redactor}.
 */
export function createRedactor(
  settings: ResolvedSettings["redaction"],
  secrets: () => readonly string[],
  random: { id(): string },
): Redactor | null {
  if (!settings.enabled) return null;
  const own = Object.entries(settings.patterns).map(([name, source]): RedactionPattern => ({
    label: name.toUpperCase().replaceAll("-", "_").slice(0, LONGEST_LABEL),
    pattern: new RegExp(source, "dgu"),
    isOwn: true,
  }));
  const chosen = REDACTION_CATEGORIES.filter((name) => settings.categories.includes(name));
  return new Redactor({
    // The user's own are looked for first: they know best what it is.
    patterns: [...own, ...chosen.flatMap((name) => PATTERNS[name])],
    secrets,
    nonce: random.id().slice(-6).toLowerCase(),
  });
}
