import type { Store, StoredAnswer, TurnEnd } from "../../src/kernel/store_ports.ts";
import type { AuditEntry, AuditRow, AuditVerdict } from "../../src/model/audit.ts";
import type { Message, UserMessage } from "../../src/model/conversation/message.ts";
import type { Usage } from "../../src/model/conversation/model_stream.ts";
import type { Grant } from "../../src/model/cells/permission.ts";
import type {
  LoadedSession,
  Session,
  ToolCallState,
  TurnOutcome,
} from "../../src/model/conversation/session.ts";

interface Row {
  session: Session;
  messages: Message[];
  calls: Map<string, { name: string; state: ToolCallState }>;
  turns: { outcome: TurnOutcome; reason: string | null }[];
  summaries: Parameters<Store["appendSummary"]>[1][];
}

/** The state database in memory. Strict: what a real store would refuse throws here. */
export class MemoryStore implements Store {
  /** Every change in the order it was made, such as `user`, `running c1`, `audit effect`. */
  readonly log: string[] = [];
  readonly audit: AuditRow[] = [];
  readonly grants: Grant[] = [];
  readonly usages: (Usage | null)[] = [];
  /** Called before each change; throws to fail it, as a kill would. */
  beforeWrite: (what: string) => void = () => {};
  readonly #sessions = new Map<string, Row>();

  createSession(
    { workspace, title, parentId }: Parameters<Store["createSession"]>[0],
  ): Promise<Session> {
    const id = `s${this.#sessions.size + 1}`;
    const times = { createdAtMs: 0, updatedAtMs: 0 };
    const session = { id, workspace, title, ...times, messageCount: 0, parentId };
    this.#sessions.set(id, { session, messages: [], calls: new Map(), turns: [], summaries: [] });
    return Promise.resolve(session);
  }

  latestSession({ workspace }: { workspace?: string | undefined }): Promise<Session | null> {
    const all = [...this.#sessions.values()].map((row) => row.session);
    const found = all.findLast((s) => workspace === undefined || s.workspace === workspace);
    return Promise.resolve(found ?? null);
  }

  loadSession(id: string): Promise<LoadedSession | null> {
    const row = this.#sessions.get(id);
    if (!row) return Promise.resolve(null);
    const openCalls = [...row.calls]
      .filter(([, { state }]) => state !== "done")
      .map(([callId, { name, state }]) => ({ callId, name, state }));
    const last = row.summaries.at(-1);
    const summary = last ? { text: last.text, covered: last.covered } : null;
    return Promise.resolve({
      session: { ...row.session, messageCount: row.messages.length },
      summary,
      messages: row.messages.slice(last?.covered ?? 0),
      openCalls,
    });
  }

  async appendUser(
    sessionId: string,
    text: string,
    { images, own }: Pick<UserMessage, "images" | "own"> = {},
  ): Promise<void> {
    const message = {
      role: "user",
      text,
      ...images && { images },
      ...own !== undefined && { own },
    } as const;
    await this.#write("user", () => this.#row(sessionId).messages.push(message));
  }

  async appendAssistant(
    sessionId: string,
    answer: StoredAnswer,
    audit: readonly AuditEntry[] = [],
  ): Promise<void> {
    const { toolCalls, begun = [] } = answer;
    const ids = toolCalls.map(({ id }) => begun.includes(id) ? `${id}!` : id);
    await this.#write(
      ["assistant", ...ids].join(" "),
      () => this.#keepAnswer(sessionId, answer),
      audit,
    );
  }

  #keepAnswer(sessionId: string, answer: StoredAnswer): void {
    const { text, toolCalls, reasoning, usage, begun = [] } = answer;
    const row = this.#row(sessionId);
    for (const { id, name } of toolCalls) {
      if (row.calls.has(id)) throw new Error(`Call "${id}" is stored already`);
      row.calls.set(id, { name, state: begun.includes(id) ? "running" : "pending" });
    }
    const sealed = reasoning ? { reasoning } : {};
    row.messages.push({ role: "assistant", text, toolCalls, ...sealed });
    this.usages.push(usage);
  }

  async setCallState(
    sessionId: string,
    callId: string,
    state: ToolCallState,
    audit: readonly AuditEntry[] = [],
  ): Promise<void> {
    await this.#write(`${state} ${callId}`, () => {
      this.#open(sessionId, callId).state = state;
    }, audit);
  }

  async appendToolResult(
    sessionId: string,
    message: Extract<Message, { role: "tool" }>,
    audit: readonly AuditEntry[] = [],
  ): Promise<void> {
    await this.#write(`result ${message.callId}`, () => {
      this.#open(sessionId, message.callId).state = "done";
      this.#row(sessionId).messages.push(message);
    }, audit);
  }

  async appendSummary(
    sessionId: string,
    summary: Parameters<Store["appendSummary"]>[1],
  ): Promise<void> {
    await this.#write(`summary ${summary.covered}`, () => {
      const row = this.#row(sessionId);
      if (summary.covered > row.messages.length) throw new Error("More than there is");
      row.summaries.push(summary);
      if (summary.call) this.usages.push(summary.call.usage);
    });
  }

  async endTurn(
    sessionId: string,
    { outcome, reason, answer }: TurnEnd,
    audit: readonly AuditEntry[] = [],
  ): Promise<void> {
    await this.#write(`${answer ? "assistant, " : ""}end ${outcome}`, () => {
      if (answer) this.#keepAnswer(sessionId, answer);
      this.#row(sessionId).turns.push({ outcome, reason });
    }, audit);
  }

  listGrants(): Promise<Grant[]> {
    return Promise.resolve(this.grants.filter(({ usesLeft }) => usesLeft !== 0));
  }

  hasGrant(id: string): Promise<boolean> {
    return Promise.resolve(this.grants.some((grant) => grant.id === id));
  }

  async addGrant(grant: Grant): Promise<void> {
    await this.#write(`grant ${grant.value}`, () => this.grants.push(grant));
  }

  removeGrant(id: string): Promise<boolean> {
    const at = this.grants.findIndex((grant) => grant.id === id);
    if (at !== -1) this.grants.splice(at, 1);
    return Promise.resolve(at !== -1);
  }

  async useGrant(id: string): Promise<boolean> {
    const at = this.grants.findIndex((grant) => grant.id === id);
    const grant = this.grants[at];
    if (!grant) return false;
    if (grant.usesLeft === undefined) return true;
    const { usesLeft } = grant;
    if (usesLeft === 0) return false;
    await this.#write(`use ${id}`, () => {
      this.grants[at] = { ...grant, usesLeft: usesLeft - 1 };
    });
    return true;
  }

  async appendAudit(entries: readonly AuditEntry[]): Promise<void> {
    for (const entry of entries) {
      await this.#write(`audit ${entry.kind}`, () => this.#addAudit(entry));
    }
  }

  listAudit(
    { limit, sessionId }: { limit: number; sessionId?: string | undefined },
  ): Promise<AuditRow[]> {
    const isBelow = (id: string | null | undefined): boolean =>
      id === sessionId || (!!id && isBelow(this.#sessions.get(id)?.session.parentId));
    const rows = this.audit.filter((row) => sessionId === undefined || isBelow(row.sessionId));
    return Promise.resolve(rows.slice(-limit));
  }

  verifyAudit(): Promise<AuditVerdict> {
    return Promise.resolve({ ok: true, count: this.audit.length, head: String(this.audit.length) });
  }

  /** Summaries of a session, oldest first. */
  summaries(sessionId: string): Parameters<Store["appendSummary"]>[1][] {
    return this.#row(sessionId).summaries;
  }

  /** Ends of the turns of a session. */
  turns(sessionId: string): { outcome: TurnOutcome; reason: string | null }[] {
    return this.#row(sessionId).turns;
  }

  /** Audit rows that come with a change are logged before it; either all is done or nothing. */
  async #write(
    what: string,
    change: () => unknown,
    audit: readonly AuditEntry[] = [],
  ): Promise<void> {
    // A real store answers later: whoever doesn't wait for it shows up in the order.
    await Promise.resolve();
    for (const { kind } of audit) this.beforeWrite(`audit ${kind}`);
    this.beforeWrite(what);
    change();
    for (const entry of audit) {
      this.#addAudit(entry);
      this.log.push(`audit ${entry.kind}`);
    }
    this.log.push(what);
  }

  #addAudit(entry: AuditEntry): void {
    const seq = this.audit.length + 1;
    this.audit.push({ ...entry, seq, atMs: 0, prevHash: String(seq - 1), hash: String(seq) });
  }

  #row(id: string): Row {
    const row = this.#sessions.get(id);
    if (!row) throw new Error(`No session "${id}"`);
    return row;
  }

  #open(sessionId: string, callId: string): { name: string; state: ToolCallState } {
    const call = this.#row(sessionId).calls.get(callId);
    if (!call || call.state === "done") throw new Error(`Call "${callId}" is not open`);
    return call;
  }
}
