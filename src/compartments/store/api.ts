import type {
  BudgetLedger,
  InstructionApprovals,
  SessionArchive,
  Store,
} from "../../kernel/ports.ts";

/** What the store needs to open; see {@linkcode StoreApi.open}. */
export interface StoreOpenParams {
  /** Absolute path of the profile's data folder; made with mode 0700 when missing. */
  readonly dataDir: string;
  /** `mc-wa-sqlite.wasm`, compiled by the kernel: this compartment cannot read it. */
  readonly module: WebAssembly.Module;
  /** Key of the database: 64 hex digits. */
  readonly keyHex: string;
  /**
   * Longest wait for other processes, in milliseconds: a hundred at once on a busy machine take
   * their turns for longer than half a minute. @default 120000
   */
  readonly lockTimeoutMs?: number | undefined;
}

/** What the `store` thread does beside the methods of {@linkcode Store}. */
export interface StoreLifecycle {
  /**
   * Opens the database, or makes it. Must be the first call. Whatever it refuses, it leaves the
   * files as they were.
   *
   * @returns Whether the database was made by this call.
   * @throws {AppError} `store.wrong_key`, `store.plaintext`, `store.corrupt`, `store.missing`
   *   (the database is gone, the audit head is not), `store.newer`, `store.busy`,
   *   `store.denied`, `store.disk_full`, `store.io`.
   */
  open(params: StoreOpenParams): Promise<{ created: boolean }>;
  /** What SQLite's own check of the whole file finds; null: nothing. No stored value is in it. */
  quickCheck(): Promise<string | null>;
  /** Waits for the calls under way and closes the file. */
  close(): Promise<void>;
}

/** All ports of the state database. */
export type StateDatabase = Store & SessionArchive & InstructionApprovals & BudgetLedger;

/** Methods of {@linkcode StateDatabase} over the wire; arguments travel as an array. */
export const STORE_METHODS = [
  "createSession",
  "latestSession",
  "loadSession",
  "appendUser",
  "appendAssistant",
  "setCallState",
  "appendToolResult",
  "appendSummary",
  "endTurn",
  "listGrants",
  "addGrant",
  "removeGrant",
  "useGrant",
  "appendAudit",
  "listAudit",
  "verifyAudit",
  "listSessions",
  "findSessions",
  "recentOutcomes",
  "sessionsBefore",
  "readMessages",
  "searchMessages",
  "readUsage",
  "deleteSession",
  "listInstructions",
  "approveInstructions",
  "revokeInstructions",
  "holdBudget",
  "dropHold",
  "listTrips",
  "liftTrip",
] as const satisfies readonly (keyof StateDatabase)[];
