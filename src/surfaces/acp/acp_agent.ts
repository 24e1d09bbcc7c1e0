/**
 * Ward as an agent of the Agent Client Protocol (agentclientprotocol.com, version 1): requests of
 * the editor become calls of the host. A session that this connection did not open does not exist
 * for it, whatever its id.
 */
import { AppError, UsageError } from "../../base/app_error.ts";
import type { Clock } from "../../kernel/ports.ts";
import { AcpSession } from "./acp_session.ts";
import { createEditorLink } from "./editor_link.ts";
import type { AcpHost, OpenRequest } from "./host.ts";
import {
  agent,
  type AgentContext,
  type ClientCapabilities,
  type InitializeRequest,
  type InitializeResponse,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
} from "./protocol.ts";
import { replayOf } from "./replay.ts";

/** What it works with. */
export interface AcpParts {
  readonly input: ReadableStream<Uint8Array>;
  /** Gets the protocol and nothing else. */
  readonly output: WritableStream<Uint8Array>;
  readonly host: AcpHost;
  readonly clock: Clock;
  readonly version: string;
  /** Of a question; 0 waits until answered. */
  readonly approvalMs: number;
  /** Told who connects. */
  onClient(name: string): void;
}

/** A connection. */
export interface AcpServing {
  /** Resolves when the editor is gone and all sessions are closed. */
  readonly over: Promise<void>;
  /** Ends it. */
  close(): void;
}

/** Serves one editor. */
export function serveAcp(parts: AcpParts): AcpServing {
  const { host, clock } = parts;
  const sessions = new Map<string, AcpSession>();
  const opening = new Set<Promise<unknown>>();
  let capabilities: ClientCapabilities = {};

  const sessionOf = (id: string): AcpSession => {
    const session = sessions.get(id);
    if (!session) throw RequestError.sessionNotFound(id);
    return session;
  };
  /** Opens a session; `isReplayed`: what was said in it is shown before the answer. */
  const open = async (client: AgentContext, request: OpenRequest, isReplayed: boolean) => {
    if (!request.cwd.startsWith("/")) {
      throw new UsageError("acp.cwd", `The folder "${request.cwd}" is not absolute`);
    }
    if (request.resume !== null && sessions.has(request.resume)) {
      throw new UsageError("acp.open", `Session "${request.resume}" is open already`, {
        hint: "Close it first",
      });
    }
    const link = createEditorLink({ client, capabilities, clock, timeoutMs: parts.approvalMs });
    const hosted = await host.open(request, link.editor);
    const session = new AcpSession(hosted, link);
    sessions.set(hosted.id, session);
    try {
      if (isReplayed) {
        link.attach(hosted.id);
        for await (const { message } of host.history(hosted.id)) {
          replayOf(message).forEach(link.send);
        }
        await link.sent();
      }
    } catch (error) {
      // The editor is told that it is not open.
      sessions.delete(hosted.id);
      await session.close();
      throw error;
    }
    // After the answer: an editor knows no session before that.
    clock.delay(0).then(() => {
      link.attach(hosted.id);
      session.announce();
    });
    return { id: hosted.id, session };
  };
  const opened = <T>(work: Promise<T>): Promise<T> => {
    opening.add(work);
    return work.finally(() => opening.delete(work));
  };
  const closeSession = async (id: string) => {
    const session = sessionOf(id);
    sessions.delete(id);
    await session.close();
  };

  const app = agent({ name: "ward" })
    .onRequest("initialize", ({ params }) => {
      capabilities = params.clientCapabilities ?? {};
      parts.onClient(params.clientInfo?.name ?? "unnamed");
      return initialized(params, parts.version);
    })
    .onRequest("authenticate", ({ params }) => {
      throw RequestError.invalidParams(undefined, `"${params.methodId}" is run in a terminal`);
    })
    .onRequest("session/new", ({ params, client }) =>
      asked(async () => {
        refuseFolders(params.additionalDirectories);
        const { cwd, mcpServers } = params;
        const { id, session } = await opened(
          open(client, { cwd, mcpServers, resume: null }, false),
        );
        return { sessionId: id, ...session.state };
      }))
    .onRequest("session/load", ({ params, client }) =>
      asked(async () => {
        refuseFolders(params.additionalDirectories);
        const { cwd, mcpServers, sessionId: resume } = params;
        const { session } = await opened(open(client, { cwd, mcpServers, resume }, true));
        return session.state;
      }))
    .onRequest("session/resume", ({ params, client }) =>
      asked(async () => {
        refuseFolders(params.additionalDirectories);
        const { cwd, mcpServers = [], sessionId: resume } = params;
        const { session } = await opened(open(client, { cwd, mcpServers, resume }, false));
        return session.state;
      }))
    .onRequest("session/list", ({ params }) =>
      asked(async () => ({
        sessions: (await host.list(params.cwd ?? null)).map((session) => ({
          sessionId: session.id,
          cwd: session.workspace,
          title: session.title,
          updatedAt: new Date(session.updatedAtMs).toISOString(),
        })),
      })))
    .onRequest("session/close", ({ params }) =>
      asked(async () => {
        await closeSession(params.sessionId);
        return {};
      }))
    .onRequest("session/set_mode", ({ params }) =>
      asked(() => {
        sessionOf(params.sessionId).setMode(params.modeId);
        return Promise.resolve({});
      }))
    .onRequest("session/set_config_option", ({ params }) =>
      asked(async () => {
        const session = sessionOf(params.sessionId);
        await session.setOption(params.configId, params.value);
        return { configOptions: session.state.configOptions };
      }))
    .onRequest("session/prompt", ({ params, signal }) =>
      asked(async () => ({
        stopReason: await sessionOf(params.sessionId).prompt(params.prompt, signal),
      })))
    .onNotification("session/cancel", ({ params }) => sessions.get(params.sessionId)?.cancel());

  const connection = app.connect(ndJsonStream(parts.output, parts.input));
  const over = connection.closed.then(async () => {
    // One that is being opened is closed with the others.
    await Promise.allSettled(opening);
    await Promise.allSettled([...sessions.keys()].map(closeSession));
  });
  return { over, close: () => connection.close() };
}

/** Version 1 is spoken; an editor of another one is told so and decides (initialization). */
function initialized(
  { clientCapabilities }: InitializeRequest,
  version: string,
): InitializeResponse {
  return {
    protocolVersion: PROTOCOL_VERSION,
    agentInfo: { name: "ward", title: "ward", version },
    agentCapabilities: {
      loadSession: true,
      promptCapabilities: { image: true, audio: false, embeddedContext: true },
      mcpCapabilities: { http: true, sse: false },
      sessionCapabilities: { list: {}, resume: {}, close: {} },
    },
    authMethods: clientCapabilities?.auth?.terminal
      ? [{
        type: "terminal",
        id: "setup",
        name: "Set up ward",
        description: "Choose a model and save its key; without one the built-in assistant answers",
        args: ["--setup"],
      }]
      : [],
  };
}

function refuseFolders(folders: readonly string[] | undefined): void {
  if (!folders || folders.length === 0) return;
  throw new UsageError("acp.folders", "A session of ward has one folder", {
    hint: "Grant others with: ward permissions grant read <folder>",
  });
}

/** An expected failure as an answer with its code and hint; of any other one only its kind. */
async function asked<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RequestError) throw error;
    if (!(error instanceof AppError)) {
      const name = error instanceof Error ? error.name : typeof error;
      throw RequestError.internalError({ code: "internal" }, `unexpected failure (${name})`);
    }
    const text = error.hint ? `${error.message}. ${error.hint}` : error.message;
    const data = { code: error.code };
    throw error instanceof UsageError
      ? RequestError.invalidParams(data, text)
      : RequestError.internalError(data, text);
  }
}
