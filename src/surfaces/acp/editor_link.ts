/** One session's line to the editor: updates in order, questions, files, terminals. */
import type { Clock } from "../../kernel/ports.ts";
import type { Editor, EditorFiles, EditorTerminals } from "./host.ts";
import { createEditorApprover, unknownAnswer } from "./permission.ts";
import type { AgentContext, ClientCapabilities, SessionUpdate } from "./protocol.ts";
import { createTurnView, type TurnView } from "./turn_view.ts";

/** See {@linkcode createEditorLink}. */
export interface EditorLink {
  readonly editor: Editor;
  readonly view: TurnView;
  /** The editor knows the session by this id from now on: what waits is sent. */
  attach(id: string): void;
  send(update: SessionUpdate): void;
  /** Resolves when everything so far is sent. */
  sent(): Promise<void>;
}

/** What it works with. */
export interface LinkParts {
  readonly client: AgentContext;
  readonly capabilities: ClientCapabilities;
  readonly clock: Clock;
  /** Of a question; 0 waits until answered. */
  readonly timeoutMs: number;
}

/** Builds it; nothing is sent before it is attached. */
export function createEditorLink(
  { client, capabilities, clock, timeoutMs }: LinkParts,
): EditorLink {
  const ready = Promise.withResolvers<string>();
  let queue: Promise<unknown> = ready.promise;
  const send = (update: SessionUpdate) => {
    queue = queue.then(async () =>
      client.notify("session/update", { sessionId: await ready.promise, update })
    ).catch(() => {
      // The editor is gone: its session is being closed.
    });
  };
  const sent = async () => void await queue;
  const view = createTurnView(send, Boolean(capabilities.session?.notices));
  const approver = createEditorApprover({
    clock,
    timeoutMs,
    async ask({ callId, title, content, options }, signal) {
      // A question that is of no call of this session, such as of a sub-agent.
      const isAlone = view.announce(callId, title);
      let chosen: string | null = null;
      try {
        await sent();
        const { outcome } = await client.request("session/request_permission", {
          sessionId: await ready.promise,
          toolCall: { toolCallId: callId, title, content: [...content], status: "pending" },
          options: [...options],
        }, { cancellationSignal: signal, stopWaitingOnCancel: true });
        chosen = outcome.outcome === "selected" ? outcome.optionId : null;
        return chosen;
      } finally {
        const isOffered = options.some(({ optionId }) => optionId === chosen);
        if (isAlone) view.settle(callId, isOffered && chosen !== "deny");
      }
    },
    onUnknown: (id) => view.notice(unknownAnswer(id)),
  });
  const files: EditorFiles | null = capabilities.fs?.readTextFile
    ? {
      async read(path, signal) {
        const { content } = await client.request(
          "fs/read_text_file",
          { sessionId: await ready.promise, path },
          { cancellationSignal: signal, stopWaitingOnCancel: true },
        );
        return content;
      },
      write: capabilities.fs.writeTextFile
        ? async (path, content, signal) => {
          await client.request(
            "fs/write_text_file",
            { sessionId: await ready.promise, path, content },
            { cancellationSignal: signal, stopWaitingOnCancel: true },
          );
        }
        : null,
    }
    : null;
  const terminals: EditorTerminals | null = capabilities.terminal
    ? {
      async run(callId, { words: [command = "", ...args], cwd, bytes }, signal) {
        const handle = await client.createTerminal({
          sessionId: await ready.promise,
          command,
          args,
          cwd,
          outputByteLimit: bytes,
        });
        const kill = () => void handle.kill().catch(() => {});
        try {
          view.embed(callId, { type: "terminal", terminalId: handle.id });
          signal.addEventListener("abort", kill, { once: true });
          if (signal.aborted) kill();
          const { exitCode = null, signal: by = null } = await handle.waitForExit();
          const { output, truncated } = await handle.currentOutput();
          return { output, truncated, exitCode, signal: by };
        } finally {
          signal.removeEventListener("abort", kill);
          await handle.release().catch(() => {});
        }
      },
    }
    : null;
  return {
    editor: { approver, onEvent: view.onEvent, files, terminals },
    view,
    attach: ready.resolve,
    send,
    sent,
  };
}
