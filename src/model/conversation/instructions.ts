/** Files of a workspace that may speak for its owner, once the owner said so. */

/** Names that are looked for at the top of a workspace, in this order. */
export const INSTRUCTION_FILES = ["AGENTS.md", "CLAUDE.md"] as const;

/** What the owner approved: this text, in this workspace. */
export interface ApprovedInstructions {
  /** Absolute real path. */
  readonly workspace: string;
  readonly name: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  /** As it was shown; lines end in LF. */
  readonly text: string;
  readonly atMs: number;
}

/** A file as it is now, held against what was approved. */
export interface InstructionFile {
  readonly name: string;
  /** Only `approved` is ever used. `unusable`: see `problem`. */
  readonly state: "approved" | "new" | "changed" | "unusable";
  /** Null when it is unusable. */
  readonly text: string | null;
  readonly hash: string | null;
  /** What was approved, also when the file is another one by now. */
  readonly approved: ApprovedInstructions | null;
  /** Why it cannot be used; null when it can. */
  readonly problem: string | null;
}
