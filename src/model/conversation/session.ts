import type { Message } from "./message.ts";
import type { OutsideRead } from "./outside.ts";

/** A stored session. */
export interface Session {
  readonly id: string;
  readonly workspace: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** First words of the first message. */
  readonly title: string;
  readonly messageCount: number;
  /** The session of the agent whose sub-agent this one is of; null or missing: a user's. */
  readonly parentId?: string | null | undefined;
}

/** State of a stored tool call. `running` after a crash means: not known whether it ran. */
export type ToolCallState = "pending" | "running" | "done";

/** A tool call of a session as stored. */
export interface StoredToolCall {
  readonly callId: string;
  readonly name: string;
  readonly state: ToolCallState;
}

/** What stands for the first messages of a session where they take too much room. */
export interface SessionSummary {
  readonly text: string;
  /** How many of the first messages it stands for. */
  readonly covered: number;
}

/** What `--resume` gets back. */
export interface LoadedSession {
  readonly session: Session;
  /** The newest one; the messages below come after it. */
  readonly summary?: SessionSummary | null | undefined;
  readonly messages: readonly Message[];
  /** Calls without a result, oldest first. */
  readonly openCalls: readonly StoredToolCall[];
  /** What it read from outside, whether or not the messages above hold it. */
  readonly outside?: OutsideRead | null | undefined;
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

/** A message with its place in the store. */
export interface StoredMessage {
  /** Order of the messages of a session. */
  readonly id: number;
  readonly atMs: number;
  readonly message: Message;
}

/** A message that a search found. */
export interface SearchHit {
  readonly sessionId: string;
  readonly title: string;
  readonly workspace: string;
  readonly role: Message["role"];
  readonly atMs: number;
  /** Words around the first hit, on one line. */
  readonly snippet: string;
}
