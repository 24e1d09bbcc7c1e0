import { sizeText } from "../web/web_results.ts";

/** Characters of a body that are shown. */
const BODY_START = 400;

/**
 * What goes with a request, for the person who is asked: whose credentials, which headers by name,
 * and how the body begins.
 */
export function previewOf(
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  profile: string | undefined,
): string | undefined {
  const names = Object.keys(headers);
  const parts = [
    profile !== undefined && `with the credentials of "${profile}"`,
    names.length > 0 && `headers ${names.join(", ")}`,
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
