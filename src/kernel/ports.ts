/**
 * Everything the kernel needs from outside, as it sees it. Implementations are in `host/`,
 * `compartments/` and `surfaces/`; `app/` puts them in.
 */
import type { LogFields, LogLevel } from "../model/log.ts";
import type * as z from "zod";
import type { AuditEntry, AuditRow, AuditVerdict } from "../model/audit.ts";
import type {
  HoldAnswer,
  HoldRequest,
  Settlement,
  SharedCaps,
  Trip,
} from "../model/conversation/budget.ts";
import type { SessionActivity } from "../model/conversation/activity.ts";
import type { ApprovedInstructions } from "../model/conversation/instructions.ts";
import type { McpApproval } from "../model/mcp/approval.ts";
import type {
  ImagePart,
  Message,
  SealedReasoning,
  ToolCall,
} from "../model/conversation/message.ts";
import type { ModelEvent, ModelRequest, Usage } from "../model/conversation/model_stream.ts";
import type {
  Access,
  ApprovalAnswer,
  CellVariant,
  Decision,
  Grant,
  GrantRequest,
  NetAccess,
} from "../model/cells/permission.ts";
import type {
  LoadedSession,
  SearchHit,
  Session,
  SessionSummary,
  StoredMessage,
  ToolCallState,
  TurnOutcome,
} from "../model/conversation/session.ts";
import type { RouteDecision } from "../model/services/route.ts";
import type { TextChange, ToolFlags, ToolResult } from "../model/conversation/tool.ts";
import type { UsageRow } from "../model/conversation/usage.ts";

/** Time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never go back, for time limits. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  delay(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness. */
export interface Random {
  /** A new id: letters and digits, sortable by time. */
  id(): string;
  /** 0 ≤ x < 1, for jitter. */
  fraction(): number;
}

/** A model provider; see {@linkcode ModelEvent} for the contract of the stream. */
export interface ModelPort {
  stream(
    request: ModelRequest,
    options: {
      signal: AbortSignal;
      /** Called when bytes arrive that are no event yet (headers, reasoning, pieces of a call). */
      onActivity?: (() => void) | undefined;
    },
  ): AsyncIterable<ModelEvent>;
}

/** What a call is given to work with. */
export interface ExecuteOptions {
  readonly signal: AbortSignal;
  /** Id of the call, for what shows it while it runs. @default "" */
  readonly callId?: string | undefined;
  readonly decisions: readonly Decision[];
  /** Grants of which a use was taken for this call. @default [] */
  readonly leased?: readonly Grant[] | undefined;
  /**
   * Asks a person about what only the work itself brought to light. False: no, or nobody is there.
   * @default nobody is there
   */
  readonly confirm?: ((question: Question) => Promise<boolean>) | undefined;
  /**
   * Whether a redirect to another host is followed: as policy would have it of a first request.
   *
   * @returns Why not; null: it is.
   * @default it is
   */
  readonly leadOn?: ((access: NetAccess) => Promise<string | null>) | undefined;
  /** Tells whoever watches what another agent does. */
  readonly tell?: ((what: Omit<AgentEvent, "type">) => void) | undefined;
}

/** A question that the work brings up. */
export interface Question {
  /** One line. */
  readonly title: string;
  /** What will be done, whole. */
  readonly exact: string;
  readonly why: string;
  readonly grant: GrantRequest;
}

/** What another agent does that this one waits for. */
export interface AgentEvent {
  readonly type: "agent";
  /** `agent 1`, `agent codex`. */
  readonly name: string;
  readonly text: string;
  readonly diff?: string | undefined;
}

/** What a tool is going to do, worked out before anything is touched. */
export interface ToolPlan {
  /** What policy decides on; empty means nothing outside the kernel is touched. */
  readonly accesses: readonly Access[];
  /** One line for people: `run git log --oneline`. */
  readonly title: string;
  /** Only reads: may run beside other such calls. */
  readonly readOnly: boolean;
  /** Its result has what programs printed that ran before. @default false */
  readonly prints?: boolean | undefined;
  /** Which cell the call runs in; the warm one if left out. */
  readonly cell?: CellVariant | undefined;
  /**
   * Does it. Expected failures are results with `ok: false`.
   *
   * @throws {AppError} When the compartment refused or ended; the loop reports it to the model.
   */
  execute(options: ExecuteOptions): Promise<ToolResult>;
}

/** A tool. The zod schema is the single source of its JSON schema, but for tools of servers. */
export interface Tool<A = unknown> {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType<A>;
  /** JSON schema of its arguments where it is not of ward's own making. @default that of `schema` */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly flags: ToolFlags;
  /** Whether models are told of it in the next request; it can be called all the same. @default yes */
  isOffered?(): boolean;
  /**
   * Works out what a call would touch. Pure.
   *
   * @throws {AppError} When the arguments fit the schema but make no sense; told to the model.
   */
  plan(args: A): ToolPlan;
}

/** Asks a person. Never resolves to a yes by itself; no answer in time is `deny`. */
export interface Approver {
  /** False when nobody can answer: what needs approval is then refused. */
  readonly available: boolean;
  ask(
    request: {
      /** The call that it is about. */
      callId: string;
      title: string;
      /** Words of the program as a shell would read them, the whole line, or the path. */
      exact: string;
      grant: GrantRequest;
      why: string;
      layer: string;
      /** Whether an answer may outlive the session. */
      lasting: boolean;
    },
    signal: AbortSignal,
  ): Promise<ApprovalAnswer>;
}

/**
 * The encrypted state database, as the kernel uses it. Every call is one transaction, the `audit`
 * rows that some take with it.
 */
export interface Store {
  createSession(params: {
    workspace: string;
    title: string;
    /** The session of the agent whose sub-agent this one is of. */
    parentId?: string | undefined;
  }): Promise<Session>;
  /** Newest session, of one workspace if given; none of a sub-agent. */
  latestSession(params: { workspace?: string | undefined }): Promise<Session | null>;
  loadSession(id: string): Promise<LoadedSession | null>;
  appendUser(
    sessionId: string,
    text: string,
    images?: readonly ImagePart[] | undefined,
  ): Promise<void>;
  /**
   * Stores the answer, its calls and the usage in one transaction. Calls are `pending`, but for
   * those in `begun`, which start with this very step and are `running`.
   */
  appendAssistant(
    sessionId: string,
    message: {
      text: string;
      toolCalls: readonly ToolCall[];
      reasoning?: SealedReasoning | undefined;
      /** Name of the provider as configured. */
      provider?: string | undefined;
      model: string;
      usage: Usage | null;
      /** Milliseconds that the call took. */
      ms?: number | undefined;
      /** Price in dollars; null: not known. */
      usd?: number | null | undefined;
      /** What stays held for the call; null or missing: nothing was, or all of it does. */
      settlement?: Settlement | null | undefined;
      begun?: readonly string[] | undefined;
    },
    audit?: readonly AuditEntry[],
  ): Promise<void>;
  setCallState(
    sessionId: string,
    callId: string,
    state: ToolCallState,
    audit?: readonly AuditEntry[],
  ): Promise<void>;
  /** Stores a result and marks its call `done`, in one transaction. */
  appendToolResult(
    sessionId: string,
    message: Extract<Message, { role: "tool" }>,
    audit?: readonly AuditEntry[],
  ): Promise<void>;
  /**
   * Stores a summary of the first messages and what the call that made it used, in one
   * transaction. The messages themselves stay.
   */
  appendSummary(
    sessionId: string,
    summary: SessionSummary & {
      /** `extract`: made without a model. */
      author: "model" | "extract";
      /** The call of the model, also one that came to nothing. */
      call?:
        | {
          provider: string;
          model: string;
          usage: Usage | null;
          ms: number;
          usd?: number | null | undefined;
          settlement?: Settlement | null | undefined;
        }
        | undefined;
    },
  ): Promise<void>;
  endTurn(
    sessionId: string,
    outcome: TurnOutcome,
    reason: string | null,
    audit?: readonly AuditEntry[],
  ): Promise<void>;

  /** Those that are not used up, oldest first. */
  listGrants(): Promise<Grant[]>;
  /** Whether a grant was not taken back: what runs on it may go on, also when it is used up. */
  hasGrant(id: string): Promise<boolean>;
  addGrant(grant: Grant): Promise<void>;
  removeGrant(id: string): Promise<boolean>;
  /** Takes one use; false when there was none left. */
  useGrant(id: string): Promise<boolean>;

  appendAudit(entries: readonly AuditEntry[]): Promise<void>;
  /** The newest rows, oldest first; those of a session with those of the sub-agents below it. */
  listAudit(params: { limit: number; sessionId?: string | undefined }): Promise<AuditRow[]>;
  verifyAudit(): Promise<AuditVerdict>;
}

/** The stored sessions, for those who look through them. Reading is in pages: none is read whole. */
export interface SessionArchive {
  /** Newest first, without those of sub-agents. */
  listSessions(params: { workspace?: string | undefined; limit: number }): Promise<Session[]>;
  /** Sessions whose id begins so, newest first. */
  findSessions(params: { prefix: string; limit: number }): Promise<Session[]>;
  /** How the newest turns of the user ended, oldest first; those that did not end are left out. */
  recentOutcomes(limit: number): Promise<TurnOutcome[]>;
  /** Ids of the sessions that were used last before that moment. */
  sessionsBefore(atMs: number): Promise<string[]>;
  /** Messages of a session in order: the first ones after an id, or the newest ones. */
  readMessages(params: {
    sessionId: string;
    from: { readonly afterId: number } | "newest";
    limit: number;
  }): Promise<StoredMessage[]>;
  /**
   * What sessions are doing now, each followed by its sub-agents at work.
   *
   * @param params.sessions Those that a process holds, and since when: a turn from before was cut
   *   off by the end of another one.
   */
  readActivity(params: {
    sessions: readonly { readonly sessionId: string; readonly sinceMs: number }[];
  }): Promise<SessionActivity[]>;
  /** Best hits first. Every word must be there; quoted words in this order. */
  searchMessages(params: { query: string; limit: number }): Promise<SearchHit[]>;
  /**
   * Calls of models in order, first the one after an id; `fromMs` included, `toMs` not. Those of
   * sub-agents count for the session at the top, too.
   */
  readUsage(params: {
    afterId: number;
    limit: number;
    sessionId?: string | undefined;
    fromMs?: number | undefined;
    toMs?: number | undefined;
  }): Promise<UsageRow[]>;
  /**
   * Deletes a session with all that was said in it and by its sub-agents, overwrites the room and
   * keeps its audit rows.
   *
   * @returns Whether there was one.
   */
  deleteSession(id: string, audit: readonly AuditEntry[]): Promise<boolean>;
}

/** Caps that the processes of a profile share. */
export interface BudgetLedger {
  /** Holds what a call may take, or says which cap it would pass; that one is then reached. */
  holdBudget(request: HoldRequest): Promise<HoldAnswer>;
  /** Ends the hold of a call that used nothing. */
  dropHold(id: string): Promise<void>;
  /** Caps that are in force and reached: of today, and of a session. */
  listTrips(params: { sessionId: string | null; caps: SharedCaps }): Promise<Trip[]>;
  /** Lifts a reached cap by as much as it is. @returns Whether it was in force and reached. */
  liftTrip(
    trip: Pick<Trip, "scope" | "key" | "unit"> & { caps: SharedCaps },
    audit: readonly AuditEntry[],
  ): Promise<boolean>;
}

/** What the owner of a workspace approved as instructions. */
export interface InstructionApprovals {
  listInstructions(workspace: string): Promise<ApprovedInstructions[]>;
  /** Takes the place of an earlier approval of that file. */
  approveInstructions(
    approved: Omit<ApprovedInstructions, "atMs">,
    audit: readonly AuditEntry[],
  ): Promise<void>;
  revokeInstructions(
    which: { workspace: string; name: string },
    audit: readonly AuditEntry[],
  ): Promise<void>;
}

/** What the owner approved of MCP servers. */
export interface McpApprovals {
  /** Of the configuration, and of one workspace. */
  listMcpApprovals(workspace: string): Promise<McpApproval[]>;
  /** Takes the place of an earlier approval of that server. */
  approveMcp(approved: Omit<McpApproval, "atMs">, audit: readonly AuditEntry[]): Promise<void>;
  forgetMcp(
    which: { workspace: string; alias: string },
    audit: readonly AuditEntry[],
  ): Promise<void>;
}

/** Where the turn loop reports; the surface prints. Must not throw. */
export type TurnEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "model_call"; readonly iteration: number }
  | {
    /** Who answers the call under way. */
    readonly type: "answering";
    /** As calls are counted under. */
    readonly provider: string;
    readonly model: string;
    /** Not the one that answered before. */
    readonly isOther: boolean;
  }
  | {
    /** What a call would touch, before anybody is asked about it; not of one that can't be planned. */
    readonly type: "tool_planned";
    readonly callId: string;
    /** Name of the tool. */
    readonly name: string;
    readonly title: string;
    readonly accesses: readonly Access[];
    /** Arguments as the model wrote them. */
    readonly arguments: string;
  }
  | { readonly type: "tool_started"; readonly callId: string; readonly title: string }
  | {
    readonly type: "tool_finished";
    readonly callId: string;
    readonly title: string;
    readonly ok: boolean;
    readonly summary: string;
    /** What the person can do where the machine, not the call, was in the way. */
    readonly wayOut?: string | undefined;
    readonly diff?: string | undefined;
    /** The same as whole texts. */
    readonly change?: TextChange | undefined;
    /** What the model gets. @default no more than the summary */
    readonly text?: string | undefined;
  }
  | { readonly type: "route"; readonly decision: RouteDecision }
  | {
    readonly type: "retry";
    readonly reason: string;
    readonly waitMs: number;
    /** Over a connection of its own, because the last one may be dead. */
    readonly fresh: boolean;
  }
  | { readonly type: "notice"; readonly text: string }
  | AgentEvent
  | { readonly type: "usage"; readonly usage: Usage }
  /** Side effects that the answer says were done, in its words, and that the audit log has not. */
  | { readonly type: "unproven"; readonly claims: readonly string[] }
  | { readonly type: "ended"; readonly outcome: TurnOutcome; readonly reason: string | null };

/** Takes what happened for `ward logs`; must not throw and not wait. */
export interface Log {
  write(level: LogLevel, event: string, fields?: LogFields): void;
}
