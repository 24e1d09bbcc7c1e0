/** Tasks over the real store: order, limits, cancelling, and what an end of ward in the middle leaves. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import {
  createTaskQueue,
  type TaskQueue,
  type TaskWork,
  type WorkResult,
} from "../../src/daemon/tasks/task_queue.ts";
import { TaskProgress } from "../../src/daemon/tasks/task_progress.ts";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import type { Task, TaskEvent, TaskRequest } from "../../src/model/services/task.ts";
import { using, withFolder, withRawDatabase } from "../store/store_kit.ts";

const DONE: WorkResult = {
  isComplete: true,
  answer: "done",
  finalScore: 0.9,
  decision: "accept",
  error: null,
  iterations: 2,
  modelCalls: 5,
  tokens: 30,
  usd: 0.5,
};

const request = (description: string, more: Partial<TaskRequest> = {}): TaskRequest => ({
  description,
  category: null,
  maxIterations: null,
  qualityThreshold: null,
  idempotencyKey: null,
  ...more,
});

/** Work that the test ends. */
class Desk {
  readonly begun: { task: Task; work: TaskWork; end(result: WorkResult): void }[] = [];
  #waiting: (() => void)[] = [];

  readonly work = async (task: Task, work: TaskWork): Promise<WorkResult> => {
    const ended = Promise.withResolvers<WorkResult>();
    const stop = () => ended.resolve({ ...DONE, isComplete: false, error: "stopped by the user" });
    if (work.signal.aborted) stop();
    work.signal.addEventListener("abort", stop, { once: true });
    await work.onSession(task.sessionId ?? `session-of-${task.description}`);
    this.begun.push({ task, work, end: ended.resolve });
    this.#waiting.splice(0).forEach((tell) => tell());
    return await ended.promise;
  };

  /** Waits until so many were begun. */
  async until(count: number): Promise<void> {
    while (this.begun.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

function queueOf(store: EncryptedStore, desk: Pick<Desk, "work">, atOnce = 2): TaskQueue {
  return createTaskQueue({
    book: store.tasks,
    clock: { now: () => 1_000 },
    atOnce,
    work: desk.work,
    deliveriesOf: ({ id, state }) =>
      state === "complete"
        ? [{ hook: "ops", event: "task.complete", taskId: id, body: `body of ${id}` }]
        : [],
    onDeliveries: () => {},
    bodyOf: ({ state }) => ({ state }),
    wordsOf: (error) => `words: ${(error as Error).message}`,
  });
}

/** A running queue over a store of its own. */
function withQueue(
  body: (parts: { queue: TaskQueue; desk: Desk; store: EncryptedStore }) => Promise<void>,
  atOnce = 2,
): Promise<void> {
  return withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const desk = new Desk();
      const queue = queueOf(store, desk, atOnce);
      const ended = new AbortController();
      const running = queue.run(ended.signal);
      try {
        await body({ queue, desk, store });
      } finally {
        ended.abort();
        await running;
      }
    })
  );
}

/** All that a follower is told until the end. */
function followed(queue: TaskQueue, id: string, from = 0): Promise<TaskEvent[]> {
  const told: TaskEvent[] = [];
  return new Promise((resolve) => {
    queue.follow(id, from, { tell: (event) => told.push(event), end: () => resolve(told) });
  });
}

Deno.test("tasks begin in the order they came, as many at once as the limit, and end in the store with what webhooks are told", () =>
  withQueue(async ({ queue, desk, store }) => {
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) ids.push((await queue.add(request(name))).task.id);
    await desk.until(2);
    deepEqual(desk.begun.map(({ task }) => task.description), ["a", "b"]);
    const following = followed(queue, ids[0]!);
    desk.begun[0]!.work.tell("text", { text: "hello" });
    desk.begun[0]!.end(DONE);
    await desk.until(3);
    const told = await following;
    deepEqual(told.at(-1)?.data, { state: "complete" });
    ok(told.some(({ name, data }) => name === "text" && data["text"] === "hello"));
    const task = await store.tasks.readTask(ids[0]!);
    const { state, answer, tokens, usd, iterations, sessionId, starts } = task!;
    deepEqual(
      { state, answer, tokens, usd, iterations, sessionId, starts },
      {
        state: "complete",
        answer: "done",
        tokens: 30,
        usd: 0.5,
        iterations: 2,
        sessionId: "session-of-a",
        starts: 1,
      },
    );
    const { due } = await store.tasks.nextDelivery({ hook: "ops", nowMs: Date.now() + 1 });
    equal(due?.body, `body of ${ids[0]}`);
    deepEqual((await store.tasks.listTasks(2)).map(({ description }) => description), ["c", "b"]);
  }));

Deno.test("cancel stops a running task where it is, and one that waits before it begins; one that ended is none", () =>
  withQueue(async ({ queue, desk, store }) => {
    const running = (await queue.add(request("running"))).task.id;
    await desk.until(1);
    const waiting = (await queue.add(request("waiting"))).task.id;
    equal(await queue.cancel(waiting), true);
    const following = followed(queue, running);
    equal(await queue.cancel(running), true);
    deepEqual((await following).at(-1)?.data, { state: "cancelled" });
    ok(desk.begun[0]!.work.signal.aborted);
    for (const id of [running, waiting]) {
      equal((await store.tasks.readTask(id))?.state, "cancelled");
      equal(await queue.cancel(id), false);
    }
    equal(await queue.cancel("none"), false);
    equal(desk.begun.length, 1);
    equal((await store.tasks.nextDelivery({ hook: "ops", nowMs: Date.now() + 1 })).due, null);
  }, 1));

Deno.test("an answer that came as somebody cancelled, or as ward ended, is kept: what is done is done", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const begun = Promise.withResolvers<void>();
      let count = 0;
      const queue = queueOf(store, {
        work: (_task, { signal }) => {
          if (++count === 2) begun.resolve();
          return new Promise((resolve) => {
            signal.addEventListener("abort", () => resolve(DONE), { once: true });
          });
        },
      });
      const ended = new AbortController();
      const running = queue.run(ended.signal);
      const cancelled = (await queue.add(request("a"))).task.id;
      const parked = (await queue.add(request("b"))).task.id;
      await begun.promise;
      const following = followed(queue, cancelled);
      equal(await queue.cancel(cancelled), true);
      await following;
      ended.abort();
      await running;
      for (const id of [cancelled, parked]) {
        equal((await store.tasks.readTask(id))?.state, "complete");
      }
    })
  ));

Deno.test("work that fails or throws fails its task alone, with words that are safe to show", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const queue = queueOf(store, {
        work: ({ description }) =>
          description === "throws"
            ? Promise.reject(new Error("no model"))
            : Promise.resolve({ ...DONE, isComplete: false, error: "a cap was reached" }),
      });
      const ended = new AbortController();
      const running = queue.run(ended.signal);
      const ids = [];
      for (const name of ["throws", "fails"]) ids.push((await queue.add(request(name))).task.id);
      for (const id of ids) await followed(queue, id);
      ended.abort();
      await running;
      const errors = await Promise.all(
        ids.map(async (id) => (await store.tasks.readTask(id))?.error),
      );
      deepEqual(errors, ["words: no model", "a cap was reached"]);
    })
  ));

Deno.test("ward ends in the middle: what ran goes on in its session after the next start, what waited waits", () =>
  withFolder(async (dataDir) => {
    const ids: string[] = [];
    await using(dataDir, async (store) => {
      const desk = new Desk();
      const queue = queueOf(store, desk, 1);
      const ended = new AbortController();
      const running = queue.run(ended.signal);
      for (const name of ["a", "b"]) ids.push((await queue.add(request(name))).task.id);
      await desk.until(1);
      const following = followed(queue, ids[0]!);
      ended.abort();
      await running;
      ok(!(await following).some(({ data }) => data["state"] === "cancelled"), "it did not end");
      deepEqual((await store.tasks.openTasks(9)).map(({ state }) => state), ["queued", "queued"]);
    });
    await using(dataDir, async (store) => {
      const desk = new Desk();
      const queue = queueOf(store, desk, 1);
      const ended = new AbortController();
      const running = queue.run(ended.signal);
      await desk.until(1);
      const [first] = desk.begun;
      deepEqual([first?.task.id, first?.task.sessionId, first?.task.starts], [
        ids[0],
        "session-of-a",
        1,
      ]);
      first!.end(DONE);
      await desk.until(2);
      desk.begun[1]!.end(DONE);
      await followed(queue, ids[1]!);
      ended.abort();
      await running;
      equal((await store.tasks.countTasks(0)).complete, 2);
    });
  }));

Deno.test("attack: a task that ends ward each time is begun three times and no more", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const added = await store.tasks.addTask(request("kills ward"), 10);
      const { id } = added!.task;
      for (let at = 0; at < 3; at++) equal(await store.tasks.beginTask(id), true);
      const desk = new Desk();
      const queue = queueOf(store, desk);
      const ended = new AbortController();
      const running = queue.run(ended.signal);
      await followed(queue, id);
      ended.abort();
      await running;
      equal(desk.begun.length, 0);
      match((await store.tasks.readTask(id))?.error ?? "", /ward ended 3 times/);
    })
  ));

Deno.test("the same idempotency key is the same task, also after it has ended; a full queue takes none", () =>
  withQueue(async ({ queue, desk, store }) => {
    const first = await queue.add(request("a", { idempotencyKey: "k" }));
    const again = await queue.add(request("b", { idempotencyKey: "k" }));
    deepEqual([first.isNew, again.isNew, again.task.id], [true, false, first.task.id]);
    await desk.until(1);
    desk.begun[0]!.end(DONE);
    await followed(queue, first.task.id);
    equal((await queue.add(request("c", { idempotencyKey: "k" }))).task.state, "complete");
    equal(await store.tasks.addTask(request("d"), 0), null);
    equal((await store.tasks.listTasks(10)).length, 1);
  }));

Deno.test("a store that fails ends the queue with its error, for whoever runs services", async () => {
  const fault = new Error("disk full");
  const queue = queueOf({
    tasks: { openTasks: () => Promise.reject(fault) },
  } as unknown as EncryptedStore, new Desk());
  await rejects(queue.run(new AbortController().signal), /disk full/);
});

Deno.test("deleting a session takes its task, its answer and what webhooks were to be told", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const session = await store.createSession({ workspace: "/w", title: "" });
      const { task: { id } } = (await store.tasks.addTask(request("secret words"), 10))!;
      await store.tasks.beginTask(id);
      await store.tasks.bindTask(id, session.id);
      const { isComplete: _, ...made } = DONE;
      const told = [{ hook: "ops", event: "task.complete", taskId: id, body: "{}" }] as const;
      equal(await store.tasks.endTask(id, { ...made, state: "complete" }, told), true);
      equal(await store.tasks.endTask(id, { ...made, state: "failed" }, told), false, "once");
      equal((await store.tasks.deliveryCounts())[0]?.pending, 1);
      await store.deleteSession(session.id, []);
      equal(await store.tasks.readTask(id), null);
      equal((await store.tasks.nextDelivery({ hook: "ops", nowMs: Date.now() + 1 })).due, null);
    })
  ));

Deno.test("who comes back is told what they missed; what is kept of a task is bounded", () => {
  const progress = new TaskProgress();
  for (let at = 1; at <= 1_000; at++) progress.tell("t", "text", { at });
  const told: number[] = [];
  const stop = progress.follow("t", 998, { tell: ({ seq }) => told.push(seq), end: () => {} });
  deepEqual(told, [999, 1_000]);
  progress.tell("t", "text", { at: 1_001 });
  stop();
  progress.tell("t", "text", { at: 1_002 });
  deepEqual(told, [999, 1_000, 1_001]);
  const all: number[] = [];
  // A number of another process: all that is kept is told.
  progress.follow("t", 5_000, { tell: ({ seq }) => all.push(seq), end: () => {} });
  equal(all.length, 500);
  progress.tell("t", "text", { big: "x".repeat(1024 * 1024) });
  const last: number[] = [];
  progress.follow("t", 0, { tell: ({ seq }) => last.push(seq), end: () => {} });
  deepEqual(last, [1_003]);
});

Deno.test("a task of version 11 keeps what became of it: what it counted were calls of the model, in one round", () =>
  withFolder(async (dataDir) => {
    const id = await using(dataDir, async (store) => {
      const added = await store.tasks.addTask(request("old"), 10);
      await store.tasks.endTask(added!.task.id, { ...DONE, state: "complete" }, []);
      return added!.task.id;
    });
    await withRawDatabase(dataDir, (database) => {
      for (
        const sql of [
          "DROP TABLE task_rounds",
          ...["category", "quality_threshold", "final_score", "decision", "model_calls"].map(
            (column) => `ALTER TABLE tasks DROP COLUMN ${column}`,
          ),
          "UPDATE tasks SET iterations = 7, max_iterations = 50",
          "PRAGMA user_version = 11",
        ]
      ) database.exec(sql);
    });
    await using(dataDir, async (store) => {
      const { answer, iterations, modelCalls, maxIterations, finalScore } =
        (await store.tasks.readTask(id))!;
      deepEqual({ answer, iterations, modelCalls, maxIterations, finalScore }, {
        answer: "done",
        iterations: 1,
        modelCalls: 7,
        maxIterations: null,
        finalScore: null,
      });
    });
  }));
