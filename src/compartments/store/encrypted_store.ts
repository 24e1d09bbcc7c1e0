/**
 * The state database of a profile: the ports of the store over encrypted SQLite.
 *
 * Invariant: every method is one transaction under the store's lock, and returns only after it is
 * on the disk, but for what `Transactions.note` says of itself.
 */
import { AppError } from "../../base/app_error.ts";
import type { Mailbox } from "../../kernel/mail_ports.ts";
import type {
  BudgetLedger,
  InstructionApprovals,
  McpApprovals,
  SessionArchive,
  Store,
} from "../../kernel/store_ports.ts";
import type { AuditVerdict } from "../../model/audit.ts";
import type { StoreOpenParams } from "./api.ts";
import { type ChainEnd, GENESIS } from "./audit_head.ts";
import type { AuditLog } from "./audit_log.ts";
import { GrantStamp } from "./grant_stamp.ts";
import { createMailbox } from "./mailbox.ts";
import { openDatabase } from "./open_database.ts";
import { readActivity } from "./rows/activity.ts";
import * as archive from "./rows/archive.ts";
import * as budget from "./rows/budget.ts";
import * as grants from "./rows/grants.ts";
import * as instructions from "./rows/instructions.ts";
import * as mcp from "./rows/mcp.ts";
import { indexMore, searchMessages } from "./rows/search.ts";
import * as sessions from "./rows/sessions.ts";
import { readUsage } from "./rows/usage.ts";
import type { Database } from "./sqlite/database.ts";
import { denoFileSystem, type FileSystem } from "./sqlite/file_system.ts";
import type { DeliveryBook, TaskBook } from "../../kernel/task_ports.ts";
import { createTaskBook } from "./tasks/task_book.ts";
import { storeError } from "./store_error.ts";
import { Transactions } from "./transactions.ts";

/** What a turn may leave in the log; working it off takes some milliseconds. */
const TURN_LOG_BYTES = 256 * 1024;

/** Options of {@linkcode EncryptedStore.open} beside those that cross the wire. */
export interface EncryptedStoreOptions extends StoreOpenParams {
  /** @default the real files */
  readonly files?: FileSystem | undefined;
  /** Milliseconds since the epoch. @default `Date.now` */
  readonly now?: (() => number) | undefined;
}

/** An open store. */
export class EncryptedStore implements Store, SessionArchive, InstructionApprovals, BudgetLedger {
  /** Whether `open` made the database. */
  readonly created: boolean;
  /** What came in from chats, and what goes out. */
  readonly mailbox: Mailbox;
  /** Tasks of the HTTP API, and what webhooks are told. */
  readonly tasks: TaskBook & DeliveryBook;
  readonly #run: Transactions;
  readonly #audit: AuditLog;
  readonly #now: () => number;
  readonly #stamp: GrantStamp;

  private constructor(
    parts: {
      created: boolean;
      run: Transactions;
      audit: AuditLog;
      now: () => number;
      stamp: GrantStamp;
    },
  ) {
    this.created = parts.created;
    this.#run = parts.run;
    this.#audit = parts.audit;
    this.#now = parts.now;
    this.#stamp = parts.stamp;
    this.mailbox = createMailbox(parts.run, () => {
      const nowMs = parts.now();
      return { id: newId(nowMs), nowMs };
    });
    this.tasks = createTaskBook(parts.run, { now: parts.now, newId });
  }

  /** Opens or makes the database; see `StoreLifecycle.open` in `api.ts`. */
  static async open(options: EncryptedStoreOptions): Promise<EncryptedStore> {
    const { lockTimeoutMs = 120_000, files = denoFileSystem, now = Date.now } = options;
    const opened = await openDatabase({ ...options, lockTimeoutMs, files });
    const stamp = new GrantStamp(options.dataDir);
    try {
      stamp.ensure();
    } catch (error) {
      opened.database.close();
      opened.lock.close();
      throw storeError(error, opened.path);
    }
    const run = new Transactions(opened, { lockTimeoutMs, now });
    return new EncryptedStore({ created: opened.created, run, audit: opened.audit, now, stamp });
  }

  createSession(params: Parameters<Store["createSession"]>[0]): ReturnType<Store["createSession"]> {
    const nowMs = this.#now();
    return this.#run.write((db) =>
      sessions.createSession(db, { ...params, id: newId(nowMs), nowMs })
    );
  }

  latestSession(
    { workspace }: { workspace?: string | undefined },
  ): ReturnType<Store["latestSession"]> {
    return this.#run.read((db) => sessions.latestSession(db, workspace));
  }

  loadSession(id: string): ReturnType<Store["loadSession"]> {
    return this.#run.read((db) => sessions.loadSession(db, id));
  }

  appendUser(
    ...[sessionId, text, more]: Parameters<Store["appendUser"]>
  ): ReturnType<Store["appendUser"]> {
    return this.#run.write((db) =>
      sessions.appendUser(db, sessionId, { ...more, text }, this.#now())
    );
  }

  appendAssistant(
    ...[sessionId, answer, audit]: Parameters<Store["appendAssistant"]>
  ): ReturnType<Store["appendAssistant"]> {
    return this.#run.audited(
      audit,
      (db) => sessions.appendAssistant(db, sessionId, answer, this.#now()),
    );
  }

  setCallState(
    ...[sessionId, callId, state, audit]: Parameters<Store["setCallState"]>
  ): ReturnType<Store["setCallState"]> {
    return this.#run.audited(audit, (db) => sessions.setCallState(db, sessionId, callId, state));
  }

  appendToolResult(
    ...[sessionId, result, audit = [], options]: Parameters<Store["appendToolResult"]>
  ): ReturnType<Store["appendToolResult"]> {
    const append = (db: Database) => sessions.appendToolResult(db, sessionId, result, this.#now());
    return options?.durable === false && audit.length === 0
      ? this.#run.note(append)
      : this.#run.audited(audit, append);
  }

  appendSummary(
    ...[sessionId, summary]: Parameters<Store["appendSummary"]>
  ): ReturnType<Store["appendSummary"]> {
    return this.#run.write((db) => sessions.appendSummary(db, sessionId, summary, this.#now()));
  }

  endTurn(
    ...[sessionId, end, audit]: Parameters<Store["endTurn"]>
  ): ReturnType<Store["endTurn"]> {
    const ended = this.#run.audited(
      audit,
      (db) => sessions.endTurn(db, sessionId, end, this.#now()),
    );
    // Between two turns nobody waits for the store.
    this.#run.tidy(TURN_LOG_BYTES);
    return ended;
  }

  listSessions(
    ...[params]: Parameters<SessionArchive["listSessions"]>
  ): ReturnType<SessionArchive["listSessions"]> {
    return this.#run.read((db) => archive.listSessions(db, params));
  }

  findSessions(
    ...[params]: Parameters<SessionArchive["findSessions"]>
  ): ReturnType<SessionArchive["findSessions"]> {
    return this.#run.read((db) => archive.findSessions(db, params));
  }

  recentOutcomes(limit: number): ReturnType<SessionArchive["recentOutcomes"]> {
    return this.#run.read((db) => archive.recentOutcomes(db, limit));
  }

  sessionsBefore(atMs: number): ReturnType<SessionArchive["sessionsBefore"]> {
    return this.#run.read((db) => archive.sessionsBefore(db, atMs));
  }

  readMessages(
    ...[params]: Parameters<SessionArchive["readMessages"]>
  ): ReturnType<SessionArchive["readMessages"]> {
    return this.#run.read((db) => archive.readMessages(db, params));
  }

  readActivity(
    ...[params]: Parameters<SessionArchive["readActivity"]>
  ): ReturnType<SessionArchive["readActivity"]> {
    return this.#run.read((db) => readActivity(db, params));
  }

  async searchMessages(
    ...[params]: Parameters<SessionArchive["searchMessages"]>
  ): ReturnType<SessionArchive["searchMessages"]> {
    while (await this.#run.write(indexMore));
    return await this.#run.read((db) => searchMessages(db, params));
  }

  readUsage(
    ...[params]: Parameters<SessionArchive["readUsage"]>
  ): ReturnType<SessionArchive["readUsage"]> {
    return this.#run.read((db) => readUsage(db, params));
  }

  deleteSession(
    ...[id, audit]: Parameters<SessionArchive["deleteSession"]>
  ): ReturnType<SessionArchive["deleteSession"]> {
    return this.#stamp.around(async () => {
      let wasThere = false;
      await this.#run.audited(audit, (db) => {
        wasThere = archive.deleteSession(db, id);
      });
      // The log still holds the pages as they were.
      await this.#run.tidy(0);
      return wasThere;
    });
  }

  listInstructions(workspace: string): ReturnType<InstructionApprovals["listInstructions"]> {
    return this.#run.read((db) => instructions.listInstructions(db, workspace));
  }

  approveInstructions(
    ...[approved, audit]: Parameters<InstructionApprovals["approveInstructions"]>
  ): ReturnType<InstructionApprovals["approveInstructions"]> {
    return this.#run.audited(
      audit,
      (db) => instructions.approveInstructions(db, approved, this.#now()),
    );
  }

  revokeInstructions(
    ...[{ workspace, name }, audit]: Parameters<InstructionApprovals["revokeInstructions"]>
  ): ReturnType<InstructionApprovals["revokeInstructions"]> {
    return this.#run.audited(
      audit,
      (db) => instructions.revokeInstructions(db, workspace, name),
    );
  }

  listMcpApprovals(workspace: string): ReturnType<McpApprovals["listMcpApprovals"]> {
    return this.#run.read((db) => mcp.listMcpApprovals(db, workspace));
  }

  approveMcp(
    ...[approved, audit]: Parameters<McpApprovals["approveMcp"]>
  ): ReturnType<McpApprovals["approveMcp"]> {
    return this.#run.audited(audit, (db) => mcp.approveMcp(db, approved, this.#now()));
  }

  forgetMcp(
    ...[which, audit]: Parameters<McpApprovals["forgetMcp"]>
  ): ReturnType<McpApprovals["forgetMcp"]> {
    return this.#run.audited(audit, (db) => mcp.forgetMcp(db, which));
  }

  holdBudget(
    ...[request]: Parameters<BudgetLedger["holdBudget"]>
  ): ReturnType<BudgetLedger["holdBudget"]> {
    const nowMs = this.#now();
    return this.#run.write((db) => budget.holdBudget(db, request, { id: newId(nowMs), nowMs }));
  }

  dropHold(id: string): ReturnType<BudgetLedger["dropHold"]> {
    return this.#run.write((db) => budget.dropHold(db, id));
  }

  listTrips(
    ...[params]: Parameters<BudgetLedger["listTrips"]>
  ): ReturnType<BudgetLedger["listTrips"]> {
    return this.#run.read((db) => budget.listTrips(db, params, this.#now()));
  }

  async liftTrip(
    ...[trip, audit]: Parameters<BudgetLedger["liftTrip"]>
  ): ReturnType<BudgetLedger["liftTrip"]> {
    let wasReached = false;
    await this.#run.audited(audit, (db) => {
      wasReached = budget.liftTrip(db, trip);
    });
    return wasReached;
  }

  listGrants(): ReturnType<Store["listGrants"]> {
    return this.#run.read(grants.listGrants);
  }

  hasGrant(id: string): ReturnType<Store["hasGrant"]> {
    return this.#run.read((db) => grants.hasGrant(db, id));
  }

  addGrant(...[grant]: Parameters<Store["addGrant"]>): ReturnType<Store["addGrant"]> {
    return this.#stamp.around(() => this.#run.write((db) => grants.addGrant(db, grant)));
  }

  removeGrant(id: string): ReturnType<Store["removeGrant"]> {
    return this.#stamp.around(() => this.#run.write((db) => grants.removeGrant(db, id)));
  }

  useGrant(id: string): ReturnType<Store["useGrant"]> {
    return this.#stamp.around(() => this.#run.write((db) => grants.useGrant(db, id)));
  }

  async appendAudit(...[entries]: Parameters<Store["appendAudit"]>): Promise<void> {
    if (entries.length > 0) await this.#run.audited(entries, () => {});
  }

  listAudit(
    { limit, sessionId }: { limit: number; sessionId?: string | undefined },
  ): ReturnType<Store["listAudit"]> {
    return this.#run.read(() => this.#audit.list(limit, sessionId));
  }

  async verifyAudit(): Promise<AuditVerdict> {
    let step: ChainEnd | AuditVerdict = { count: 0, head: GENESIS };
    while (!("ok" in step)) {
      const after: ChainEnd = step;
      step = await this.#run.read(() => this.#audit.verify(after));
    }
    return step;
  }

  /** See `StoreLifecycle.quickCheck` in `api.ts`. */
  async quickCheck(): Promise<string | null> {
    try {
      const rows = await this.#run.read((db) => db.all("PRAGMA quick_check(1)"));
      const said = String(Object.values(rows[0] ?? {})[0] ?? "no answer");
      return said === "ok" ? null : said.replaceAll(/\s+/g, " ").slice(0, 200);
    } catch (error) {
      if (error instanceof AppError && error.code === "store.corrupt") return "a page is damaged";
      throw error;
    }
  }

  /** Waits for the calls under way, then closes. */
  close(): Promise<void> {
    return this.#run.close();
  }
}

/** Letters and digits, in the order of time. */
function newId(nowMs: number): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  const tail = Array.from(random, (byte) => (byte % 36).toString(36)).join("");
  return nowMs.toString(36).padStart(9, "0") + tail;
}
