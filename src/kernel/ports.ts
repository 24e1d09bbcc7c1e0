/**
 * Everything the kernel needs from outside, as it sees it; what it keeps is in `store_ports.ts`.
 * Implementations are in `host/`, `compartments/` and `surfaces/`; `app/` puts them in.
 */
import type { LogFields, LogLevel } from "../model/log.ts";
import type * as z from "zod";
import type { CapFact } from "../model/conversation/budget.ts";
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
import type { TurnOutcome } from "../model/conversation/session.ts";
import type { RouteDecision } from "../model/services/route.ts";
import type { TextChange, ToolFlags, ToolResult } from "../model/conversation/tool.ts";

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
  | {
    readonly type: "notice";
    readonly text: string;
    /** The cap that comes near, where that is what it says. */
    readonly cap?: CapFact | undefined;
  }
  | AgentEvent
  | { readonly type: "usage"; readonly usage: Usage }
  /** Side effects that the answer says were done, in its words, and that the audit log has not. */
  | { readonly type: "unproven"; readonly claims: readonly string[] }
  | { readonly type: "ended"; readonly outcome: TurnOutcome; readonly reason: string | null };

/** Takes what happened for `ward logs`; must not throw and not wait. */
export interface Log {
  write(level: LogLevel, event: string, fields?: LogFields): void;
}
