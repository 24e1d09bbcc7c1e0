import type { Outside } from "./outside.ts";

/** What a tool does to the world (T8). */
export interface ToolFlags {
  readonly readOnly: boolean;
  readonly externalSideEffect: boolean;
  readonly needsApproval: boolean;
  readonly idempotent: boolean;
  readonly highImpactWrite: boolean;
}

/** A text file before and after a call. */
export interface TextChange {
  /** Absolute. */
  readonly path: string;
  /** null: there was none. */
  readonly before: string | null;
  readonly after: string;
}

/** What a tool call gave back, before the cut for the model. */
export interface ToolResult {
  readonly ok: boolean;
  /** Text for the model, ward's own words: nothing of it came from outside. */
  readonly content: string;
  /** What came from outside with it: the model gets it after `content`, cleaned and marked. */
  readonly outside?: readonly Outside[] | undefined;
  /** One line for the person who watches. */
  readonly summary: string;
  /** What the person can do where the machine, not the call, was in the way. */
  readonly wayOut?: string | undefined;
  /** Unified diff of what changed, for the person who watches. */
  readonly diff?: string | undefined;
  /** The same as whole texts, where they are there and not too large. */
  readonly change?: TextChange | undefined;
  /** Side effects, for the audit log: `write notes.md`, `run git status`. */
  readonly effects: readonly string[];
}
