/**
 * An editor that speaks the Agent Client Protocol by hand: it holds every line that ward writes
 * against the protocol's own schema, and answers what it is asked as its test says.
 */
import { deepEqual } from "node:assert/strict";
import * as z from "zod";
import schema from "@agentclientprotocol/sdk/schema/v1/schema.json" with { type: "json" };
import { canaries } from "./canaries.ts";

type Json = Record<string, unknown>;

/** Names in the schema: of answers, and of what an agent sends. */
const ANSWERS: Readonly<Record<string, string>> = {
  initialize: "InitializeResponse",
  "session/new": "NewSessionResponse",
  "session/load": "LoadSessionResponse",
  "session/resume": "ResumeSessionResponse",
  "session/list": "ListSessionsResponse",
  "session/close": "CloseSessionResponse",
  "session/prompt": "PromptResponse",
  "session/set_mode": "SetSessionModeResponse",
  "session/set_config_option": "SetSessionConfigOptionResponse",
  authenticate: "AuthenticateResponse",
};
const SENT: Readonly<Record<string, string>> = {
  "session/update": "SessionNotification",
  "session/request_permission": "RequestPermissionRequest",
  "fs/read_text_file": "ReadTextFileRequest",
  "fs/write_text_file": "WriteTextFileRequest",
  "terminal/create": "CreateTerminalRequest",
  "terminal/output": "TerminalOutputRequest",
  "terminal/wait_for_exit": "WaitForTerminalExitRequest",
  "terminal/kill": "KillTerminalRequest",
  "terminal/release": "ReleaseTerminalRequest",
  "$/cancel_request": "CancelRequestNotification",
};

const parsers = new Map<string, z.ZodType>();

function fits(name: string, value: unknown): string | null {
  const parser = parsers.get(name) ??
    z.fromJSONSchema(
      { $defs: schema.$defs, $ref: `#/$defs/${name}` } as Parameters<typeof z.fromJSONSchema>[0],
    );
  parsers.set(name, parser);
  const parsed = parser.safeParse(value);
  return parsed.success ? null : `${name}: ${parsed.error.message} in ${JSON.stringify(value)}`;
}

/** A request of the agent that the editor answers. */
export interface Asked {
  readonly method: string;
  readonly params: Json;
}

/** How an editor is. */
export interface EditorOptions {
  /** Program and leading arguments of ward. */
  readonly form: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly capabilities?: Json;
  /** Answers a request; what it throws is sent as an error. @default permissions are denied */
  answer?(asked: Asked): unknown;
}

/** An error that the agent answered with. */
export class AnsweredError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The chosen option of a permission request. */
export function chose(optionId: string): Json {
  return { outcome: { outcome: "selected", optionId } };
}

/** See the head of this file. */
export class AcpEditor implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pending = new Map<number, { method: string } & PromiseWithResolvers<Json>>();
  readonly #wrong: string[] = [];
  readonly #listening: Promise<void>;
  readonly #stderr: Promise<string>;
  #answer: NonNullable<EditorOptions["answer"]>;
  #ids = 0;
  /** Updates in order, with their session. */
  readonly updates: { readonly sessionId: string; readonly update: Json }[] = [];
  /** What it was asked, in order. */
  readonly asked: Asked[] = [];
  readonly #waiting: { test: () => boolean; done: () => void }[] = [];

  private constructor(options: EditorOptions) {
    canaries.plantVariables(options.env);
    const [program = "", ...leading] = options.form;
    this.#child = new Deno.Command(program, {
      args: [...leading, "acp"],
      clearEnv: true,
      env: { ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#answer = options.answer ?? (() => chose("deny"));
    this.#listening = this.#listen();
    this.#stderr = new Response(this.#child.stderr).text();
  }

  /** Starts ward and shakes hands. */
  static async start(options: EditorOptions): Promise<AcpEditor> {
    const editor = new AcpEditor(options);
    await editor.request("initialize", {
      protocolVersion: 1,
      clientCapabilities: options.capabilities ?? {},
      clientInfo: { name: "fake editor", version: "1" },
    });
    return editor;
  }

  /** @throws {AnsweredError} */
  request(method: string, params: Json): Promise<Json> {
    const id = ++this.#ids;
    const pending = { method, ...Promise.withResolvers<Json>() };
    this.#pending.set(id, pending);
    this.write({ jsonrpc: "2.0", id, method, params });
    return pending.promise;
  }

  notify(method: string, params: Json): void {
    this.write({ jsonrpc: "2.0", method, params });
  }

  /** Writes a message as it is. */
  write(message: unknown): void {
    this.writeLine(JSON.stringify(message));
  }

  writeLine(line: string): void {
    this.#writer.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  }

  /** Answers otherwise from here on. */
  answerWith(answer: NonNullable<EditorOptions["answer"]>): void {
    this.#answer = answer;
  }

  /** A new session in a folder. */
  async open(cwd: string): Promise<string> {
    return String((await this.request("session/new", { cwd, mcpServers: [] }))["sessionId"]);
  }

  /** Sends a text. @returns Why it ended. */
  async prompt(sessionId: string, text: string): Promise<unknown> {
    const prompt = [{ type: "text", text }];
    return (await this.request("session/prompt", { sessionId, prompt }))["stopReason"];
  }

  /** Updates of a session, of one kind if named. */
  of(sessionId: string, kind?: string): Json[] {
    return this.updates.filter((one) =>
      one.sessionId === sessionId && (kind === undefined || one.update["sessionUpdate"] === kind)
    ).map(({ update }) => update);
  }

  /** The answer's text of a session. */
  said(sessionId: string, kind = "agent_message_chunk"): string {
    return this.of(sessionId, kind).map(({ content }) => String((content as Json)["text"])).join(
      "",
    );
  }

  /** Resolves once the test holds; looked at after each line. */
  until(test: () => boolean): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ test, done });
      this.#look();
    });
  }

  /** Process id of ward. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends as an editor that is killed does. @returns Exit code and stderr. */
  async leave(): Promise<{ code: number; stderr: string }> {
    await this.#writer.close().catch(() => {});
    const [{ code }, stderr] = await Promise.all([this.#child.status, this.#stderr]);
    await this.#listening;
    canaries.told(stderr);
    deepEqual(this.#wrong, [], "every line fits the protocol's schema");
    return { code, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { code, stderr } = await this.leave();
    deepEqual({ code, stderr }, { code: 0, stderr: "" });
  }

  async #listen(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach((line) => this.#take(line));
      this.#look();
    }
    if (rest !== "") this.#wrong.push(`no line: ${rest}`);
    for (const { method, reject } of this.#pending.values()) reject(new Error(`gone: ${method}`));
  }

  #look(): void {
    for (const one of [...this.#waiting]) {
      if (!one.test()) continue;
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.done();
    }
  }

  #take(line: string): void {
    canaries.told(line);
    let message: Json;
    try {
      message = JSON.parse(line);
    } catch {
      this.#wrong.push(`no JSON: ${line}`);
      return;
    }
    const { jsonrpc, method, id, params } = message;
    if (jsonrpc !== "2.0") this.#wrong.push(`no JSON-RPC 2.0: ${line}`);
    if (typeof method !== "string") return this.#settle(message);
    const name = SENT[method];
    const problem = name === undefined ? `unknown method ${method}` : fits(name, params);
    if (problem !== null) this.#wrong.push(problem);
    if (id !== undefined) return void this.#reply(id, { method, params: params as Json });
    if (method === "session/update") this.updates.push(params as typeof this.updates[number]);
  }

  #settle({ id, result, error }: Json): void {
    const pending = this.#pending.get(Number(id));
    if (error !== undefined) {
      const { code, message } = error as { code: number; message: string };
      const problem = fits("Error", error);
      if (problem !== null) this.#wrong.push(problem);
      pending?.reject(new AnsweredError(code, message));
    } else {
      const name = ANSWERS[pending?.method ?? ""];
      const problem = name === undefined ? `an answer to nothing: ${id}` : fits(name, result);
      if (problem !== null) this.#wrong.push(problem);
      pending?.resolve(result as Json);
    }
    this.#pending.delete(Number(id));
  }

  async #reply(id: unknown, asked: Asked): Promise<void> {
    this.asked.push(asked);
    this.#look();
    try {
      const result = await this.#answer(asked);
      if (result !== undefined) this.write({ jsonrpc: "2.0", id, result });
    } catch (error) {
      const message = (error as Error).message;
      this.write({ jsonrpc: "2.0", id, error: { code: -32603, message } });
    }
  }
}
