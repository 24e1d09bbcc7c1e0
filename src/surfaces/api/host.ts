/** What the HTTP API works with; `app/` puts it in. */
import type { Task, TaskEvent, TaskRequest } from "../../model/services/task.ts";

/** Ward, as the API sees it. */
export interface ApiHost {
  /** @throws {AppError} `api.busy`: too many wait already. */
  addTask(request: TaskRequest): Promise<{ readonly task: Task; readonly isNew: boolean }>;
  /** Newest first. */
  listTasks(limit: number): Promise<readonly Task[]>;
  readTask(id: string): Promise<Task | null>;
  /** Stops it where it is. @returns False: it neither waits nor runs. */
  cancelTask(id: string): Promise<boolean>;
  /**
   * Tells what goes on in a task until it ends: first what is still known of the time after `from`.
   *
   * @returns Ends it.
   */
  followTask(
    id: string,
    from: number,
    follower: { tell(event: TaskEvent): void; end(): void },
  ): () => void;
  status(): Promise<ApiStatus>;
  /** Of the last 24 hours. */
  cost(): Promise<ApiCost>;
}

/** `GET /status`. */
export interface ApiStatus {
  readonly version: string;
  /** Tasks that run. */
  readonly active: readonly Task[];
  readonly queued: number;
  readonly completedToday: number;
  readonly failedToday: number;
  /** Dollars of all calls of today, UTC; null: not known. */
  readonly usdToday: number | null;
}

/** `GET /cost`. */
export interface ApiCost {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly usd: number | null;
  /** Calls whose price is not known. */
  readonly unpriced: number;
  readonly models: readonly {
    readonly provider: string;
    readonly model: string;
    readonly calls: number;
    readonly usd: number | null;
  }[];
}
