/**
 * One sub-agent: a turn in a session of its own, below the turn that asked for it.
 *
 * Nothing that a model passes decides what it may: role, depth, budget, time and policy come from
 * the turn above. It shares that one's policy, so that what either reads from outside, and what a
 * person allows, holds for both; its model calls are of the same task.
 */
import { runTurn } from "../run_turn.ts";
import type { PolicyPort } from "../policy_port.ts";
import type { TurnDeps, TurnResult } from "../turn.ts";
import type { Role } from "../../policy/roles.ts";
import type { Approver, Tool, TurnEvent } from "../../ports.ts";
import type { SubAgentLimits } from "../../../model/settings.ts";
import { createMoreIterationsTool } from "./more_iterations_tool.ts";

/** What the sub-agents of one message share, and where in the tree their parent stands. */
export interface Family {
  readonly limits: SubAgentLimits;
  readonly role: Role;
  readonly workspace: string;
  /** System prompt of the turn at the top. */
  readonly system: string;
  /** Those that were started so far. */
  readonly started: { count: number };
  /** Session of the turn that asks. */
  readonly parentId: string;
  /** 0 at the top. */
  readonly depth: number;
}

/** What came of one. */
export interface SubAgentResult extends TurnResult {
  readonly sessionId: string;
  /** It read something from outside. */
  readonly tainted: boolean;
}

/**
 * Runs one to its end; stops with `signal`.
 *
 * @param deps Of the turn that asks.
 * @param name `agent 1`, as people see it.
 */
export async function runSubAgent(
  deps: TurnDeps,
  family: Family,
  request: {
    readonly name: string;
    readonly task: string;
    /** Made from its own parts, for those tools that start sub-agents below it. */
    tools(below: TurnDeps, sessionId: string): readonly Tool[];
  },
  signal: AbortSignal,
): Promise<SubAgentResult> {
  const { limits, role, workspace, parentId } = family;
  const { name, task } = request;
  const session = await deps.store.createSession({ workspace, title: "", parentId });
  const reading = { tainted: false };
  const above = (await deps.store.loadSession(parentId))?.messages ?? [];
  let allowed = limits.iterations;
  const more = createMoreIterationsTool((wanted) => {
    allowed = Math.min(Math.max(limits.iterationsCap, limits.iterations), allowed + wanted);
    return allowed;
  });
  const below: TurnDeps = {
    ...deps,
    // How it fares says nothing of the turn above.
    onRound: undefined,
    correction: { value: deps.correction?.value ?? 1 },
    tools: [],
    policy: watched(deps.policy, reading),
    approver: named(deps.approver, name),
    seenAbove: [...deps.seenAbove ?? [], ...above],
    onEvent: (event) => tell(deps, name, event),
    limits: {
      ...deps.limits,
      // Read anew before each call of the model.
      get iterations() {
        return allowed;
      },
      turnMs: limits.timeoutMs,
      settings: { iterations: "subagents.max_iterations", turnMs: "subagents.timeout_s" },
    },
    system: `${family.system}\n${aboutItself(name, limits)}`,
  };
  const tools = [...request.tools(below, session.id), more];
  // A model wrote the task.
  const input = { sessionId: session.id, text: task, own: "", role, signal };
  const result = await runTurn({ ...below, tools }, input);
  return { ...result, sessionId: session.id, tainted: reading.tainted };
}

function aboutItself(name: string, limits: SubAgentLimits): string {
  return `You are a sub-agent, ${name}. Another agent, not the user, gave you the task below and ` +
    `gets your last answer, cut after ${limits.responseChars} characters. You have ` +
    `${limits.iterations} model calls; request_more_iterations gives more if you come forward.`;
}

/** The policy above; notes what is read from outside. */
function watched(policy: PolicyPort, reading: { tainted: boolean }): PolicyPort {
  return {
    tainted(read) {
      reading.tainted = true;
      policy.tainted(read);
    },
    decide: (access) => policy.decide(access),
    mint: (...request) => policy.mint(...request),
    use: (grantId) => policy.use(grantId),
    drop: (grantId) => policy.drop(grantId),
  };
}

/** Whoever is asked sees who asks. */
function named(approver: Approver, name: string): Approver {
  return {
    available: approver.available,
    ask: (request, signal) =>
      approver.ask({
        ...request,
        // Its calls are of a session of its own.
        callId: `${name}: ${request.callId}`,
        title: `${name}: ${request.title}`,
      }, signal),
  };
}

/** What whoever watches sees of a sub-agent. */
function tell(deps: Pick<TurnDeps, "onEvent">, name: string, event: TurnEvent): void {
  switch (event.type) {
    case "tool_started":
      return deps.onEvent({ type: "agent", name, text: event.title });
    case "tool_finished": {
      const { ok, title, summary, diff } = event;
      if (ok && !diff) return;
      return deps.onEvent({ type: "agent", name, text: ok ? title : `✗ ${summary}`, diff });
    }
    case "notice":
      return deps.onEvent({ type: "notice", text: `${name}: ${event.text}` });
    case "ended":
      return deps.onEvent({ type: "agent", name, text: event.reason ?? "done" });
    case "unproven":
      return deps.onEvent({ ...event, claims: event.claims.map((claim) => `${name}: ${claim}`) });
    case "agent":
    case "usage":
      return deps.onEvent(event);
    default:
      // Its words go to the agent that asked; the rest is told once for all by the model's side.
      return;
  }
}
