/** A JSON web token with these claims and a signature that nobody checks. */
export function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "none" })}.${part(claims)}.sig`;
}

/** A value that is not in this file's text: a canary for one secret. */
export function canary(what: string): string {
  return `${what}-canary-${crypto.randomUUID()}`;
}
