/** Bodies of requests and answers: the one source of what is checked and of the OpenAPI document. */
import * as z from "zod";
import { ROUND_DECISIONS, type Task, TASK_STATES } from "../../model/services/task.ts";
import type { ApiCost, ApiStatus } from "./host.ts";

/** Longest description, characters. */
const MAX_DESCRIPTION = 200_000;

/** Most rounds of a task. */
const MAX_ROUNDS = 20;

const money = z.number().nullable().describe("US dollars; null where a price is not known");
const moment = z.iso.datetime().nullable();

/** Body of `POST /tasks`. */
export const taskRequest = z.strictObject({
  description: z.string().max(MAX_DESCRIPTION).refine((text) => text.trim() !== "")
    .describe("What the agent is to do or answer; not blank").meta({ minLength: 1 }),
  category: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 _-]{0,63}$/).optional()
    .describe("Kind of the task, such as code-review; told to the model that judges the answer"),
  max_iterations: z.int().min(1).max(MAX_ROUNDS).optional()
    .describe(
      "Rounds of work and judgement; 3 by default where quality_threshold is given, else 1. " +
        "One round without quality_threshold is not judged",
    ),
  quality_threshold: z.number().min(0).max(1).optional()
    .describe(
      "Least score of an answer that is good enough; 0.8 by default where max_iterations is " +
        "more than 1. A model judges each round's answer, and the next round mends what it found",
    ),
}).meta({ description: "A task to be done" });

const task = z.object({
  task_id: z.string(),
  description: z.string(),
  category: z.string().nullable(),
  max_iterations: z.int().nullable().describe("As it was asked for"),
  quality_threshold: z.number().nullable().describe("As it was asked for"),
  status: z.enum(TASK_STATES),
  session_id: z.string().nullable().describe("The session it is worked on in; null before that"),
  created_at: z.iso.datetime(),
  started_at: moment,
  ended_at: moment,
  answer: z.string().nullable()
    .describe("The agent's answer, once the task has ended; of several rounds the best one"),
  final_score: z.number().nullable().describe("Score of the answer, 0 to 1; null: not judged"),
  decision: z.enum(ROUND_DECISIONS).nullable().describe(
    "Why there was no further round: good enough (accept), no more rounds (accept_best), much " +
      "worse than the best one (regression), the same answer again (unchanged)",
  ),
  error: z.string().nullable().describe("Why it failed"),
  iterations: z.int().describe("Rounds whose work was done"),
  model_calls: z.int(),
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
    category: one.category,
    max_iterations: one.maxIterations,
    quality_threshold: one.qualityThreshold,
    status: one.state,
    session_id: one.sessionId,
    created_at: dateText(one.createdAtMs),
    started_at: one.startedAtMs === null ? null : dateText(one.startedAtMs),
    ended_at: one.endedAtMs === null ? null : dateText(one.endedAtMs),
    answer: one.answer,
    final_score: one.finalScore,
    decision: one.decision,
    error: one.error,
    iterations: one.iterations,
    model_calls: one.modelCalls,
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
