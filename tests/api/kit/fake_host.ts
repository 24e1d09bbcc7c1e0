import { AppError } from "../../../src/base/app_error.ts";
import type { ApiHost } from "../../../src/surfaces/api/host.ts";
import type { Task } from "../../../src/model/services/task.ts";

/** The one task of {@linkcode fakeHost}. */
export const TASK: Task = {
  id: "t1",
  description: "say hello",
  category: null,
  maxIterations: null,
  qualityThreshold: null,
  state: "running",
  sessionId: "s1",
  starts: 1,
  createdAtMs: 1_000,
  startedAtMs: 2_000,
  endedAtMs: null,
  answer: null,
  finalScore: null,
  decision: null,
  error: null,
  iterations: 1,
  modelCalls: 3,
  tokens: 1200,
  usd: 0.25,
};

/** A host with one task, that was asked for nothing else; the key `known` is of it. */
export function fakeHost(over: Partial<ApiHost> = {}): ApiHost {
  const of = (id: string) => id === TASK.id ? TASK : null;
  return {
    addTask({ description, idempotencyKey }) {
      if (description === "too many") {
        return Promise.reject(new AppError("api.busy", "Too many tasks wait", { hint: "Wait" }));
      }
      return Promise.resolve({ task: TASK, isNew: idempotencyKey !== "known" });
    },
    listTasks: () => Promise.resolve([TASK]),
    readTask: (id) => Promise.resolve(of(id)),
    cancelTask: (id) => Promise.resolve(of(id) !== null),
    followTask(_id, from, follower) {
      follower.tell({ seq: from + 1, name: "text", data: { text: "hello" } });
      follower.end();
      return () => {};
    },
    status: () =>
      Promise.resolve({
        version: "1.2.3",
        active: [TASK],
        queued: 2,
        completedToday: 3,
        failedToday: 4,
        usdToday: 0.5,
      }),
    cost: () =>
      Promise.resolve({
        calls: 2,
        inputTokens: 10,
        outputTokens: 20,
        usd: null,
        unpriced: 1,
        models: [{ provider: "openai", model: "gpt", calls: 2, usd: null }],
      }),
    ...over,
  };
}
