/**
 * Whether a failed `fetch` sent nothing: it may be repeated then, whatever it does. So hyper says
 * that no connection came about, and Deno that it was not allowed (seen with 2.4 and 2.9.6).
 *
 * @param error What `fetch` threw; what is told is in its message or in that of its cause.
 */
export function wasNeverSent(error: unknown): boolean {
  let at = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++, at = at.cause) {
    if (at.message.includes("client error (Connect)") || at.name === "NotCapable") return true;
  }
  return false;
}
