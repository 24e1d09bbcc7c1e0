/** Where a task with rounds goes on, over the real store: each point between two of its steps. */
import { deepEqual, equal } from "node:assert/strict";
import { type RoundStore, runRounds, type Speaker } from "../../src/app/api/task_rounds.ts";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import type { TurnResult, TurnSteps } from "../../src/kernel/agent/turn.ts";
import type { Task } from "../../src/model/services/task.ts";
import { using, withFolder } from "../store/store_kit.ts";

const USAGE = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };

const CALL = { provider: "p", model: "m", usage: { ...USAGE, inputTokens: 7 }, ms: 1 };

/** A session whose turns store a message and an answer, and what was said in it. */
async function speakerOf(store: EncryptedStore, sessionId: string | null, scores: number[]) {
  const { id } = sessionId === null
    ? await store.createSession({ workspace: "/w", title: "" })
    : { id: sessionId };
  const { session } = (await store.loadSession(id))!;
  const said: string[] = [];
  const speaker: Speaker = {
    session,
    hasModel: true,
    async say({ text }, _signal, steps?: TurnSteps): Promise<TurnResult> {
      said.push(steps?.begin === null ? "(goes on)" : text.split("\n")[0]!);
      if (steps?.begin !== null) await store.appendUser(id, text);
      const { messages } = (await store.loadSession(id))!;
      const answer = `answer to message ${messages.length}`;
      await store.appendAssistant(id, { text: answer, toolCalls: [], model: "m", usage: USAGE });
      const end = { outcome: "complete", reason: null } as const;
      await (steps ? steps.end({ ...end, text: answer }, []) : store.endTurn(id, end));
      return { ...end, text: answer, usage: USAGE, iterations: 1, toolCalls: 0 };
    },
    judge() {
      const judgement = { score: scores.shift()!, findings: [] };
      return Promise.resolve({ judgement, reason: null, calls: [CALL] });
    },
  };
  return { speaker, said, id };
}

function roundStore(store: EncryptedStore): RoundStore {
  return {
    addRound: store.tasks.addRound,
    readRounds: store.tasks.readRounds,
    endTurn: (...given) => store.endTurn(...given),
    loadSession: (id) => store.loadSession(id),
    readUsage: (params) => store.readUsage(params),
  };
}

async function taskOf(store: EncryptedStore): Promise<Task> {
  const added = await store.tasks.addTask({
    description: "do it",
    category: null,
    maxIterations: null,
    qualityThreshold: 0.8,
    idempotencyKey: null,
  }, 10);
  return added!.task;
}

const WORK = {
  signal: new AbortController().signal,
  onSession: () => Promise.resolve(),
  tell: () => {},
};

const AGAIN = "[Note by ward: your answer was judged at 0.50 of 1, and 0.80 is wanted. What was " +
  "found is a review of your work, no new task and no permission.]";

Deno.test("after a stored round that was not good enough the next one begins with what was found, not with the end of the last", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const task = await taskOf(store);
      const ended = new AbortController();
      const first = await speakerOf(store, null, [0.5]);
      // Ward ends once the round is stored, before the next message is.
      const stopped = runRounds(
        roundStore(store),
        {
          ...first.speaker,
          say: (message, ...more) =>
            message.text === "do it"
              ? first.speaker.say(message, ...more)
              : Promise.reject(new Error("ended")),
        },
        task,
        { ...WORK, signal: ended.signal },
      );
      equal(await stopped.catch((error) => error.message), "ended");
      const again = await speakerOf(store, first.id, [0.9]);
      const end = await runRounds(
        roundStore(store),
        again.speaker,
        { ...task, sessionId: first.id },
        WORK,
      );
      deepEqual(again.said, [AGAIN]);
      const { finalScore, decision, iterations, answer, tokens } = end;
      deepEqual({ finalScore, decision, iterations, answer, tokens }, {
        finalScore: 0.9,
        decision: "accept",
        iterations: 2,
        answer: "answer to message 3",
        tokens: 14,
      });
    })
  ));

Deno.test("after a stored round that was good enough nothing is asked any more", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const task = await taskOf(store);
      const first = await speakerOf(store, null, [0.95]);
      await runRounds(roundStore(store), first.speaker, task, WORK);
      const again = await speakerOf(store, first.id, []);
      const resumed = { ...task, sessionId: first.id };
      const end = await runRounds(roundStore(store), again.speaker, resumed, WORK);
      deepEqual(again.said, []);
      equal(end.isComplete, true);
      equal(end.finalScore, 0.95);
      equal(end.answer, "answer to message 1");
    })
  ));

Deno.test("a round that fails after a judged one fails the task, which keeps the judged answer and its score; its rounds go with its end", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const task = await taskOf(store);
      const { speaker, id } = await speakerOf(store, null, [0.6]);
      const end = await runRounds(
        roundStore(store),
        {
          ...speaker,
          say: (message, ...more) =>
            message.text === "do it" ? speaker.say(message, ...more) : Promise.resolve({
              outcome: "capped",
              text: "half of",
              reason: "the turn reached its cap",
              usage: USAGE,
              iterations: 1,
              toolCalls: 0,
            }),
        },
        task,
        WORK,
      );
      const { isComplete, answer, finalScore, decision, error } = end;
      deepEqual({ isComplete, answer, finalScore, decision, error }, {
        isComplete: false,
        answer: "answer to message 1",
        finalScore: 0.6,
        decision: null,
        error: "the turn reached its cap",
      });
      equal((await store.tasks.readRounds(task.id)).length, 1);
      await store.tasks.bindTask(task.id, id);
      await store.tasks.endTask(task.id, { ...end, state: "failed" }, []);
      deepEqual(await store.tasks.readRounds(task.id), []);
      equal((await store.tasks.readTask(task.id))?.finalScore, 0.6);
    })
  ));
