/** The kernel's end of tasks and deliveries. */
import * as z from "zod";
import { lazily } from "../../../base/lazily.ts";
import type { DeliveryBook, DeliveryCount, TaskBook } from "../../../kernel/task_ports.ts";
import {
  ROUND_DECISIONS,
  SEVERITIES,
  type Task,
  TASK_STATES,
  type TaskRound,
} from "../../../model/services/task.ts";
import { type Delivery, WEBHOOK_EVENTS } from "../../../model/services/webhook.ts";
import type { Client } from "../../wire.ts";
import type { TASK_METHODS } from "../api.ts";

const task: () => z.ZodType<Task> = lazily(() =>
  z.object({
    id: z.string(),
    description: z.string(),
    category: z.string().nullable(),
    maxIterations: z.number().nullable(),
    qualityThreshold: z.number().nullable(),
    state: z.enum(TASK_STATES),
    sessionId: z.string().nullable(),
    starts: z.number(),
    createdAtMs: z.number(),
    startedAtMs: z.number().nullable(),
    endedAtMs: z.number().nullable(),
    answer: z.string().nullable(),
    finalScore: z.number().nullable(),
    decision: z.enum(ROUND_DECISIONS).nullable(),
    error: z.string().nullable(),
    iterations: z.number(),
    modelCalls: z.number(),
    tokens: z.number(),
    usd: z.number().nullable(),
  })
);

const round: () => z.ZodType<TaskRound> = lazily(() =>
  z.object({
    round: z.number(),
    answer: z.string(),
    score: z.number(),
    findings: z.array(
      z.object({ severity: z.enum(SEVERITIES), title: z.string(), fix: z.string() }),
    ),
    messages: z.number(),
  })
);

const delivery: () => z.ZodType<Delivery> = lazily(() =>
  z.object({
    id: z.string(),
    hook: z.string(),
    event: z.enum(WEBHOOK_EVENTS),
    taskId: z.string().nullable(),
    body: z.string(),
    attempts: z.number(),
  })
);

const deliveryCount: () => z.ZodType<DeliveryCount> = lazily(() =>
  z.object({
    hook: z.string(),
    pending: z.number(),
    delivered: z.number(),
    givenUp: z.number(),
    problem: z.string().nullable(),
  })
);

const nothing = z.null().transform(() => undefined);

/** The kernel's end. */
export function createTaskClient(client: Client): TaskBook & DeliveryBook {
  const ask = async <T>(
    schema: z.ZodType<T>,
    method: typeof TASK_METHODS[number],
    ...args: unknown[]
  ) => schema.parse(await client.call(method, args));
  return {
    addTask: (...given) =>
      ask(z.object({ task: task(), isNew: z.boolean() }).nullable(), "addTask", ...given),
    readTask: (id) => ask(task().nullable(), "readTask", id),
    listTasks: (limit) => ask(z.array(task()), "listTasks", limit),
    openTasks: (limit) => ask(z.array(task()), "openTasks", limit),
    countTasks: (sinceMs) => ask(z.record(z.enum(TASK_STATES), z.number()), "countTasks", sinceMs),
    beginTask: (id) => ask(z.boolean(), "beginTask", id),
    parkTask: (id) => ask(nothing, "parkTask", id),
    bindTask: (...given) => ask(nothing, "bindTask", ...given),
    readRounds: (id) => ask(z.array(round()), "readRounds", id),
    addRound: (...given) => ask(nothing, "addRound", ...given),
    endTask: (...given) => ask(z.boolean(), "endTask", ...given),
    addDeliveries: (...given) => ask(nothing, "addDeliveries", ...given),
    nextDelivery: (params) =>
      ask(
        z.object({ due: delivery().nullable(), nextAtMs: z.number().nullable() }),
        "nextDelivery",
        params,
      ),
    keepHooks: (hooks) => ask(nothing, "keepHooks", hooks),
    endDelivery: (...given) => ask(nothing, "endDelivery", ...given),
    deliveryCounts: () => ask(z.array(deliveryCount()), "deliveryCounts"),
  };
}
