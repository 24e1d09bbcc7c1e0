import type { AuditEntry, AuditVerdict } from "../../model/audit.ts";
import type { Grant } from "../../model/cells/permission.ts";
import type { Mailbox } from "../../kernel/mail_ports.ts";
import type {
  BudgetLedger,
  InstructionApprovals,
  McpApprovals,
  SessionArchive,
  Store,
} from "../../kernel/store_ports.ts";
import type { DeliveryBook, TaskBook } from "../../kernel/task_ports.ts";

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

/** See {@linkcode StoreCopies.copyOut}. */
export interface CopyOutParams extends StoreOpenParams {
  /** An empty folder below the data folder. */
  readonly to: string;
}

/** See {@linkcode StoreCopies.sealCopy}. */
export interface SealCopyParams {
  /** A folder below the data folder with `ward.db` and `audit.head`, and nobody else's. */
  readonly folder: string;
  readonly module: WebAssembly.Module;
  /** The key it is under. */
  readonly keyHex: string;
  /** The key it comes under; the same one leaves it as it is. */
  readonly newKeyHex: string;
  /** Rows added to its audit log. */
  readonly entries: readonly AuditEntry[];
  /** Takes all grants out of it. @default false */
  readonly withoutGrants?: boolean | undefined;
}

/** What is in a copy that was found whole. */
export interface CopyReport {
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly audit: AuditVerdict;
  /** Grants that were taken out. */
  readonly grants: readonly Grant[];
}

/** Copies of the database, encrypted like it; for backups and a change of the key. */
export interface StoreCopies {
  /**
   * Copies the files of a store that need not be open in this thread, as they are between two
   * transactions. Until `close` nobody else can write to the store; `release` lets others at once.
   *
   * @throws {AppError} As {@linkcode StoreLifecycle.open}.
   */
  copyOut(params: CopyOutParams): Promise<void>;
  /** Lets others write again after {@linkcode copyOut}. */
  release(): Promise<void>;
  /**
   * Puts a copy under a key, and checks all of it: pages, rows by table, the audit chain.
   *
   * @throws {AppError} `store.copy_broken`, `store.corrupt`, `store.newer`.
   */
  sealCopy(params: SealCopyParams): Promise<CopyReport>;
}

/** All ports of the state database. */
export type StateDatabase =
  & Store
  & SessionArchive
  & InstructionApprovals
  & McpApprovals
  & BudgetLedger
  & Mailbox
  & TaskBook
  & DeliveryBook;

/** Methods of {@linkcode StateDatabase} over the wire, but those of the lists below; arguments travel as an array. */
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
  "hasGrant",
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
  "readActivity",
  "searchMessages",
  "readUsage",
  "deleteSession",
  "listInstructions",
  "approveInstructions",
  "revokeInstructions",
  "listMcpApprovals",
  "approveMcp",
  "forgetMcp",
  "holdBudget",
  "dropHold",
  "listTrips",
  "liftTrip",
] as const satisfies readonly Exclude<
  keyof StateDatabase,
  keyof (Mailbox & TaskBook & DeliveryBook)
>[];

/** Methods of {@linkcode Mailbox} over the wire. */
export const MAIL_METHODS = [
  "acceptInbound",
  "readCursor",
  "nextInbound",
  "waitingInbound",
  "takeUpInbound",
  "findChat",
  "leaveChat",
  "chosenModel",
  "chooseModel",
  "moveChat",
  "beginInbound",
  "finishInbound",
  "parkInbound",
  "putOutbound",
  "changeOutbound",
  "liveOutbound",
  "sentAs",
  "takeOutbound",
  "markSent",
  "putBack",
  "giveUpOutbound",
  "openQuestions",
  "countMail",
  "sweepMail",
] as const satisfies readonly (keyof Mailbox)[];

/** Methods of {@linkcode TaskBook} and {@linkcode DeliveryBook} over the wire. */
export const TASK_METHODS = [
  "addTask",
  "readTask",
  "listTasks",
  "openTasks",
  "countTasks",
  "beginTask",
  "parkTask",
  "bindTask",
  "readRounds",
  "addRound",
  "endTask",
  "addDeliveries",
  "nextDelivery",
  "endDelivery",
  "keepHooks",
  "deliveryCounts",
] as const satisfies readonly (keyof (TaskBook & DeliveryBook))[];
