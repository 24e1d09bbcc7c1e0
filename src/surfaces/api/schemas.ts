/** Bodies of requests and answers: the one source of what is checked and of the OpenAPI document. */
import * as z from "zod";
import { type Task, TASK_STATES } from "../../model/services/task.ts";
import type { ApiCost, ApiStatus } from "./host.ts";

/** Longest description, characters. */
const MAX_DESCRIPTION = 200_000;

const money = z.number().nullable().describe("US dollars; null where a price is not known");
const moment = z.iso.datetime().nullable();

/** Body of `POST /tasks`. */
export const taskRequest = z.strictObject({
  description: z.string().max(MAX_DESCRIPTION).refine((text) => text.trim() !== "")
    .describe("What the agent is to do or answer; not blank").meta({ minLength: 1 }),
  max_iterations: z.int().min(1).max(10_000).optional()
    .describe("Model calls it may take, at most limits.iterations"),
}).meta({ description: "A task to be done" });

const task = z.object({
  task_id: z.string(),
  description: z.string(),
  status: z.enum(TASK_STATES),
  session_id: z.string().nullable().describe("The session it is worked on in; null before that"),
  created_at: z.iso.datetime(),
  started_at: moment,
  ended_at: moment,
  answer: z.string().nullable().describe("The agent's answer, once the task has ended"),
  error: z.string().nullable().describe("Why it failed"),
  iterations: z.int().describe("Model calls"),
  total_tokens: z.int(),
  cost_usd: money,
}).meta({ description: "A task, and what became of it" });

const created = z.object({
  task_id: z.string(),
  status: z.enum(TASK_STATES),
  message: z.string(),
}).meta({ description: "The task that was taken" });

const cancelled = z.object({
  task_id: z.string(),
  status: z.literal("cancel_requested"),
  message: z.string(),
}).meta({ description: "The task is stopped where it is" });

const status = z.object({
  version: z.string(),
  daemon_running: z.literal(true),
  active_task: task.nullable().describe("The task that runs longest"),
  active_tasks: z.int(),
  queued_tasks: z.int(),
  tasks_completed_today: z.int().describe("Since midnight, UTC"),
  tasks_failed_today: z.int(),
  total_cost_today: money,
}).meta({ description: "What the daemon is doing" });

const cost = z.object({
  calls_24h: z.int(),
  input_tokens_24h: z.int(),
  output_tokens_24h: z.int(),
  cost_usd_24h: money,
  unpriced_calls_24h: z.int().describe("Calls whose price is not known; not in cost_usd_24h"),
  models: z.array(z.object({
    provider: z.string(),
    model: z.string(),
    calls: z.int(),
    cost_usd: money,
  })),
}).meta({ description: "What all model calls of the last 24 hours used" });

const health = z.object({ status: z.literal("ok"), version: z.string() })
  .meta({ description: "It runs" });

const error = z.object({
  error: z.string(),
  code: z.string().optional(),
  hint: z.string().optional(),
}).meta({ description: "What went wrong, and what to do about it" });

/** All of them by their names in the document. */
export const SCHEMAS = {
  TaskRequest: taskRequest,
  Task: task,
  TaskCreated: created,
  TaskCancelled: cancelled,
  Status: status,
  Cost: cost,
  Health: health,
  Error: error,
} as const;

/** Name of one of {@linkcode SCHEMAS}. */
export type SchemaName = keyof typeof SCHEMAS;

/** A task as the API shows it. */
export function taskBody(one: Task): z.infer<typeof task> {
  return {
    task_id: one.id,
    description: one.description,
    status: one.state,
    session_id: one.sessionId,
    created_at: dateText(one.createdAtMs),
    started_at: one.startedAtMs === null ? null : dateText(one.startedAtMs),
    ended_at: one.endedAtMs === null ? null : dateText(one.endedAtMs),
    answer: one.answer,
    error: one.error,
    iterations: one.iterations,
    total_tokens: one.tokens,
    cost_usd: one.usd,
  };
}

/** The status as the API shows it. */
export function statusBody(one: ApiStatus): z.infer<typeof status> {
  const [first] = one.active;
  return {
    version: one.version,
    daemon_running: true,
    active_task: first === undefined ? null : taskBody(first),
    active_tasks: one.active.length,
    queued_tasks: one.queued,
    tasks_completed_today: one.completedToday,
    tasks_failed_today: one.failedToday,
    total_cost_today: one.usdToday,
  };
}

/** The cost as the API shows it. */
export function costBody(one: ApiCost): z.infer<typeof cost> {
  return {
    calls_24h: one.calls,
    input_tokens_24h: one.inputTokens,
    output_tokens_24h: one.outputTokens,
    cost_usd_24h: one.usd,
    unpriced_calls_24h: one.unpriced,
    models: one.models.map(({ provider, model, calls, usd }) => ({
      provider,
      model,
      calls,
      cost_usd: usd,
    })),
  };
}

function dateText(atMs: number): string {
  return new Date(atMs).toISOString();
}
