import { sizeText } from "../web/web_results.ts";

/** Characters of a body that are shown. */
const BODY_START = 400;
/** Characters of all headers that are shown. */
const HEADERS_START = 800;

/**
 * What goes with a request, for the person who is asked: whose credentials, the headers, which can
 * say as much as a body, and how the body begins.
 *
 * @param headers Of the call itself; no credential is among them.
 */
export function previewOf(
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  profile: string | undefined,
): string | undefined {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join(", ");
  const parts = [
    profile !== undefined && `with the credentials of "${profile}"`,
    lines !== "" &&
    (lines.length > HEADERS_START
      ? `headers of ${sizeText(lines.length)}, which begin: ${lines.slice(0, HEADERS_START)}…`
      : `headers ${lines}`),
    body !== undefined && bodyText(body),
  ].filter((part) => typeof part === "string");
  return parts.length === 0 ? undefined : parts.join("; ");
}

function bodyText(body: string): string {
  const size = sizeText(new TextEncoder().encode(body).length);
  const start = body.slice(0, BODY_START).toWellFormed();
  return body.length > BODY_START
    ? `body of ${size}, which begins: ${start}…`
    : `body of ${size}: ${start}`;
}
