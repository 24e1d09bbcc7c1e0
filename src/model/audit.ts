/** Kinds of audit rows. */
export type AuditKind =
  | "tool_call"
  | "decision"
  | "grant"
  | "revoke"
  | "effect"
  | "turn"
  | "cell"
  | "net"
  | "session"
  | "budget"
  | "route"
  | "key"
  | "backup";

/** One row to append. Values hold names, paths, counts and hashes: never a secret. */
export interface AuditEntry {
  readonly kind: AuditKind;
  readonly sessionId: string | null;
  /** What: a tool name, a permission, a program. */
  readonly subject: string;
  /** Facts as a flat record. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** A stored row. `hash` = SHA-256 over the previous hash and this row's canonical form. */
export interface AuditRow extends AuditEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly prevHash: string;
  readonly hash: string;
}

/** Result of checking the chain. */
export type AuditVerdict =
  | { readonly ok: true; readonly count: number; readonly head: string }
  | { readonly ok: false; readonly atSeq: number | null; readonly reason: string };
