import { createHash } from "node:crypto";

/** SHA-256 of a text (UTF-8), in hex. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The same, for ports that wait. */
export function textHash(text: string): Promise<string> {
  return Promise.resolve(sha256(text));
}
