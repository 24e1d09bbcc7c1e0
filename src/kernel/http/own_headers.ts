/** Headers that a model may set: none that says who asks, where it goes or how it is sent. */
import { AppError } from "../../base/app_error.ts";

/** What the kernel or the connection sets, and what changes what was asked about. */
const RESERVED = new Set(
  ("host connection keep-alive content-length transfer-encoding te trailer upgrade expect " +
    "accept-encoding http2-settings forwarded via origin referer x-original-url x-rewrite-url " +
    "x-real-ip x-http-method x-http-method-override x-method-override user-agent").split(" "),
);

/** Names by which services take credentials. */
const CREDENTIAL_NAME =
  /auth|token|secret|passw|credential|cookie|session|signature|api-?_?key|access-?key|^key$|-key$|^sec-|^proxy-|^x-forwarded-|^x-amz-|csrf|xsrf/;

/** Most of them, and their size. */
const MAX_HEADERS = 32;
const MAX_VALUE = 4_096;

/**
 * Checks the headers that a call names.
 *
 * @returns By name in lower case.
 * @throws {AppError} `http.header`.
 */
export function ownHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(given);
  if (entries.length > MAX_HEADERS) throw refused(`there are more than ${MAX_HEADERS}`);
  const headers: Record<string, string> = {};
  for (const [written, value] of entries) {
    const name = written.toLowerCase();
    // The form of RFC 9110 §5.1; a line end or a colon in it would begin another header.
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/.test(name)) throw refused("a name has no such form");
    if (CREDENTIAL_NAME.test(name)) {
      throw refused(`"${name}" can carry credentials`, "Name a profile, which has them");
    }
    if (RESERVED.has(name)) throw refused(`"${name}" is set by ward`);
    if (Object.hasOwn(headers, name)) throw refused(`"${name}" stands there twice`);
    if (!/^[\t\x20-\x7e]*$/.test(value) || value.length > MAX_VALUE) {
      throw refused(`the value of "${name}" holds what no header may hold`);
    }
    headers[name] = value.trim();
  }
  return headers;
}

/**
 * Whether headers carry nothing of the model's own: but for the kind of answer that is wanted, each
 * could tell the host something.
 */
export function tellsNothing(headers: Readonly<Record<string, string>>): boolean {
  return Object.entries(headers).every(([name, value]) =>
    name === "accept" && /^(?:(?:application|text)\/[a-z.+*-]{1,30}|\*\/\*)$/.test(value)
  );
}

function refused(why: string, hint?: string): AppError {
  return new AppError("http.header", `Cannot send these headers: ${why}`, { hint });
}
