/** The token of the HTTP API and webhooks with their secrets, as the rest of ward takes them. */
import type { WebhookSettings } from "../../model/services/webhook.ts";
import type { SecretSetting } from "./schema/keys.ts";
import type { FileSettings } from "./schema/schema.ts";

/** Name of the saved secret, and of the variable that wins over it. */
export const API_TOKEN = { saved: "api-token", variable: "WARD_API_TOKEN" } as const;

/** A secret of a webhook. */
export interface WebhookSecret {
  /** Name of the webhook. */
  readonly webhook: string;
  readonly setting: SecretSetting;
  /** Name of the saved secret that `"keychain"` stands for. */
  readonly savedAs: string;
}

/** All secrets that the webhooks name. */
export function webhookSecrets({ webhooks }: Pick<FileSettings, "webhooks">): WebhookSecret[] {
  return Object.entries(webhooks).flatMap(([webhook, { secret }]) =>
    secret === undefined ? [] : [{ webhook, setting: secret, savedAs: `webhook-${webhook}` }]
  );
}

/** The webhooks of the configuration, in its order. */
export function configuredWebhooks(
  { webhooks }: Pick<FileSettings, "webhooks">,
): WebhookSettings[] {
  return Object.entries(webhooks).map(([name, { url, events }]) => ({ name, url, events }));
}
