/**
 * The turn loop: one message of a user, as many model calls and tool calls as it takes, one end.
 *
 * Invariants: what acts begins only when each step before it is stored; a call that only reads files
 * runs while the answer that asks for it is stored, the next call of the model while results are.
 * What a call touches stands in the audit log before any of it is sent to a model. Caps are checked
 * before each model call and each tool call; on every exit each stored call has a result; no
 * execution outlives the turn. It decides nothing about what may be touched: policy and the
 * compartments do.
 */
import { AppError } from "../../base/app_error.ts";
import type { Message } from "../../model/conversation/message.ts";
import type { Usage } from "../../model/conversation/model_stream.ts";
import { ContextWindow } from "../context/context_window.ts";
import { estimateMessages, estimateTokens } from "../context/estimate.ts";
import { prepareRequest } from "../context/prepare_request.ts";
import { correctionOf, shareOut } from "../context/quotas.ts";
import { findClaims } from "../claims/find_claims.ts";
import { unproven } from "../claims/match_claims.ts";
import { callModel, type ModelAnswer } from "./call_model.ts";
import { createOffer } from "./offered_tools.ts";
import { toolsFor } from "../policy/roles.ts";
import { closeOpenCalls, pickUp } from "./resume.ts";
import { PendingWrites } from "./pending_writes.ts";
import { firstCalls, runCalls, storeResult } from "./run_calls.ts";
import { keepIncomplete, storeAnswer, takeAnswer, withUniqueIds } from "./store_answer.ts";
import { StallDetector } from "./stall_detector.ts";
import { type Ending, mustEnd, type Turn } from "./turn.ts";
import type { TurnDeps, TurnInput, TurnResult } from "./turn.ts";
import { CAP_SETTINGS, TurnBudget } from "./turn_budget.ts";
import type { TurnEnd } from "../store_ports.ts";

const CONTEXT_TOKENS = 120_000;

/** What the turn has given so far. */
interface Tally {
  text: string;
  usage: Usage;
  toolCalls: number;
}

/**
 * Runs one turn of a session to its end. Calls that a crash left open are closed first.
 *
 * @throws {AppError} `session.not_found`, or what the store threw: a turn that can't be stored
 * does not go on, and its open calls are closed by the next one.
 */
export async function runTurn(deps: TurnDeps, input: TurnInput): Promise<TurnResult> {
  const { store } = deps;
  const { sessionId } = input;
  const loaded = input.loaded ?? await store.loadSession(sessionId);
  if (!loaded) {
    throw new AppError("session.not_found", `Cannot go on with session "${sessionId}": not found`, {
      hint: "Start without --resume to begin a new session",
    });
  }
  const broken = new AbortController();
  const turn: Turn = {
    deps,
    sessionId,
    role: input.role ?? "owner",
    outside: deps.outside ?? { reads: 0 },
    signal: AbortSignal.any([input.signal, broken.signal]),
    budget: new TurnBudget(deps.limits, deps.clock),
    messages: [...loaded.messages],
    open: new Map(),
    running: new Set(),
    writes: new PendingWrites(() => broken.abort()),
  };
  const tally: Tally = {
    text: "",
    usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
    toolCalls: 0,
  };
  try {
    const window = new ContextWindow(loaded, deps.redaction);
    turn.messages.push(...await closeOpenCalls(store, loaded, deps.tools));
    let given: string | null = null;
    if (input.steps?.begin === null) given = await pickUp(store, sessionId, turn.messages);
    else turn.messages.push(await storeMessage(store, input));
    if (input.outside) deps.policy.tainted(input.outside);
    window.add(turn.messages.slice(loaded.messages.length));
    if (given !== null) tally.text = given;
    const ending: TurnEnd = given === null
      ? await loop(turn, tally, window)
      : { outcome: "complete", reason: null };
    await turn.writes.settled();
    await end(turn, tally, ending, input.steps);
    const { outcome, reason } = ending;
    return { ...tally, outcome, reason, iterations: turn.budget.iterations };
  } finally {
    broken.abort();
    await Promise.allSettled(turn.running);
    await turn.writes.settled().catch(() => {});
  }
}

/** Stores the message of the user, together with what it came in with. */
async function storeMessage(store: TurnDeps["store"], input: TurnInput): Promise<Message> {
  const { sessionId, text, images, own, outside, steps } = input;
  await (steps?.begin
    ? steps.begin()
    : store.appendUser(sessionId, text, { images, own, outside }));
  return { role: "user", text, ...images && { images }, ...own !== undefined && { own } };
}

async function loop(turn: Turn, tally: Tally, window: ContextWindow): Promise<TurnEnd> {
  const { deps, budget } = turn;
  const offer = createOffer();
  const stalls = new StallDetector(deps.limits.stall);
  const correction = deps.correction ?? { value: 1 };
  /** Bound set by a service that found a request too long; only once a turn. */
  let bound: number | null = null;
  for (;;) {
    const over = turn.signal.aborted ? mustEnd(turn) : capped(budget.beforeModelCall());
    if (over) return over;
    budget.startIteration();
    deps.onEvent({ type: "model_call", iteration: budget.iterations });
    const { specs: tools, tokens } = offer(toolsFor(turn.role, deps.tools));
    const fixed = estimateTokens(deps.system) + tokens;
    const quotas = shareOut(deps.contextTokens ?? CONTEXT_TOKENS, {
      fixed,
      answer: deps.limits.maxOutputTokens,
      correction: correction.value,
      bound,
    });
    const prepared = await prepareRequest(
      turn,
      window,
      quotas,
      (answer) => spend(turn, tally, answer),
    );
    if ("ending" in prepared) return prepared.ending;
    const { messages } = prepared;
    const request = {
      model: deps.modelId,
      system: deps.system,
      messages,
      tools,
      maxOutputTokens: deps.limits.maxOutputTokens,
      reasoningEffort: deps.reasoningEffort,
      cacheKey: turn.sessionId,
    };
    const startedAt = deps.clock.monotonic();
    const answer = await budget.within(turn.signal, (signal) =>
      callModel(deps.model, request, {
        signal,
        onText: (text) => deps.onEvent({ type: "text", text }),
      }));
    const ms = deps.clock.monotonic() - startedAt;
    await turn.writes.settled();
    if (isTooLong(answer) && bound === null) {
      bound = Math.floor(estimateMessages(messages) / 2);
      deps.onEvent({ type: "notice", text: TOO_LONG });
      continue;
    }
    count(turn, tally, answer);
    if (answer.usage) {
      const estimated = fixed + estimateMessages(messages);
      correction.value = correctionOf(answer.usage.inputTokens, estimated, correction.value);
    }
    const failed = failureOf(turn, answer);
    if (failed) {
      await keepIncomplete(turn, answer, failed, ms);
      return failed;
    }
    const from = turn.messages.length;
    const calls = withUniqueIds(answer.toolCalls, turn.messages);
    if (calls.length === 0) {
      // Nothing comes after it: it is stored with the end of the turn.
      const last = takeAnswer(turn, { ...answer, ms }, calls);
      await holdAgainstLog(turn, answer.text);
      return { ...finalEnding(turn, answer), answer: last };
    }
    // What needs nobody's word begins with the answer's own step: one transaction for both.
    const first = await firstCalls(turn, calls);
    const stored = storeAnswer(turn, { ...answer, ms }, calls, first);
    turn.writes.add(stored);
    tally.toolCalls += calls.length;
    const { finished, ending } = await runCalls(turn, calls, first);
    await stored;
    if (ending) return ending;
    deps.onRound?.({
      failed: finished.filter((call) => !call.ok).length,
      total: finished.length,
    });
    const stall = stalls.add(finished);
    if (stall) return { outcome: "stalled", reason: `going in circles: ${stall}` };
    window.add(turn.messages.slice(from));
  }
}

function capped(reason: string | null): Ending | null {
  return reason === null ? null : { outcome: "capped", reason };
}

const TOO_LONG =
  "The model's window is smaller than ward took it for: leaving out more and trying " +
  "once more (model.context_tokens)";

/** The service took nothing of it: there is nothing to keep. */
function isTooLong({ ending, text }: ModelAnswer): boolean {
  return ending.type === "failed" && ending.failure.code === "model.context_overflow" &&
    text === "";
}

function count(turn: Turn, tally: Tally, answer: ModelAnswer): void {
  tally.text = answer.text;
  spend(turn, tally, answer);
}

/** Counts the tokens of a call. */
function spend(turn: Turn, tally: Tally, answer: ModelAnswer): void {
  if (!answer.usage) return;
  tally.usage = {
    inputTokens: tally.usage.inputTokens + answer.usage.inputTokens,
    outputTokens: tally.usage.outputTokens + answer.usage.outputTokens,
    cachedTokens: tally.usage.cachedTokens + answer.usage.cachedTokens,
  };
  turn.deps.onEvent({ type: "usage", usage: answer.usage });
}

/** Why an answer can't be used, or null. */
function failureOf(turn: Turn, { ending }: ModelAnswer): Ending | null {
  switch (ending.type) {
    case "aborted":
      return mustEnd(turn) ?? { outcome: "stopped", reason: "stopped" };
    case "failed": {
      const { code, message, hint } = ending.failure;
      const outcome = code === "model.over_budget" ? "capped" : "failed";
      return { outcome, reason: hint ? `${message}. ${hint}` : message };
    }
    case "end":
      return ending.stopReason === "refusal"
        ? {
          outcome: "failed",
          reason: "the model's service declined to answer. Put it differently or try another model",
        }
        : null;
  }
}

/** Rows of a session and those below it that claims are held against. */
const CLAIM_ROWS = 5_000;

/** Tells what the answer says was done and the audit log does not have. */
async function holdAgainstLog({ deps, sessionId }: Turn, text: string): Promise<void> {
  const claims = findClaims(text);
  if (claims.length === 0) return;
  const rows = await deps.store.listAudit({ limit: CLAIM_ROWS, sessionId }).catch(() => null);
  if (rows === null) {
    // The answer is still to be stored.
    deps.onEvent({ type: "notice", text: "The audit log could not be read: claims not checked" });
    return;
  }
  const missing = unproven(claims, rows);
  if (missing.length === 0) return;
  deps.onEvent({ type: "unproven", claims: missing.map((claim) => claim.text) });
}

/** The end of an answer without calls. */
function finalEnding(turn: Turn, { ending, text }: ModelAnswer): Ending {
  const reason = ending.type === "end" ? ending.stopReason : "other";
  const notice = (words: string) => turn.deps.onEvent({ type: "notice", text: words });
  if (reason === "max_tokens") {
    notice("The answer above is incomplete: it reached the output limit");
    return {
      outcome: "capped",
      reason: `the answer reached its cap of ${turn.deps.limits.maxOutputTokens} tokens ` +
        `(${CAP_SETTINGS.maxOutputTokens})`,
    };
  }
  if (reason === "other") {
    notice("The service ended the answer for a reason ward does not know; it may be incomplete");
  } else if (text.trim() === "") {
    notice("The model ended without an answer");
  }
  return { outcome: "complete", reason: null };
}

/** Closes what is open, then stores and reports the end. */
async function end(
  turn: Turn,
  tally: Tally,
  ending: TurnEnd,
  steps: TurnInput["steps"],
): Promise<void> {
  const { deps, sessionId } = turn;
  for (const call of [...turn.open.values()]) {
    storeResult(turn, call, {
      ok: false,
      content: `Not run: the turn ended first (${ending.reason}).`,
    });
    deps.onEvent({
      type: "tool_finished",
      callId: call.id,
      title: call.name,
      ok: false,
      summary: "not run",
    });
  }
  await turn.writes.settled();
  const audit = [{
    kind: "turn",
    sessionId,
    subject: ending.outcome,
    detail: {
      iterations: turn.budget.iterations,
      toolCalls: tally.toolCalls,
      inputTokens: tally.usage.inputTokens,
      outputTokens: tally.usage.outputTokens,
    },
  }] as const;
  await (steps
    ? steps.end({ ...ending, text: tally.text }, audit)
    : deps.store.endTurn(sessionId, ending, audit));
  deps.onEvent({ type: "ended", outcome: ending.outcome, reason: ending.reason });
}
