/** Addresses that are told what happened, and what they are told. */

/** What can be told. */
export const WEBHOOK_EVENTS = ["task.complete", "task.failed", "budget.warning"] as const;

/** One of {@linkcode WEBHOOK_EVENTS}. */
export type WebhookEvent = typeof WEBHOOK_EVENTS[number];

/** Name of a webhook in the configuration. */
export const WEBHOOK_NAME = /^[a-z0-9][a-z0-9_-]{0,29}$/;

/** A webhook as it is configured; its secret is kept apart. */
export interface WebhookSettings {
  readonly name: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
}

/** What is to be sent. */
export interface NewDelivery {
  /** Name of the webhook. */
  readonly hook: string;
  readonly event: WebhookEvent;
  /** The task it tells of; null: none. */
  readonly taskId: string | null;
  /** JSON, the same for each try. */
  readonly body: string;
}

/** What is stored to be sent. */
export interface Delivery extends NewDelivery {
  /** The same for each try. */
  readonly id: string;
  /** Tries so far. */
  readonly attempts: number;
}

/** How a try ended. `problem`: safe to show. */
export type DeliveryEnd =
  | { readonly type: "delivered" }
  | { readonly type: "again"; readonly atMs: number; readonly problem: string }
  | { readonly type: "given_up"; readonly problem: string };
