/**
 * The rounds of a task: a turn, the judgement of its answer, a turn that mends what was found. Each
 * judged round is stored before the next one begins, so that a task goes on where ward ended.
 */
import { costReport } from "../commands/cost.ts";
import type { Conversation } from "../conversation/open_conversation.ts";
import { AppError } from "../../base/app_error.ts";
import type { TaskWork, WorkResult } from "../../daemon/tasks/task_queue.ts";
import {
  bestRound,
  boundsOf,
  decideRounds,
  isUnchanged,
  refineMessage,
  type RoundBounds,
} from "../../kernel/iteration/rounds.ts";
import type { SessionArchive, Store, TurnEnd } from "../../kernel/store_ports.ts";
import type { TaskBook } from "../../kernel/task_ports.ts";
import type { AuditEntry } from "../../model/audit.ts";
import type { Task, TaskRound } from "../../model/services/task.ts";

/** What is stored of rounds, and what they are stored with. */
export type RoundStore =
  & Pick<TaskBook, "addRound" | "readRounds">
  & Pick<Store, "endTurn" | "loadSession">
  & Pick<SessionArchive, "readUsage">;

/** The session that a task is worked on in. */
export type Speaker = Pick<Conversation, "session" | "say" | "judge" | "hasModel">;

/** Why there is no judgement. */
interface Unjudged {
  readonly error: string;
}

/**
 * Works until the answer is good enough, or no further round can pay.
 *
 * @throws {AppError} `api.no_judge`: there are rounds, and no model to judge them.
 */
export async function runRounds(
  store: RoundStore,
  speaker: Speaker,
  task: Task,
  work: TaskWork,
): Promise<WorkResult> {
  const { session } = speaker;
  const bounds = boundsOf(task);
  if (bounds && !speaker.hasModel) {
    throw new AppError("api.no_judge", "No model is connected that could judge the answer", {
      hint: "Connect one (ward onboard), or leave quality_threshold and max_iterations out",
    });
  }
  const rounds = bounds ? await store.readRounds(task.id) : [];
  const end = (made: Pick<WorkResult, "isComplete" | "answer" | "error"> & { done: number }) =>
    endOf(store, session.id, rounds, bounds, made);
  /** Messages that are stored; of a task that goes on there may be a turn that was cut off. */
  let stored = task.sessionId === null ? 0 : session.messageCount;
  for (;;) {
    const last = rounds.at(-1);
    if (bounds && decideRounds(rounds, bounds)) {
      return await end({ isComplete: true, answer: null, error: null, done: rounds.length });
    }
    const text = bounds && last ? refineMessage(last, bounds) : task.description;
    const isBegun = stored > (last?.messages ?? 0);
    const turn = await speaker.say(
      { text },
      work.signal,
      isBegun ? goOn(store, session.id) : undefined,
    );
    const answer = turn.text === "" ? null : turn.text;
    if (turn.outcome !== "complete") {
      const error = turn.reason ?? turn.outcome;
      return await end({ isComplete: false, answer, error, done: rounds.length });
    }
    const done = rounds.length + 1;
    if (!bounds) return await end({ isComplete: true, answer, error: null, done });
    const judged = await judge(store, speaker, { task, answer: answer ?? "", rounds }, work);
    if ("error" in judged) {
      return await end({ isComplete: false, answer, error: judged.error, done });
    }
    rounds.push(judged);
    stored = judged.messages;
    work.tell("round", {
      round: judged.round,
      score: judged.score,
      findings: judged.findings,
      decision: decideRounds(rounds, bounds) ?? "continue",
    });
  }
}

/** Ends a turn whose message is stored: where ward ended in the middle it goes on. */
function goOn(store: RoundStore, sessionId: string) {
  return {
    begin: null,
    end: ({ outcome, reason, answer }: TurnEnd, audit: readonly AuditEntry[]) =>
      store.endTurn(sessionId, { outcome, reason, answer }, audit),
  };
}

/** Judges the answer of a round and stores that. */
async function judge(
  store: RoundStore,
  speaker: Speaker,
  { task, answer, rounds }: {
    readonly task: Task;
    readonly answer: string;
    readonly rounds: readonly TaskRound[];
  },
  { signal }: TaskWork,
): Promise<TaskRound | Unjudged> {
  const { id: sessionId } = speaker.session;
  const round = rounds.length + 1;
  const before = rounds.at(-1);
  const { judgement, reason, calls } = before && isUnchanged(rounds, answer, round)
    ? { judgement: before, reason: null, calls: [] }
    : await speaker.judge({ task: task.description, category: task.category, answer }, signal);
  if (judgement === null) {
    await store.addRound(task.id, null, { sessionId, calls });
    return { error: `The answer could not be judged: ${reason}` };
  }
  const { score, findings } = judgement;
  const messages = (await store.loadSession(sessionId))?.session.messageCount ?? 0;
  const made: TaskRound = { round, answer, score, findings, messages };
  await store.addRound(task.id, made, { sessionId, calls });
  return made;
}

/** What became of it: of judged answers the best one, also where a later round failed. */
async function endOf(
  store: RoundStore,
  sessionId: string,
  rounds: readonly TaskRound[],
  bounds: RoundBounds | null,
  { isComplete, answer, error, done }: Pick<WorkResult, "isComplete" | "answer" | "error"> & {
    readonly done: number;
  },
): Promise<WorkResult> {
  const best = bestRound(rounds);
  const { total } = await costReport(store, "session", { sessionId });
  return {
    isComplete,
    answer: best?.answer ?? answer,
    finalScore: best?.score ?? null,
    decision: bounds && isComplete ? decideRounds(rounds, bounds) : null,
    error,
    iterations: done,
    modelCalls: total.calls,
    tokens: total.inputTokens + total.outputTokens,
    usd: total.usd,
  };
}
