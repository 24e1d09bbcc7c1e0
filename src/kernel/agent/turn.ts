/** What a turn is made of, shared by the steps of the loop. */
import type { AuditEntry } from "../../model/audit.ts";
import type { Message, ToolCall, UserMessage } from "../../model/conversation/message.ts";
import type { ApprovalMode } from "../../model/cells/permission.ts";
import type { ReasoningEffort, Usage } from "../../model/conversation/model_stream.ts";
import type { LoadedSession, TurnOutcome } from "../../model/conversation/session.ts";
import type { ResolvedSettings } from "../../model/settings.ts";
import type { Redaction } from "../redaction/with_redaction.ts";
import type { Approver, Clock, ModelPort, Random, Tool, TurnEvent } from "../ports.ts";
import type { Store, TurnEnd } from "../store_ports.ts";
import type { OutgoingScan } from "../net/outgoing_scan.ts";
import type { TouchWatch } from "../manifest/touch_watch.ts";
import type { Role } from "../policy/roles.ts";
import type { PendingWrites } from "./pending_writes.ts";
import type { PolicyPort } from "./policy_port.ts";
import type { CapSettings, TurnBudget } from "./turn_budget.ts";

/** What a turn needs from outside. */
export interface TurnDeps {
  readonly store: Store;
  readonly model: ModelPort;
  /** Told of each round of tool calls, before the next call of the model. */
  readonly onRound?: ((round: { failed: number; total: number }) => void) | undefined;
  /** For what needs no large one, such as summaries. @default `model` */
  readonly smallModel?: ModelPort | undefined;
  /** For what is cut before the model hides it. @default none: `model` hides nothing */
  readonly redaction?: Redaction | undefined;
  /** Provider of the model, as usage is counted under. @default "" */
  readonly provider?: string | undefined;
  /** Model id as the service knows it. */
  readonly modelId: string;
  readonly tools: readonly Tool[];
  /** Absolute; what relative paths start from. */
  readonly workspace: string;
  readonly policy: PolicyPort;
  readonly approver: Approver;
  /** What the turns above said and saw, for a sub-agent. @default nothing is above */
  readonly seenAbove?: readonly Message[] | undefined;
  /** Counted together with other turns. @default of this turn alone */
  readonly outside?: OutsideCount | undefined;
  /** Sees what each call would touch, and may keep it from running. @default nobody looks */
  readonly watch?: TouchWatch | undefined;
  /** How much is asked, as it is set now. */
  mode(): ApprovalMode;
  /** Finds what ward knows to be secret in what a call would send. @default nothing is known */
  readonly outgoing?: OutgoingScan | undefined;
  readonly clock: Clock;
  readonly random: Pick<Random, "id">;
  /** Layer in force, told to the person who is asked. */
  readonly layer: string;
  /**
   * Keeps a text outside the database.
   *
   * @param name File name, safe, not unique.
   * @returns Path that the model can read it under.
   */
  saveOutput(text: string, name: string): Promise<string>;
  /** What `saveOutput` kept. @default nothing of it is told from other files */
  readonly saved?: {
    /** Its folder, absolute. */
    readonly path: string;
    /** Whether any of it is outside text, of this session's earlier turns too. */
    holdsOutside(): Promise<boolean>;
    /** Whether a file is there that nobody has read yet, such as one of a chat. @default it is not */
    holdsUnread?(): Promise<boolean>;
  } | undefined;
  /**
   * Reports to whoever watches. `tool_started` comes only for calls that run; every call gets a
   * `tool_finished`.
   */
  onEvent(event: TurnEvent): void;
  readonly limits: Pick<ResolvedSettings["limits"], "iterations" | "turnMs" | "stall"> & {
    /** Names of the settings behind the first two. @default those of a turn of the user */
    readonly settings?: CapSettings | undefined;
    readonly maxOutputTokens: number;
  };
  /** How long the model may think; missing: the service's default. */
  readonly reasoningEffort?: ReasoningEffort | undefined;
  /** System prompt. */
  readonly system: string;
  /** Tokens that one request may take, its answer included. @default 120000 */
  readonly contextTokens?: number | undefined;
  /**
   * What the service counts for each estimated token; the turn keeps it up to date, the next one
   * goes on with it. @default 1 at the beginning of each turn
   */
  readonly correction?: { value: number } | undefined;
}

/** What a turn is about. */
export interface TurnInput extends UserMessage {
  readonly sessionId: string;
  /** What is stored of the session, where that is known. @default {it is read} */
  readonly loaded?: LoadedSession | undefined;
  /** Stops the turn; what was done is kept. */
  readonly signal: AbortSignal;
  /** Who began it. @default the owner */
  readonly role?: Role | undefined;
  /** Of a message that is kept elsewhere, too. @default as `Store` has it */
  readonly steps?: TurnSteps | undefined;
}

/** How the ends of a turn are stored where they belong together with something else. */
export interface TurnSteps {
  /** Stores the message; null: it is stored, and a turn that was cut off goes on. */
  readonly begin: (() => Promise<void>) | null;
  /** Stores the end. */
  end(end: TurnEnd & { readonly text: string }, audit: readonly AuditEntry[]): Promise<void>;
}

/** How a turn ended. */
export interface TurnResult {
  readonly outcome: TurnOutcome;
  /** The last answer of the model; complete only when the outcome is. */
  readonly text: string;
  /** Why it ended, for people; null when complete. */
  readonly reason: string | null;
  /** As the service counted them; calls it did not count are missing. */
  readonly usage: Usage;
  /** Model calls. */
  readonly iterations: number;
  /** Tool calls that the model asked for. */
  readonly toolCalls: number;
}

/** Results with something from outside so far; decisions from before a change are made anew. */
export interface OutsideCount {
  reads: number;
}

/** Why the loop leaves. */
export interface Ending {
  readonly outcome: TurnOutcome;
  readonly reason: string | null;
}

/** What one call of a tool needs of whatever it is part of. */
export interface CallScope {
  /** Under which it is audited, and for which a grant of a session counts. */
  readonly sessionId: string;
  readonly role: Role;
  readonly signal: AbortSignal;
  readonly budget: Pick<TurnBudget, "paused">;
  /** What was said and seen before. */
  readonly messages: readonly Message[];
  readonly outside: OutsideCount;
  readonly deps: Pick<
    TurnDeps,
    | "approver"
    | "layer"
    | "mode"
    | "onEvent"
    | "outgoing"
    | "policy"
    | "seenAbove"
    | "store"
    | "tools"
    | "workspace"
  >;
}

/** A turn under way. */
export interface Turn extends CallScope {
  readonly deps: TurnDeps;
  readonly sessionId: string;
  readonly role: Role;
  /** Aborts with the input's, and when the loop itself breaks. */
  readonly signal: AbortSignal;
  readonly budget: TurnBudget;
  /** History as stored, in order. */
  readonly messages: Message[];
  /** Stored calls that have no result yet. */
  readonly open: Map<string, ToolCall>;
  readonly outside: OutsideCount;
  /** Executions under way; none outlives the turn. */
  readonly running: Set<Promise<unknown>>;
  readonly writes: PendingWrites;
}

/** Whether the turn must end before it does anything else. */
export function mustEnd(turn: Turn): Ending | null {
  if (turn.signal.aborted) return { outcome: "stopped", reason: "stopped by the user" };
  const beyond = turn.deps.watch?.beyond ?? null;
  if (beyond !== null) return { outcome: "capped", reason: beyond };
  const cap = turn.budget.beforeToolCall();
  return cap === null ? null : { outcome: "capped", reason: cap };
}

/** Resolves when the signal aborts; stops listening when `until` does. */
export function whenAborted(signal: AbortSignal, until: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true, signal: until })
  );
}
