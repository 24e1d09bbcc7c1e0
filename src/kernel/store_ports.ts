/** The state database as the kernel uses it, a port for each of its users. See `ports.ts`. */
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
  Message,
  SealedReasoning,
  ToolCall,
  UserMessage,
} from "../model/conversation/message.ts";
import type { Usage } from "../model/conversation/model_stream.ts";
import type { Grant } from "../model/cells/permission.ts";
import type {
  LoadedSession,
  SearchHit,
  Session,
  SessionSummary,
  StoredMessage,
  ToolCallState,
  TurnOutcome,
} from "../model/conversation/session.ts";
import type { UsageRow } from "../model/conversation/usage.ts";

/** An answer of a model as it is stored. */
export interface StoredAnswer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly reasoning?: SealedReasoning | undefined;
  /** Name of the provider as configured. */
  readonly provider?: string | undefined;
  readonly model: string;
  readonly usage: Usage | null;
  /** Milliseconds that the call took. */
  readonly ms?: number | undefined;
  /** Price in dollars; null: not known. */
  readonly usd?: number | null | undefined;
  /** What stays held for the call; null or missing: nothing was, or all of it does. */
  readonly settlement?: Settlement | null | undefined;
  /** Calls that start with this very step. @default none */
  readonly begun?: readonly string[] | undefined;
}

/** What a call that is no answer of a session used, as it is stored. */
export interface ModelCall {
  /** Name of the provider as configured. */
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage | null;
  /** Milliseconds. */
  readonly ms: number;
  /** Price in dollars; null: not known. */
  readonly usd?: number | null | undefined;
  /** What stays held for the call; null or missing: nothing was, or all of it does. */
  readonly settlement?: Settlement | null | undefined;
}

/** How a turn ended. */
export interface TurnEnd {
  readonly outcome: TurnOutcome;
  /** For people; null when it is complete. */
  readonly reason: string | null;
  /** The answer it ends with, without calls; stored with the end. @default it is stored already */
  readonly answer?: StoredAnswer | undefined;
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
    more?: Omit<UserMessage, "text"> | undefined,
  ): Promise<void>;
  /**
   * Stores the answer, its calls and the usage in one transaction. Calls are `pending`, but for
   * those in `begun`, which start with this very step and are `running`.
   */
  appendAssistant(
    sessionId: string,
    answer: StoredAnswer,
    audit?: readonly AuditEntry[],
  ): Promise<void>;
  setCallState(
    sessionId: string,
    callId: string,
    state: ToolCallState,
    audit?: readonly AuditEntry[],
  ): Promise<void>;
  /**
   * Stores a result and marks its call `done`, in one transaction.
   *
   * @param options.durable Whether it is to outlast a power cut before anything else is stored; it
   *   always does once something is. With audit rows it does at once. @default {true}
   */
  appendToolResult(
    sessionId: string,
    message: Extract<Message, { role: "tool" }>,
    audit?: readonly AuditEntry[],
    options?: { readonly durable: boolean },
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
      call?: ModelCall | undefined;
    },
  ): Promise<void>;
  /** Ends the open turn. */
  endTurn(sessionId: string, end: TurnEnd, audit?: readonly AuditEntry[]): Promise<void>;

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
