import type { AuditEntry } from "../../model/audit.ts";
import type {
  Access,
  ApprovalAnswer,
  Decision,
  GrantRequest,
} from "../../model/cells/permission.ts";
import { quoteWord } from "../policy/grant_command.ts";
import { answerOf } from "../policy/modes.ts";
import type { PreparedCall } from "./prepare_call.ts";
import type { CallScope } from "./turn.ts";

/** May the call run; if not, the result that says why. */
export type Authorised =
  | {
    readonly ok: true;
    readonly decisions: readonly Decision[];
    /** Grants that answers made for this call alone. */
    readonly once: readonly string[];
  }
  | { readonly ok: false; readonly content: string; readonly summary: string };

/** A call that policy has decided on. */
export type ReadyCall = Extract<PreparedCall, { type: "ready" }>;
type Ask = Extract<Decision, { type: "ask" }>;

/**
 * Turns the decisions of a call into a yes or a no, asking a person where policy says so, one
 * question after the other. A call with any denied access is refused before anything is asked.
 */
export async function authorise(turn: CallScope, ready: ReadyCall): Promise<Authorised> {
  const { plan } = ready;
  const { policy, approver, mode, onEvent } = turn.deps;
  for (const decision of ready.decisions) {
    if (decision.type === "deny") {
      const hint = decision.hint ? ` ${decision.hint}.` : "";
      return {
        ok: false,
        content: `Refused: ${plan.title}: ${decision.rule}. Nothing was done.${hint}`,
        summary: `refused: ${decision.rule}`,
      };
    }
  }
  if (!approver.available) {
    const asks = ready.decisions.filter((decision) => decision.type === "ask")
      .filter(({ grant }) => answerOf(mode(), grant) === null);
    if (asks.length > 0) return refuseUnasked(turn, plan.title, asks);
  }
  const decisions: Decision[] = [];
  const once: string[] = [];
  let asked = false;
  for (const [index, access] of plan.accesses.entries()) {
    // An answer may cover later accesses of the same call, so they are decided anew.
    const decision = asked ? await policy.decide(access) : ready.decisions[index];
    if (decision?.type === "allow") {
      decisions.push(decision);
      continue;
    }
    const minted = decision?.type === "ask"
      ? await ask(turn, ready, { access, decision }, once)
      : decision ?? SAID_NO;
    asked = true;
    if (minted.type !== "allow") {
      const { rule } = minted;
      if (minted !== SAID_NO) onEvent({ type: "notice", text: `Refused: ${plan.title}: ${rule}` });
      // A yes to a part of a call that does not run is no yes to anything later.
      for (const id of once) await policy.drop(id);
      return {
        ok: false,
        content: `Refused: ${plan.title}: ${rule}. Nothing was done. Do not repeat it or look ` +
          "for a way around; go on without it or tell the user.",
        summary: `refused: ${rule}`,
      };
    }
    decisions.push(minted);
  }
  return { ok: true, decisions, once };
}

/** The person refused. */
const SAID_NO: Decision = { type: "deny", rule: "the user said no" };
/** Nobody did anything. */
const NOBODY_ANSWERED: Decision = {
  type: "deny",
  rule: "nobody answered in time (approvals.timeout_s)",
};

/** Asks, or has the mode answer, records the answer and has a yes minted. */
async function ask(
  turn: CallScope,
  { call, plan }: ReadyCall,
  { access, decision }: { readonly access: Access; readonly decision: Ask },
  once: string[],
): Promise<Decision> {
  const { approver, policy, store, layer } = turn.deps;
  const mode = turn.deps.mode();
  const { grant, rule: why } = decision;
  const own = answerOf(mode, grant);
  const request = {
    callId: call.id,
    title: plan.title,
    exact: exactly(access),
    grant,
    why,
    layer,
    lasting: mode !== "cautious" && !grant.sessionOnly,
  };
  const given = own ??
    await turn.budget.paused(() => approver.ask(request, turn.signal))
      .catch((): ApprovalAnswer => ({ type: "deny" }));
  const answer = asAsked(grant, given);
  await store.appendAudit([{
    kind: "decision",
    sessionId: turn.sessionId,
    subject: grant.permission,
    detail: {
      callId: call.id,
      value: bounded(answer.type === "allow" ? answer.value : grant.value),
      decision: answer.type,
      rule: `answer: ${answerText(answer)}${own ? ` by mode ${mode}` : ""}`,
    },
  }]);
  if (answer.type === "deny") return answer.late ? NOBODY_ANSWERED : SAID_NO;
  if (turn.signal.aborted) return SAID_NO;
  const minted = await policy.mint(grant, own ? { ...answer, by: `mode ${mode}` } : answer);
  if (answer.scope === "once" && minted.type === "allow" && minted.grantId) {
    once.push(minted.grantId);
  }
  return minted;
}

/**
 * An answer to what was asked and to nothing else: a line that is not understood is never allowed
 * for longer, and no answer is wider than the question offered.
 */
function asAsked(grant: GrantRequest, answer: ApprovalAnswer): ApprovalAnswer {
  if (answer.type === "deny") return answer;
  if (grant.onceOnly) return { type: "allow", scope: "once", value: grant.value };
  const isOffered = answer.value === grant.value ||
    grant.widths?.some(({ value }) => value === answer.value);
  return isOffered ? answer : { type: "deny" };
}

/** An answer in words, for the audit log: `for 7200 s, 5 uses`. */
function answerText(answer: ApprovalAnswer): string {
  if (answer.type === "deny") return answer.late ? "none in time" : "deny";
  const { scope, uses } = answer;
  const time = typeof scope === "object" ? `for ${Math.round(scope.forMs / 1000)} s` : scope;
  return uses === undefined ? time : `${time}, ${uses} uses`;
}

function refuseUnasked(turn: CallScope, title: string, asks: readonly Ask[]): Authorised {
  const rules = unique(asks.map(({ rule }) => rule)).join("; ");
  const commands = unique(asks.map(({ grant }: { grant: GrantRequest }) => grant.command));
  turn.deps.onEvent({
    type: "notice",
    text: `Refused: ${title}: ${rules}. Allow it with: ${commands.join(" && ")}`,
  });
  return {
    ok: false,
    content: `Refused: ${title}: ${rules}. It needs the user's approval and nobody can answer ` +
      "here. Nothing was done. Do not look for a way around. The user can allow it with:\n" +
      commands.join("\n"),
    summary: "refused: needs approval",
  };
}

/**
 * The audit rows of a call and of what policy said of each access. That a plan only reads is ward's
 * own word: no server's hint gets there.
 */
export function auditRows(turn: CallScope, prepared: PreparedCall): AuditEntry[] {
  const { call } = prepared;
  const row = { sessionId: turn.sessionId };
  if (prepared.type === "rejected") {
    const detail = { callId: call.id, rejected: prepared.why };
    return [{ ...row, kind: "tool_call", subject: bounded(call.name), detail }];
  }
  const { title, readOnly } = prepared.plan;
  const detail = { callId: call.id, title: bounded(title), readOnly };
  return [
    { ...row, kind: "tool_call", subject: call.name, detail },
    ...prepared.plan.accesses.map((access, index): AuditEntry => ({
      ...row,
      kind: "decision",
      subject: access.permission,
      detail: {
        callId: call.id,
        value: bounded(targetOf(access)),
        decision: prepared.decisions[index]?.type ?? "deny",
        rule: prepared.decisions[index]?.rule ?? "",
      },
    })),
  ];
}

/** What will be done, whole: a title may be cut, and a rule covers more than this call. */
function exactly(access: Access): string {
  if (access.permission === "run") return access.words.map(quoteWord).join(" ");
  const detail = access.permission === "net" || access.permission === "mcp"
    ? access.detail
    : undefined;
  return detail === undefined ? targetOf(access) : `${targetOf(access)} ${detail}`;
}

function targetOf(access: Access): string {
  switch (access.permission) {
    case "read":
    case "write":
      return access.path;
    case "run":
      return access.words.join(" ");
    case "shell":
      return access.line;
    case "setting":
      return access.change;
    case "mcp":
      return `${access.server}/${access.tool}`;
    case "net":
      return `${access.method} ${access.url}`;
  }
}

/** A text as an audit row keeps it. */
export function bounded(text: string): string {
  return (text.length > 500 ? text.slice(0, 500) + "…" : text).toWellFormed();
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
