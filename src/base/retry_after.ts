/** Reads one response header, as `Headers.get` does. */
export type HeaderReader = (name: string) => string | null;

/**
 * Milliseconds a service asks us to wait before the next try, from its response headers.
 *
 * In order: `retry-after-ms`; `retry-after` in seconds or as an HTTP date
 * ({@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 | RFC 9110 §10.2.3}); then the
 * latest `anthropic-ratelimit-*-reset` of a limit that has nothing remaining. A time already past
 * gives 0: the service has said "now" late, not "never".
 *
 * @param header Reads a header; names are lower case.
 * @param nowMs Current time, milliseconds since the epoch.
 * @returns The wait, 0 or more; `undefined` when no header says one, or says it in no known form.
 */
export function retryAfterMs(header: HeaderReader, nowMs: number): number | undefined {
  const exact = header("retry-after-ms")?.trim();
  if (exact && /^\d+(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact));
  const after = header("retry-after")?.trim();
  if (after) {
    if (/^\d+(\.\d+)?$/.test(after)) return Math.ceil(Number(after) * 1000);
    const dateMs = Date.parse(after);
    // V8 also parses strings such as "-5"; an HTTP date starts with the name of a day.
    if (/^[A-Za-z]/.test(after) && !Number.isNaN(dateMs)) return Math.max(0, dateMs - nowMs);
  }
  return anthropicResetMs(header, nowMs);
}

const ANTHROPIC_LIMITS = ["requests", "tokens", "input-tokens", "output-tokens"];

function anthropicResetMs(header: HeaderReader, nowMs: number): number | undefined {
  let wait: number | undefined;
  for (const limit of ANTHROPIC_LIMITS) {
    if (header(`anthropic-ratelimit-${limit}-remaining`)?.trim() !== "0") continue;
    const resetMs = Date.parse(header(`anthropic-ratelimit-${limit}-reset`) ?? "");
    if (Number.isNaN(resetMs)) continue;
    wait = Math.max(wait ?? 0, resetMs - nowMs);
  }
  return wait;
}
