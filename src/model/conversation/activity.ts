/** What conversations are doing, as it is stored by the processes that hold them. */

/** A call that has no result yet. */
export interface ActiveCall {
  readonly name: string;
  /** In a line, as the person in its terminal sees it; null: it was not looked at yet. */
  readonly title: string | null;
  /** `waiting`: somebody has to answer a question; `pending`: its turn has not come. */
  readonly state: "pending" | "waiting" | "running";
}

/** The turn under way. */
export interface ActiveTurn {
  /** Which one of the session, from 1. */
  readonly number: number;
  readonly startedAtMs: number;
  /** Calls of models that have ended, and what the services counted of them. */
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly calls: readonly ActiveCall[];
}

/** A session that is open somewhere. */
export interface SessionActivity {
  readonly sessionId: string;
  readonly title: string;
  readonly workspace: string;
  /** Of a sub-agent: the session that asked. */
  readonly parentId: string | null;
  /** Who answered last; null: nobody yet. */
  readonly model: { readonly provider: string; readonly model: string } | null;
  /** null: it waits for its user. */
  readonly turn: ActiveTurn | null;
}

/** A session that a process holds. */
export interface HeldSession {
  readonly sessionId: string;
  /** The process, and since when it has the session; null: it cannot be read. */
  readonly holder: { readonly pid: number; readonly sinceMs: number } | null;
}
