/** What webhooks are told: `{event, timestamp, data}`. Pure. */
import type { CapFact } from "../../model/conversation/budget.ts";
import type { Task } from "../../model/services/task.ts";
import type { NewDelivery, WebhookEvent, WebhookSettings } from "../../model/services/webhook.ts";

/** Characters of a text in a message; whoever wants more asks the API. */
const MAX_TEXT = 2_000;

/** What it needs. */
export interface MessageParts {
  readonly hooks: readonly WebhookSettings[];
  readonly nowMs: number;
  /** Takes secrets out of a text. */
  clean(text: string): string;
}

/** What is told of a task that has ended; of one that was cancelled nothing is. */
export function taskDeliveries(task: Task, parts: MessageParts): NewDelivery[] {
  const clean = (text: string) => shortened(parts.clean(text));
  const about = { task_id: task.id, description: clean(task.description) };
  switch (task.state) {
    case "complete":
      return told("task.complete", task.id, parts, {
        ...about,
        iterations: task.iterations,
        final_score: task.finalScore,
        cost_usd: task.usd,
        total_tokens: task.tokens,
      });
    case "failed":
      return told("task.failed", task.id, parts, { ...about, error: clean(task.error ?? "") });
    default:
      return [];
  }
}

/** What is told of a cap that comes near. */
export function budgetDeliveries(
  { scope, unit, limit, spent }: CapFact,
  parts: MessageParts,
): NewDelivery[] {
  return told("budget.warning", null, parts, {
    scope,
    unit,
    current_cost: spent,
    budget_limit: limit,
    percentage_used: limit === 0 ? 100 : Math.round(spent / limit * 1000) / 10,
  });
}

function told(
  event: WebhookEvent,
  taskId: string | null,
  { hooks, nowMs }: MessageParts,
  data: Readonly<Record<string, unknown>>,
): NewDelivery[] {
  const body = JSON.stringify({ event, timestamp: new Date(nowMs).toISOString(), data });
  return hooks.filter(({ events }) => events.includes(event))
    .map(({ name }) => ({ hook: name, event, taskId, body }));
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1).toWellFormed()}…`;
}
