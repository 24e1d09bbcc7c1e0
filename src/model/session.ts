import type { Message } from "./message.ts";

/** A stored session. */
export interface Session {
  readonly id: string;
  readonly workspace: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** First words of the first message. */
  readonly title: string;
  readonly messageCount: number;
}

/** State of a stored tool call. `running` after a crash means: not known whether it ran. */
export type ToolCallState = "pending" | "running" | "done";

/** A tool call of a session as stored. */
export interface StoredToolCall {
  readonly callId: string;
  readonly name: string;
  readonly state: ToolCallState;
}

/** What `--resume` gets back. */
export interface LoadedSession {
  readonly session: Session;
  readonly messages: readonly Message[];
  /** Calls without a result, oldest first. */
  readonly openCalls: readonly StoredToolCall[];
  /** How the newest turn ended; its outcome is null when ward did not live to see it. */
  readonly lastTurn?:
    | { readonly outcome: TurnOutcome | null; readonly reason: string | null }
    | null
    | undefined;
}

/** How a turn ended. Only `complete` exits with 0. */
export type TurnOutcome =
  | "complete"
  | "failed"
  | "stopped"
  | "capped"
  | "stalled";
