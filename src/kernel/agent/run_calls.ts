import { DONE } from "../../base/done.ts";
import type { AuditEntry } from "../../model/audit.ts";
import type { Message, ToolCall } from "../../model/conversation/message.ts";
import type { ToolResult } from "../../model/conversation/tool.ts";
import type { ExecuteOptions, ToolPlan } from "../ports.ts";
import {
  failedResult,
  forModel,
  markedAgain,
  notRun,
  plannedResult,
  STOPPED,
} from "./result_text.ts";
import { auditRows, authorise } from "./authorise.ts";
import { authoriseNow, dropOnce, effectRows, noteOutside, useGrants } from "./call_steps.ts";
import { confirm } from "./confirm.ts";
import { leadOn } from "./lead_on.ts";
import { prepareCall, type PreparedCall } from "./prepare_call.ts";
import type { FinishedCall } from "./stall_detector.ts";
import { type Ending, mustEnd, type Turn, whenAborted } from "./turn.ts";

/** Read-only calls under way at once. */
const SIDE_BY_SIDE = 8;
/** How long a cancelled tool may take to say what it did. */
const GRACE_MS = 5_000;

/** A call that has started, or has its result already. */
interface Started {
  readonly call: ToolCall;
  readonly title: string;
  /** Somebody or a rule said no. @default false */
  readonly refused?: boolean | undefined;
  /** See {@linkcode onlyReadsFiles}. @default false */
  readonly onlyReads?: boolean | undefined;
  readonly result: Promise<ToolResult>;
}

/** The calls of an answer that come first, looked at before the answer is stored. */
export interface FirstCalls {
  /** Those that run side by side, or the first one alone. */
  readonly prepared: readonly PreparedCall[];
  /** Ids of those that need no question and no grant: they begin as soon as they are stored. */
  readonly begun: ReadonlySet<string>;
  /** Their audit rows. */
  readonly audit: readonly AuditEntry[];
}

/** Looks at the first calls of an answer; touches nothing. */
export async function firstCalls(turn: Turn, calls: readonly ToolCall[]): Promise<FirstCalls> {
  const prepared: PreparedCall[] = [];
  for (const call of calls.slice(0, SIDE_BY_SIDE)) {
    const one = await prepareCall(turn, call);
    if (prepared.length > 0 && !runsBesides(one)) break;
    prepared.push(one);
    if (!runsBesides(one)) break;
  }
  // Where somebody looks first, nothing begins before they did.
  const free = mustEnd(turn) || turn.deps.watch ? [] : prepared.filter(isFree);
  return {
    prepared,
    begun: new Set(free.map(({ call }) => call.id)),
    audit: free.flatMap((one) => auditRows(turn, one)),
  };
}

/** Whether a call may run beside others: it only reads, and nobody has to be asked. */
function runsBesides(prepared: PreparedCall): boolean {
  return prepared.type === "rejected" ||
    (prepared.plan.readOnly && prepared.decisions.every(({ type }) => type === "allow"));
}

/** Whether a call needs neither a question nor a grant. */
function isFree(prepared: PreparedCall): boolean {
  return prepared.type === "ready" &&
    prepared.decisions.every((one) => one.type === "allow" && one.grantId === undefined);
}

/**
 * Runs the calls of one answer: those that only read and need no question side by side, the
 * others alone, in order. Results are stored in the order of the calls. Calls that are not
 * reached stay in `turn.open`.
 *
 * @returns The finished calls, and why the turn must end, if it must.
 */
export async function runCalls(
  turn: Turn,
  calls: readonly ToolCall[],
  first: FirstCalls,
): Promise<{ finished: FinishedCall[]; ending: Ending | null }> {
  const finished: FinishedCall[] = [];
  let batch: PreparedCall[] = [];
  const flush = async (): Promise<Ending | null> => {
    const started: Started[] = [];
    let ending: Ending | null = null;
    for (const prepared of batch) {
      if ((ending = mustEnd(turn))) break;
      started.push(await start(turn, prepared, first.begun));
    }
    batch = [];
    for (const one of started) finished.push(await finish(turn, one));
    return ending ?? mustEnd(turn);
  };
  for (const [index, call] of calls.entries()) {
    const prepared = first.prepared[index] ?? await prepareCall(turn, call);
    const besides = runsBesides(prepared);
    if (!besides) {
      const ending = await flush();
      if (ending) return { finished, ending };
    }
    batch.push(prepared);
    if (!besides || batch.length === SIDE_BY_SIDE) {
      const ending = await flush();
      if (ending) return { finished, ending };
    }
  }
  return { finished, ending: await flush() };
}

/**
 * Audit first, then the question if any, then the stored state, then the execution. A call that
 * needs neither a question nor a grant has its audit rows and its state stored together; one that
 * has begun with the answer has them already.
 */
async function start(
  turn: Turn,
  before: PreparedCall,
  begun: ReadonlySet<string>,
): Promise<Started> {
  const { store, onEvent } = turn.deps;
  const { call } = before;
  // A call of the same answer may have read something from outside meanwhile.
  const prepared = before.type === "ready" && before.outsideReads !== turn.outside.reads &&
      !begun.has(call.id)
    ? await prepareCall(turn, call)
    : before;
  const rows = auditRows(turn, prepared);
  if (prepared.type === "rejected") {
    await store.appendAudit(rows);
    return at(call, call.name, notRun(prepared.content, prepared.summary));
  }
  const { title, accesses } = prepared.plan;
  onEvent({
    type: "tool_planned",
    callId: call.id,
    name: call.name,
    title,
    accesses,
    arguments: call.arguments,
  });
  const kept = turn.deps.watch?.before(accesses, prepared.decisions) ?? null;
  if (kept !== null) {
    await store.appendAudit(rows);
    return at(call, title, plannedResult(prepared, kept, turn.deps.watch?.beyond === null));
  }
  const hasBegun = begun.has(call.id);
  if (!hasBegun || !onlyReadsFiles(prepared.plan)) await turn.writes.settled();
  const together = hasBegun || (isFree(prepared) && !mustEnd(turn));
  if (!together) await store.appendAudit(rows);
  // What has begun with the answer stays as it was decided then.
  const { ready, authorised } = hasBegun
    ? { ready: prepared, authorised: await authorise(turn, prepared) }
    : await authoriseNow(turn, prepared);
  const { plan } = ready;
  // The person may have taken long, or stopped the turn with the question still open.
  const ending = together && ready === prepared ? null : mustEnd(turn);
  if (ending) {
    if (authorised.ok) await dropOnce(turn, authorised);
    return at(call, title, notRun(`Not run: ${ending.reason}.`, "not run"));
  }
  const used = authorised.ok ? await useGrants(turn, ready, authorised) : authorised;
  if (!used.ok) return refused(call, title, notRun(used.content, used.summary));
  if (!hasBegun) {
    await store.setCallState(turn.sessionId, call.id, "running", together ? rows : []);
  }
  turn.deps.watch?.ran(plan.accesses);
  onEvent({ type: "tool_started", callId: call.id, title: plan.title });
  const running = execute(turn, call, plan, used.standsOn)
    .then((result) => markedAgain(turn, plan, result));
  turn.running.add(running);
  // Whoever waits for the result hears of a failure.
  running.finally(() => turn.running.delete(running)).catch(() => {});
  return { call, title: plan.title, onlyReads: onlyReadsFiles(plan), result: running };
}

/** Whether a run of it leaves no trace anywhere, so that nobody misses it should the answer be lost. */
function onlyReadsFiles({ readOnly, accesses }: ToolPlan): boolean {
  // One that names nothing may still do something within ward.
  return readOnly && accesses.length > 0 &&
    accesses.every(({ permission }) => permission === "read");
}

/** Hands effects and result to the store, together. */
async function finish(
  turn: Turn,
  { call, title, refused, onlyReads, result }: Started,
): Promise<FinishedCall> {
  const { onEvent } = turn.deps;
  const { ok, content, outside = [], summary, wayOut, diff, change, effects } = await result;
  const read = noteOutside(turn, outside, () => turn.deps.clock.now());
  const rows = effectRows(turn, call, effects);
  const text = await forModel(turn, call, content, outside);
  // What was only read can be read again.
  storeResult(turn, call, { ok, content: text, outside: read }, rows, { durable: !onlyReads });
  onEvent({
    type: "tool_finished",
    callId: call.id,
    title,
    ok,
    summary,
    wayOut,
    diff,
    change,
    text,
  });
  return { name: call.name, arguments: call.arguments, ok, refused, content };
}

/** Closes a call: its result, with the audit rows of its effects, is on its way to the store. */
export function storeResult(
  turn: Turn,
  call: ToolCall,
  { outside, ...result }: Pick<Extract<Message, { role: "tool" }>, "ok" | "content" | "outside">,
  audit: readonly AuditEntry[] = [],
  options: { readonly durable: boolean } = { durable: true },
): void {
  const read = outside ? { outside } : {};
  const message = { role: "tool", callId: call.id, name: call.name, ...result, ...read } as const;
  turn.writes.add(
    turn.deps.store.appendToolResult(turn.sessionId, message satisfies Message, audit, options),
  );
  turn.open.delete(call.id);
  turn.messages.push(message);
}

/** Runs a plan under the time of the turn; never throws, and never outlives a stop by much. */
function execute(
  turn: Turn,
  call: ToolCall,
  plan: ToolPlan,
  standsOn: Pick<ExecuteOptions, "decisions" | "leased">,
): Promise<ToolResult> {
  return turn.budget.within(turn.signal, async (signal) => {
    const settled = new AbortController();
    const work = (async () =>
      await plan.execute({
        signal,
        callId: call.id,
        ...standsOn,
        confirm: (question) => confirm(turn, call, question, signal),
        leadOn: (access) => leadOn(turn, call, access),
        tell: (what) => turn.deps.onEvent({ type: "agent", ...what }),
      }))()
      .catch((error) => signal.aborted ? STOPPED : failedResult(plan, error));
    const overdue = whenAborted(signal, settled.signal)
      .then(() => turn.deps.clock.delay(GRACE_MS, settled.signal))
      .then((): ToolResult => ({
        ok: false,
        content: "Stopped while running; whether it took effect is not known.",
        summary: "stopped, not known whether it took effect",
        effects: [],
      }));
    // Settling ends the wait, which then rejects with nobody left to hear it.
    overdue.catch(() => {});
    try {
      return await Promise.race([work, overdue]);
    } finally {
      settled.abort(DONE);
    }
  });
}

function at(call: ToolCall, title: string, result: ToolResult): Started {
  return { call, title, result: Promise.resolve(result) };
}

function refused(call: ToolCall, title: string, result: ToolResult): Started {
  return { ...at(call, title, result), refused: true };
}
