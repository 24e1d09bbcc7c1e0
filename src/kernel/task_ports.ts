/** Tasks in the state database, and the webhooks that tell of them. See `store_ports.ts`. */
import type { Delivery, DeliveryEnd, NewDelivery } from "../model/services/webhook.ts";
import type { ModelCall } from "./store_ports.ts";
import type { Task, TaskEnd, TaskRequest, TaskRound, TaskState } from "../model/services/task.ts";

/** Tasks as they are stored. Every call is one transaction. */
export interface TaskBook {
  /**
   * Adds a task; the one that is there where its idempotency key is known.
   *
   * @param maxOpen Tasks that may wait or run.
   * @returns null: there are that many.
   */
  addTask(
    request: TaskRequest,
    maxOpen: number,
  ): Promise<{ readonly task: Task; readonly isNew: boolean } | null>;
  readTask(id: string): Promise<Task | null>;
  /** Newest first, descriptions and answers cut at 2,000 characters. */
  listTasks(limit: number): Promise<Task[]>;
  /** Those that wait or run, oldest first. */
  openTasks(limit: number): Promise<Task[]>;
  /** Those that wait or run, and those that ended since a moment. */
  countTasks(endedSinceMs: number): Promise<TaskCounts>;
  /** Marks it as running, and counts that it was begun. @returns False: it waits or runs no more. */
  beginTask(id: string): Promise<boolean>;
  /** Has it wait again: ward ended as it should, and that counts for nothing. */
  parkTask(id: string): Promise<void>;
  /** Names the session that it is worked on in. */
  bindTask(id: string, sessionId: string): Promise<void>;
  /** Rounds that were judged, in order; none of a task that has ended. */
  readRounds(id: string): Promise<TaskRound[]>;
  /** Stores what judging used, and the round; null: nothing was judged. */
  addRound(
    id: string,
    round: TaskRound | null,
    judged: { readonly sessionId: string; readonly calls: readonly ModelCall[] },
  ): Promise<void>;
  /** Ends it and has webhooks told, in one transaction. @returns False: it had ended. */
  endTask(id: string, end: TaskEnd, deliveries: readonly NewDelivery[]): Promise<boolean>;
}

/** See {@linkcode TaskBook.countTasks}. */
export type TaskCounts = Readonly<Record<TaskState, number>>;

/** What is to be told to webhooks. Every call is one transaction. */
export interface DeliveryBook {
  /** @param maxPending Where there are more, the oldest are given up. */
  addDeliveries(deliveries: readonly NewDelivery[], maxPending: number): Promise<void>;
  /** The first that is due for a webhook, and when the next one is; null: none waits. */
  nextDelivery(
    params: { readonly hook: string; readonly nowMs: number },
  ): Promise<{ readonly due: Delivery | null; readonly nextAtMs: number | null }>;
  /** Notes how a try ended. */
  endDelivery(id: string, end: DeliveryEnd): Promise<void>;
  /** Gives up what waits for other webhooks than these. */
  keepHooks(hooks: readonly string[]): Promise<void>;
  /** By webhook, for `ward status`. */
  deliveryCounts(): Promise<DeliveryCount[]>;
}

/** See {@linkcode DeliveryBook.deliveryCounts}. */
export interface DeliveryCount {
  readonly hook: string;
  readonly pending: number;
  readonly delivered: number;
  readonly givenUp: number;
  /** Why the newest try failed; null: it did not. */
  readonly problem: string | null;
}
