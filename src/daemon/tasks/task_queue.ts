/**
 * Tasks of the HTTP API: stored before they are answered, worked on side by side within a limit,
 * oldest first. What ran when ward ended is begun again after the next start, in the same session.
 */
import { AppError } from "../../base/app_error.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { TaskBook } from "../../kernel/task_ports.ts";
import {
  isEnded,
  type Task,
  type TaskEnd,
  type TaskEvent,
  type TaskRequest,
} from "../../model/services/task.ts";
import type { NewDelivery } from "../../model/services/webhook.ts";
import type { DaemonService } from "../service.ts";
import { type Follower, TaskProgress } from "./task_progress.ts";

/** Tasks that may wait or run. */
const MAX_OPEN = 1_000;

/** How often a task is begun that was not put aside: one that ends ward must not do so for ever. */
const MAX_STARTS = 3;

/** What a task's work is given. */
export interface TaskWork {
  /** Stops it. */
  readonly signal: AbortSignal;
  /** To be told before anything is done: where it goes on after ward ended. */
  onSession(id: string): Promise<void>;
  tell(name: TaskEvent["name"], data: TaskEvent["data"]): void;
}

/** What became of a task's work. */
export type WorkResult = Omit<TaskEnd, "state"> & { readonly isComplete: boolean };

/** What the queue needs. */
export interface TaskQueueParts {
  readonly book: TaskBook;
  readonly clock: Pick<Clock, "now">;
  /** Tasks at once. */
  readonly atOnce: number;
  /** Works on one. What it throws becomes the error of the task. */
  work(task: Task, work: TaskWork): Promise<WorkResult>;
  /** What webhooks are told of a task that has ended. */
  deliveriesOf(task: Task): readonly NewDelivery[];
  /** Told when deliveries were stored. */
  onDeliveries(): void;
  /** A task as its followers see it. */
  bodyOf(task: Task): Readonly<Record<string, unknown>>;
  /** What an error says to who asked. */
  wordsOf(error: unknown): string;
}

/** See {@linkcode createTaskQueue}. */
export interface TaskQueue extends DaemonService {
  /** @throws {AppError} `api.busy`. */
  add(request: TaskRequest): Promise<{ readonly task: Task; readonly isNew: boolean }>;
  /** @returns False: it neither waits nor runs. */
  cancel(id: string): Promise<boolean>;
  /** Tells what goes on in a task until it ends. @returns Ends that. */
  follow(id: string, from: number, follower: Follower): () => void;
}

/** Makes the queue. It works on nothing before it runs. */
export function createTaskQueue(parts: TaskQueueParts): TaskQueue {
  const { book, atOnce } = parts;
  const progress = new TaskProgress();
  const running = new Map<string, { readonly stop: AbortController; done: Promise<void> }>();
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();

  const end = async (task: Task, ended: TaskEnd): Promise<boolean> => {
    const after: Task = { ...task, ...ended, endedAtMs: parts.clock.now() };
    const deliveries = parts.deliveriesOf(after);
    const isFirst = await book.endTask(task.id, ended, deliveries);
    if (isFirst && deliveries.length > 0) parts.onDeliveries();
    progress.end(task.id, parts.bodyOf(await book.readTask(task.id) ?? after));
    return isFirst;
  };

  const workOn = async (task: Task, { signal }: AbortController): Promise<void> => {
    if (task.starts >= MAX_STARTS) {
      const error = `ward ended ${MAX_STARTS} times while it worked on this`;
      return void await end(task, { ...NOTHING, state: "failed", error });
    }
    if (!await book.beginTask(task.id)) return;
    let begun = await book.readTask(task.id) ?? task;
    progress.tell(task.id, "state", parts.bodyOf(begun));
    let result: WorkResult;
    try {
      result = await parts.work(begun, {
        signal,
        async onSession(sessionId) {
          await book.bindTask(task.id, sessionId);
          begun = { ...begun, sessionId };
          progress.tell(task.id, "state", parts.bodyOf(begun));
        },
        tell: (name, data) => progress.tell(task.id, name, data),
      });
    } catch (error) {
      result = { ...NOTHING, isComplete: false, error: parts.wordsOf(error) };
    }
    const { isComplete, ...made } = result;
    // What is done is done, though somebody wanted it stopped.
    if (isComplete) return void await end(begun, { ...made, state: "complete" });
    if (signal.reason === PARKED) return await book.parkTask(task.id);
    await end(
      begun,
      signal.reason === CANCELLED
        ? { ...made, state: "cancelled", error: null }
        : { ...made, state: "failed" },
    );
  };

  /** Begins what there is room for. */
  const begin = async (onFault: (error: unknown) => void): Promise<void> => {
    if (running.size >= atOnce) return;
    // Those that run are the oldest of them.
    for (const task of await book.openTasks(running.size + atOnce)) {
      if (running.size >= atOnce) return;
      if (running.has(task.id)) continue;
      const stop = new AbortController();
      const entry = { stop, done: Promise.resolve() };
      running.set(task.id, entry);
      entry.done = workOn(task, stop).catch(onFault).finally(() => {
        running.delete(task.id);
        wake();
      });
    }
  };

  const parkAll = () => {
    for (const { stop } of running.values()) stop.abort(PARKED);
    wake();
  };

  return {
    name: "tasks",
    async add(request) {
      const added = await book.addTask(request, MAX_OPEN);
      if (added === null) {
        throw new AppError("api.busy", `${MAX_OPEN} tasks wait already`, {
          hint: "Wait for some of them, or cancel them",
        });
      }
      wake();
      return added;
    },
    async cancel(id) {
      const task = await book.readTask(id);
      if (task === null || isEnded(task)) return false;
      const work = running.get(id);
      if (!work) return await end(task, { ...NOTHING, state: "cancelled" });
      work.stop.abort(CANCELLED);
      return true;
    },
    follow(id, from, follower) {
      let isOver = false;
      const once: Follower = {
        tell: (event) => isOver || follower.tell(event),
        end() {
          if (isOver) return;
          isOver = true;
          follower.end();
        },
      };
      const stop = progress.follow(id, from, once);
      // It may have ended before anybody followed it.
      book.readTask(id).then((task) => {
        if (task && !isEnded(task)) return;
        stop();
        if (task) once.tell({ seq: from + 1, name: "state", data: parts.bodyOf(task) });
        once.end();
      }, () => once.end());
      return () => {
        isOver = true;
        stop();
      };
    },
    async run(signal) {
      let fault: { readonly error: unknown } | null = null;
      const onFault = (error: unknown) => {
        fault ??= { error };
      };
      signal.addEventListener("abort", parkAll, { once: true });
      try {
        while (!signal.aborted && fault === null) {
          changed = Promise.withResolvers<void>();
          await begin(onFault);
          if (!signal.aborted) await changed.promise;
        }
      } finally {
        signal.removeEventListener("abort", parkAll);
        parkAll();
        await Promise.all([...running.values()].map(({ done }) => done));
        progress.close();
      }
      if (fault !== null) throw (fault as { error: unknown }).error;
    },
  };
}

const CANCELLED = new AppError("api.cancelled", "The task was cancelled");
const PARKED = new AppError("api.parked", "ward ends; the task goes on after the next start");

const NOTHING: Omit<TaskEnd, "state"> = {
  answer: null,
  finalScore: null,
  decision: null,
  error: null,
  iterations: 0,
  modelCalls: 0,
  tokens: 0,
  usd: null,
};
