/** Tasks that are given by the HTTP API: a message to the agent, and what became of it. */

/** What a task can be. */
export const TASK_STATES = ["queued", "running", "complete", "failed", "cancelled"] as const;

/** One of {@linkcode TASK_STATES}. */
export type TaskState = typeof TASK_STATES[number];

/** What is to be done. */
export interface TaskRequest {
  readonly description: string;
  /** Model calls it may take; null: as `limits.iterations`. */
  readonly maxIterations: number | null;
  /** Says that a second request is the same; null: it is never. */
  readonly idempotencyKey: string | null;
}

/** A task as it is stored. Times are ms since the epoch. */
export interface Task {
  readonly id: string;
  readonly description: string;
  readonly maxIterations: number | null;
  readonly state: TaskState;
  /** Session it is worked on in; null: it was not begun. */
  readonly sessionId: string | null;
  /** How often it was begun: again after ward ended in the middle. */
  readonly starts: number;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The agent's last answer; null: there is none. */
  readonly answer: string | null;
  /** Why it failed; null: it did not. */
  readonly error: string | null;
  /** Model calls. */
  readonly iterations: number;
  /** Input and output, as the services counted them. */
  readonly tokens: number;
  /** Price in dollars; null: not known. */
  readonly usd: number | null;
}

/** How a task ended. */
export type TaskEnd =
  & Pick<Task, "answer" | "error" | "iterations" | "tokens" | "usd">
  & { readonly state: Exclude<TaskState, "queued" | "running"> };

/** Whether nothing more becomes of it. */
export function isEnded({ state }: Pick<Task, "state">): boolean {
  return state !== "queued" && state !== "running";
}

/** What goes on in a task, for who follows it. */
export interface TaskEvent {
  /** From 1, within a task and a process. */
  readonly seq: number;
  readonly name: "state" | "text" | "tool" | "notice" | "model";
  readonly data: Readonly<Record<string, unknown>>;
}
