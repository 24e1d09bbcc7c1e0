import type { TaintState } from "../../../model/report.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** Sources that are shown in a line; `--json` has them all. */
const MAX_SOURCES = 5;

/** The state in a line. */
export function taintText(state: TaintState | null): string {
  if (state === null) return "nothing read from outside";
  const read = `session ${state.sessionId} read ${sourcesText(state)}`;
  return state.isLifted
    ? `${read}; lifted by you`
    : `${read}: what has side effects asks. Lift it: ward permissions grant trust ${state.sessionId}`;
}

/** The state for the terminal of its session; null where nothing binds it. */
export function taintLine(state: TaintState | null): string | null {
  if (state === null || state.isLifted) return null;
  return `outside: ${sourcesText(state)}; what has side effects asks (/trust lifts it)`;
}

/** What was read, one a line, and what lifting it means. */
export function formatLifted({ sources, atMs }: TaintState, grantId: string): string {
  return [
    `Read from outside since ${new Date(atMs).toISOString()}:`,
    ...sources.map((one) => `  ${revealHidden(one)}`),
    "Lifted: your lists and grants count again, until this session reads something else. " +
    `Bring it back: ward permissions revoke ${grantId}`,
  ].join("\n");
}

function sourcesText({ sources }: TaintState): string {
  const shown = sources.slice(0, MAX_SOURCES).map(revealHidden).join(", ");
  const left = sources.length - MAX_SOURCES;
  return left > 0 ? `${shown} and ${left} more` : shown;
}
