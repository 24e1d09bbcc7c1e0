/**
 * Inside an `mcp:<alias>` thread: the SDK's client and one connection. What a server says is taken
 * apart here and nowhere else; the kernel gets it in forms of its own, and never as the text of an error.
 */
import {
  Client,
  InsufficientScopeError,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type Transport,
} from "@modelcontextprotocol/client";
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker";
import { AppError } from "../../base/app_error.ts";
import {
  MCP_MAX_NAME,
  MCP_MAX_TOOLS,
  type McpConnect,
  type McpEnd,
  type McpEvent,
  type McpField,
} from "../../model/mcp/session.ts";
import { type CallContext, type Channel, serve } from "../wire.ts";
import { type Authorize, httpTransport } from "./http_transport.ts";
import { definitionOf, fieldsOf, resultOf } from "./results.ts";
import { StdioTransport } from "./stdio_transport.ts";
import { Traffic } from "./traffic.ts";

/** Longest until a process says that it knows the newer revision; older ones may say nothing at all. */
const PROBE_MS = 3_000;

/** Characters of what a server says in an error. */
const MAX_ERROR = 4_000;

/** Serves `connect` once, then what the kernel asks. */
export function start(channel: Channel): void {
  let client: Client | null = null;
  let stdio: StdioTransport | null = null;
  let end: (why: McpEnd) => void = () => {};
  let emit: (event: McpEvent) => void = () => {};
  const waiting = new Map<number, (answer: unknown) => void>();
  let nextId = 1;

  /** Asks the kernel something by an event; the answer is told. */
  function ask<T>(event: (id: number) => McpEvent): Promise<T> {
    const id = nextId++;
    const { promise, resolve } = Promise.withResolvers<T>();
    waiting.set(id, (answer) => resolve(answer as T));
    emit(event(id));
    return promise;
  }
  const authorize: Authorize = (refused) => ask((id) => ({ type: "authorize", id, refused }));

  serve(channel, {
    /** Connects; the call lasts as long as the connection and gives why it ended. */
    async connect(params: McpConnect, context: CallContext): Promise<{ why: McpEnd }> {
      emit = context.emit;
      const ended = Promise.withResolvers<McpEnd>();
      end = ended.resolve;
      const traffic = new Traffic(end);
      const transport: Transport = params.kind === "stdio"
        ? (stdio = new StdioTransport((line) => emit({ type: "line", line }), traffic))
        : httpTransport({
          address: new URL(params.url),
          headers: params.headers,
          traffic,
          authorize,
        });
      client = newClient(
        params,
        () => emit({ type: "changed" }),
        (message, fields) => ask((id) => ({ type: "elicit", id, message, fields })),
      );
      client.onclose = () => end("ended");
      context.signal.addEventListener("abort", () => end("ended"), { once: true });
      const timer = setTimeout(() => end("late"), params.limitMs);
      client.connect(transport, { timeout: params.limitMs }).then(() => {
        clearTimeout(timer);
        const { name = "", version = "" } = client?.getServerVersion() ?? {};
        const protocol = client?.getNegotiatedProtocolVersion() ?? "";
        emit({ type: "ready", hello: { name, version, protocol } });
      }, (error) => end(whyOf(error)));
      const why = await ended.promise;
      clearTimeout(timer);
      await client.close().catch(() => {});
      return { why };
    },
    /** A line of the process. */
    message({ line }: { line: string }) {
      stdio?.receive(line);
    },
    /** What the kernel says to an event with an id. */
    answer({ id, answer }: { id: number; answer: unknown }) {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    },
    async list({ timeoutMs }: { timeoutMs: number }, { signal }) {
      const { tools } = await asked(() =>
        open().listTools(undefined, { timeout: timeoutMs, signal })
      );
      const named = tools.filter(({ name }) => name !== "" && name.length <= MCP_MAX_NAME);
      return { tools: named.slice(0, MCP_MAX_TOOLS).map(definitionOf) };
    },
    async call(
      { name, args, timeoutMs }: { name: string; args: Record<string, unknown>; timeoutMs: number },
      { signal, emit: tell },
    ) {
      try {
        const result = await open().callTool({ name, arguments: args }, {
          timeout: timeoutMs,
          signal,
          onprogress: ({ progress, total, message }) =>
            tell({ progress, total: total ?? null, message: message ?? "" }),
        });
        return resultOf(result);
      } catch (error) {
        if (error instanceof ProtocolError) {
          return { type: "refused", text: error.message.slice(0, MAX_ERROR) };
        }
        throw failureOf(error);
      }
    },
  });

  function open(): Client {
    if (client === null) throw new AppError("mcp.ended", "The server is not connected");
    return client;
  }
}

function newClient(
  { version, negotiation }: McpConnect,
  onChanged: () => void,
  elicit: (message: string, fields: McpField[]) => Promise<Record<string, unknown> | null>,
): Client {
  const client = new Client({ name: "ward", version }, {
    capabilities: { elicitation: { form: { applyDefaults: true } } },
    jsonSchemaValidator: new CfWorkerJsonSchemaValidator(),
    versionNegotiation: negotiation === "auto"
      ? { mode: "auto", probe: { timeoutMs: PROBE_MS } }
      : { mode: "legacy" },
    listChanged: { tools: { autoRefresh: false, onChanged } },
  });
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    if (params.mode === "url") return { action: "decline" };
    const content = await elicit(params.message, fieldsOf(params));
    return content === null ? { action: "decline" } : { action: "accept", content } as never;
  });
  client.onerror = () => {};
  return client;
}

/** Runs a request, and says what went wrong in words of ward's own. */
async function asked<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const why = whyOf(error);
  // What it wants is for the kernel to look at.
  const hint = error instanceof InsufficientScopeError ? error.requiredScope : undefined;
  return new AppError(`mcp.${why}`, WORDS[why], { hint });
}

const WORDS: Readonly<Record<McpEnd, string>> = {
  ended: "The server ended",
  flood: "The server sent more messages than are taken",
  too_large: "The server said more in one message than is taken",
  malformed: "The server sent what is no message of the protocol",
  late: "The server did not answer in time",
  unreachable: "The server is not reached",
  refused: "The server refused the request",
  not_authorized: "The server wants a login",
  insufficient_scope: "The server wants a login with more scopes",
  protocol: "The server does not keep to the protocol",
};

function whyOf(error: unknown): McpEnd {
  if (isNetworkError(error)) return "unreachable";
  if (error instanceof AppError && error.code === "mcp.too_large") return "too_large";
  if (error instanceof ProtocolError) return "refused";
  if (error instanceof InsufficientScopeError) return "insufficient_scope";
  if (error instanceof SdkError) {
    switch (error.code) {
      case SdkErrorCode.RequestTimeout:
        return "late";
      case SdkErrorCode.ConnectionClosed:
      case SdkErrorCode.NotConnected:
        return "ended";
    }
    const { status } = error as SdkError & { status?: number };
    if (status === 401 || status === 403) return "not_authorized";
    return "protocol";
  }
  if (error instanceof Error && error.name === "UnauthorizedError") return "not_authorized";
  return "protocol";
}

/** What `fetch` throws where nothing answers; the SDK may have put it into errors of its own. */
function isNetworkError(error: unknown): boolean {
  let at = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++, at = at.cause) {
    if (at instanceof TypeError) return true;
  }
  return false;
}
