/** What the Agent Client Protocol's surface needs of ward, and what a session may ask of the editor. */
import type { Approver, TurnEvent } from "../../kernel/ports.ts";
import type { TouchRow } from "../../kernel/manifest/touch_watch.ts";
import type { Session, StoredMessage, TurnOutcome } from "../../model/conversation/session.ts";
import type { SessionMode } from "./choices.ts";
import type { PromptContent } from "./prompt_content.ts";
import type { McpServer } from "./protocol.ts";

/** A session to open. */
export interface OpenRequest {
  /** Absolute, as the editor gave it; it becomes the workspace. */
  readonly cwd: string;
  /** Id of the session to go on with; null: a new one. */
  readonly resume: string | null;
  readonly mcpServers: readonly McpServer[];
}

/** The editor's own files, unsaved text included. */
export interface EditorFiles {
  /** @throws What the editor answered. */
  read(path: string, signal: AbortSignal): Promise<string>;
  /** null: the editor takes no text. @throws What the editor answered. */
  readonly write: ((path: string, text: string, signal: AbortSignal) => Promise<void>) | null;
}

/** How a command ended in the editor's terminal. */
export interface TerminalResult {
  readonly output: string;
  readonly truncated: boolean;
  readonly exitCode: number | null;
  /** Name of the signal that ended it. */
  readonly signal: string | null;
}

/** The editor's terminals. What runs in one is outside of ward's cells. */
export interface EditorTerminals {
  /**
   * Runs a program there to its end; an abort kills it.
   *
   * @param callId The call that shows it.
   */
  run(
    callId: string,
    command: { readonly words: readonly string[]; readonly cwd: string; readonly bytes: number },
    signal: AbortSignal,
  ): Promise<TerminalResult>;
}

/** What a session may ask of the editor. */
export interface Editor {
  readonly approver: Approver;
  /** Shows what a turn does. Does not throw. */
  onEvent(event: TurnEvent): void;
  /** null: it offers none. */
  readonly files: EditorFiles | null;
  /** null: it offers none. */
  readonly terminals: EditorTerminals | null;
}

/** How a prompt ended. */
export interface PromptEnd {
  readonly outcome: TurnOutcome;
  /** Why, where it did not complete. */
  readonly reason: string | null;
  /** What mode `plan` would touch; null: it was not in that mode. */
  readonly planned: readonly TouchRow[] | null;
}

/** Models of a session. */
export interface ModelChoice {
  readonly current: string;
  /** Names to choose from, the current one among them. */
  readonly names: readonly string[];
}

/** An open session. */
export interface HostedSession {
  readonly id: string;
  /** Answers one message; one at a time. @throws {AppError} What the turn could not begin for. */
  say(message: PromptContent, signal: AbortSignal): Promise<PromptEnd>;
  readonly mode: SessionMode;
  setMode(mode: SessionMode): void;
  model(): ModelChoice;
  /**
   * @throws {AppError} What is wrong with the choice, or in the way of going on with it; the session
   *   keeps its model then.
   */
  setModel(name: string): Promise<void>;
  /** Tokens that its window holds. */
  readonly contextTokens: number;
  /** Runs a slash command. @returns What it says. */
  command(name: string, argument: string): Promise<string>;
  close(): Promise<void>;
}

/** Ward, seen from the protocol. */
export interface AcpHost {
  /** Newest first; of one workspace, or of all. */
  list(cwd: string | null): Promise<readonly Session[]>;
  /** Messages of a session, oldest first. */
  history(id: string): AsyncIterable<StoredMessage>;
  /** @throws {AppError} What stands in the way. */
  open(request: OpenRequest, editor: Editor): Promise<HostedSession>;
}
