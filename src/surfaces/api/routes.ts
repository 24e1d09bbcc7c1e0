/** The table of calls: what is answered, and what the document says of it. */
import type * as z from "zod";
import type { ApiHost } from "./host.ts";
import { costBody, type SchemaName, statusBody, taskBody, type taskRequest } from "./schemas.ts";
import type { TaskEvent } from "../../model/services/task.ts";

/** Where all of it is. */
export const PREFIX = "/api/v1";

/** Tasks in a list. */
const LISTED = 50;

/** A call, with its parts checked. */
export interface RouteCall {
  /** Of the path; empty where it has none. */
  readonly id: string;
  readonly body: z.infer<typeof taskRequest> | null;
  readonly idempotencyKey: string | null;
  /** Number of the last event that was got; 0: none. */
  readonly from: number;
}

/** What is answered. */
export type ApiAnswer =
  | { readonly type: "json"; readonly status: number; readonly body: unknown }
  | {
    readonly type: "events";
    /** Begins to tell; returns what ends it. */
    follow(follower: { tell(event: TaskEvent): void; end(): void }): () => void;
  };

/** What an answer holds: one body, a list of them, or events. */
export type AnswerForm =
  | SchemaName
  | { readonly list: SchemaName }
  | "events";

/** One call. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Behind {@linkcode PREFIX}; `{id}` is one segment. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly description?: string;
  readonly request?: SchemaName;
  /** Needs no token; answered by the thread itself. */
  readonly isOpen?: boolean;
  readonly answers: Readonly<Record<number, { readonly what: string; readonly form: AnswerForm }>>;
  run?(host: ApiHost, call: RouteCall): Promise<ApiAnswer>;
}

const json = (status: number, body: unknown): ApiAnswer => ({ type: "json", status, body });

const noTask = (id: string) => json(404, { error: `Task '${id}' not found` });

/** All of them. */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/health",
    operation: "health",
    summary: "Whether it runs",
    description: "Also at /health. Needs no token.",
    isOpen: true,
    answers: { 200: { what: "It runs", form: "Health" } },
  },
  {
    method: "POST",
    path: "/tasks",
    operation: "createTask",
    summary: "Give the agent a task",
    description: "The agent works on it in a session of its own, as the owner, with nobody to " +
      "ask: what needs an approval is refused, and the answer names the command that grants it. " +
      "With the header Idempotency-Key a second request of the same key gets the first task.",
    request: "TaskRequest",
    answers: {
      200: { what: "There is such a task already, of this Idempotency-Key", form: "TaskCreated" },
      201: { what: "It was taken", form: "TaskCreated" },
      400: { what: "The request makes no sense", form: "Error" },
      503: { what: "Too many tasks wait", form: "Error" },
    },
    async run(host, { body, idempotencyKey }) {
      const { task, isNew } = await host.addTask({
        description: body?.description ?? "",
        category: body?.category ?? null,
        maxIterations: body?.max_iterations ?? null,
        qualityThreshold: body?.quality_threshold ?? null,
        idempotencyKey,
      });
      const message = isNew ? "The task is queued" : "There is such a task already";
      return json(isNew ? 201 : 200, { task_id: task.id, status: task.state, message });
    },
  },
  {
    method: "GET",
    path: "/tasks",
    operation: "listTasks",
    summary: `The newest ${LISTED} tasks, newest first`,
    answers: { 200: { what: "The tasks", form: { list: "Task" } } },
    async run(host) {
      return json(200, (await host.listTasks(LISTED)).map(taskBody));
    },
  },
  {
    method: "GET",
    path: "/tasks/{id}",
    operation: "getTask",
    summary: "A task, and what became of it",
    answers: {
      200: { what: "The task", form: "Task" },
      404: { what: "There is none of that id", form: "Error" },
    },
    async run(host, { id }) {
      const task = await host.readTask(id);
      return task === null ? noTask(id) : json(200, taskBody(task));
    },
  },
  {
    method: "GET",
    path: "/tasks/{id}/events",
    operation: "followTask",
    summary: "What goes on in a task, as it happens",
    description: "Server-sent events: `state` with the task, `text` with pieces of the answer, " +
      "`model`, `tool`, `notice`, and `round` with the judgement of one. The stream ends after the " +
      "`state` of a task that has ended. " +
      "With the header Last-Event-ID it goes on after that event, where ward still knows it.",
    answers: {
      200: { what: "The events", form: "events" },
      404: { what: "There is none of that id", form: "Error" },
      503: { what: "Too many streams", form: "Error" },
    },
    async run(host, { id, from }) {
      const task = await host.readTask(id);
      if (task === null) return noTask(id);
      return { type: "events", follow: (follower) => host.followTask(id, from, follower) };
    },
  },
  {
    method: "POST",
    path: "/tasks/{id}/cancel",
    operation: "cancelTask",
    summary: "Stop a task where it is",
    answers: {
      200: { what: "It is stopped", form: "TaskCancelled" },
      404: { what: "No such task waits or runs", form: "Error" },
    },
    async run(host, { id }) {
      if (!await host.cancelTask(id)) {
        return json(404, { error: `No active task with ID '${id}'` });
      }
      return json(200, {
        task_id: id,
        status: "cancel_requested",
        message: "The task is stopped; what was done stays",
      });
    },
  },
  {
    method: "GET",
    path: "/status",
    operation: "getStatus",
    summary: "What the daemon is doing",
    answers: { 200: { what: "The status", form: "Status" } },
    async run(host) {
      return json(200, statusBody(await host.status()));
    },
  },
  {
    method: "GET",
    path: "/cost",
    operation: "getCost",
    summary: "What model calls used in the last 24 hours",
    answers: { 200: { what: "The sums", form: "Cost" } },
    async run(host) {
      return json(200, costBody(await host.cost()));
    },
  },
];
