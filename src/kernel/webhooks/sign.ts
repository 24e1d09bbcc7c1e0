/**
 * What makes a message of a webhook ward's own: id and time are signed with it, so that it can be
 * neither made up nor sent again later.
 *
 * Source: the Standard Webhooks specification, version 1 (standard-webhooks on GitHub, spec.md).
 */
import { AppError } from "../../base/app_error.ts";
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";

/** Shortest key, bytes, as the specification has it. */
const MIN_KEY_BYTES = 24;

/** Key of a webhook. */
export type WebhookKey = Uint8Array<ArrayBuffer>;

/**
 * The key in a secret: `whsec_` and base64, or any other text as it is.
 *
 * @throws {AppError} `webhook.secret`: it is not there, too short, or no base64.
 */
export function webhookKey(name: string, secret: string | null): WebhookKey {
  const key = secret === null ? null : bytesOf(secret);
  if (key !== null && key.length >= MIN_KEY_BYTES) return key;
  const why = secret === null
    ? "it has no secret"
    : `its secret has less than ${MIN_KEY_BYTES} bytes`;
  throw new AppError("webhook.secret", `The webhook "${name}" is not told anything: ${why}`, {
    hint: `Save one that nobody can guess, such as that of \`openssl rand -hex 32\`: ` +
      `ward secrets set webhook-${name}`,
  });
}

function bytesOf(secret: string): WebhookKey | null {
  if (!secret.startsWith("whsec_")) return new TextEncoder().encode(secret);
  try {
    return decodeBase64(secret.slice("whsec_".length));
  } catch {
    return null;
  }
}

/**
 * Headers of a message.
 *
 * @param message.id The same for each try of one message.
 * @param message.atMs Of this try, ms since the epoch.
 */
export async function webhookHeaders(
  key: WebhookKey,
  { id, atMs, body }: { readonly id: string; readonly atMs: number; readonly body: string },
): Promise<Readonly<Record<string, string>>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signer = await crypto.subtle.importKey(
    "raw",
    key,
    { name: "HMAC", hash: "SHA-256" },
    false,
    [
      "sign",
    ],
  );
  const signed = await crypto.subtle.sign(
    "HMAC",
    signer,
    new TextEncoder().encode(`${id}.${timestamp}.${body}`),
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${encodeBase64(new Uint8Array(signed))}`,
  };
}
