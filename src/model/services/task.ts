/** Tasks that are given by the HTTP API: a message to the agent, and what became of it. */

/** What a task can be. */
export const TASK_STATES = ["queued", "running", "complete", "failed", "cancelled"] as const;

/** One of {@linkcode TASK_STATES}. */
export type TaskState = typeof TASK_STATES[number];

/** How bad a fault is, the worst first. */
export const SEVERITIES = ["blocker", "important", "suggestion"] as const;

/** What was found wrong with an answer. */
export interface Finding {
  readonly severity: typeof SEVERITIES[number];
  readonly title: string;
  /** What to do about it; may be empty. */
  readonly fix: string;
}

/**
 * Why rounds ended. `accept`: good enough. `accept_best`: there are no more rounds. `regression`: the
 * last answer was much worse than the best. `unchanged`: it said what the one before said.
 */
export const ROUND_DECISIONS = ["accept", "accept_best", "regression", "unchanged"] as const;

/** One of {@linkcode ROUND_DECISIONS}. */
export type RoundDecision = typeof ROUND_DECISIONS[number];

/** A round that was judged. */
export interface TaskRound {
  /** From 1. */
  readonly round: number;
  readonly answer: string;
  /** 0 to 1. */
  readonly score: number;
  readonly findings: readonly Finding[];
  /** Messages of its session when it was judged: with more of them the next round was begun. */
  readonly messages: number;
}

/** What is to be done. */
export interface TaskRequest {
  readonly description: string;
  /** Kind of the task, told to who judges it; null: none. */
  readonly category: string | null;
  /** Rounds of work and judgement; null: 3 with a threshold, else one that nobody judges. */
  readonly maxIterations: number | null;
  /** Least score of an answer that is good enough, 0 to 1; null: 0.8 where there are rounds. */
  readonly qualityThreshold: number | null;
  /** Says that a second request is the same; null: it is never. */
  readonly idempotencyKey: string | null;
}

/** A task as it is stored. Times are ms since the epoch. */
export interface Task {
  readonly id: string;
  readonly description: string;
  readonly category: string | null;
  readonly maxIterations: number | null;
  readonly qualityThreshold: number | null;
  readonly state: TaskState;
  /** Session it is worked on in; null: it was not begun. */
  readonly sessionId: string | null;
  /** How often it was begun: again after ward ended in the middle. */
  readonly starts: number;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The agent's best answer, or its last one where none was judged; null: there is none. */
  readonly answer: string | null;
  /** Score of the answer, 0 to 1; null: it was not judged. */
  readonly finalScore: number | null;
  /** Why no further round was made; null: none was judged, or it did not come to that. */
  readonly decision: RoundDecision | null;
  /** Why it failed; null: it did not. */
  readonly error: string | null;
  /** Rounds whose work was done. */
  readonly iterations: number;
  readonly modelCalls: number;
  /** Input and output, as the services counted them. */
  readonly tokens: number;
  /** Price in dollars; null: not known. */
  readonly usd: number | null;
}

/** How a task ended. */
export type TaskEnd =
  & Pick<
    Task,
    | "answer"
    | "finalScore"
    | "decision"
    | "error"
    | "iterations"
    | "modelCalls"
    | "tokens"
    | "usd"
  >
  & { readonly state: Exclude<TaskState, "queued" | "running"> };

/** Whether nothing more becomes of it. */
export function isEnded({ state }: Pick<Task, "state">): boolean {
  return state !== "queued" && state !== "running";
}

/** What goes on in a task, for who follows it. */
export interface TaskEvent {
  /** From 1, within a task and a process. */
  readonly seq: number;
  readonly name: "state" | "text" | "tool" | "notice" | "model" | "round";
  readonly data: Readonly<Record<string, unknown>>;
}
