import type { Ward } from "../ward.ts";
import { AppError } from "../../base/app_error.ts";
import { webhookKey } from "../../kernel/webhooks/sign.ts";
import type { WebhookState } from "../../model/report.ts";

/** The webhooks of the configuration, and what was or is still to be told to each. */
export async function webhookStates({ start, store }: Ward): Promise<WebhookState[]> {
  const { settings: { webhooks }, webhookSecrets } = start;
  if (webhooks.length === 0) return [];
  const counts = await store.deliveryCounts();
  return webhooks.map(({ name, url }) => {
    const { pending = 0, delivered = 0, givenUp = 0, problem = null } = counts.find(({ hook }) =>
      hook === name
    ) ?? {};
    const wrong = secretProblem(name, webhookSecrets[name] ?? null);
    return { name, url, pending, delivered, givenUp, problem: wrong ?? problem };
  });
}

function secretProblem(name: string, secret: string | null): string | null {
  try {
    webhookKey(name, secret);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [error.message, error.hint].filter(Boolean).join(". ");
  }
}
