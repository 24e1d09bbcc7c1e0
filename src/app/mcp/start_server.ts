/** One connection to a server: its thread, and its process where it is one. */
import type { Hands, HandsInputs } from "../cells/hands.ts";
import type { RunningPrograms } from "../cells/running_programs.ts";
import type { Egress } from "../cells/network/egress.ts";
import type { Form } from "../start/code_base.ts";
import { VERSION } from "../start/version.ts";
import { checkPlace } from "./check_place.ts";
import { hostOf } from "./server_places.ts";
import { type ServerProcess, startProcess, valueOf } from "./start_process.ts";
import { AppError } from "../../base/app_error.ts";
import { createMcpClient, type McpClient } from "../../compartments/mcp/client.ts";
import { startThread } from "../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import type { Client } from "../../compartments/wire.ts";
import type { DataFolder } from "../../host/files/data_folder.ts";
import type { Machine } from "../../host/process/machine.ts";
import type { PlantedCanaries } from "../../host/protection/canaries.ts";
import { endText } from "../../kernel/mcp/end_text.ts";
import { authRequired } from "../../kernel/mcp/login/auth_required.ts";
import type { Resolve } from "../../kernel/net/walk.ts";
import type { McpServer, McpValues } from "../../model/mcp/server.ts";
import type { McpEnd, McpField, McpHello } from "../../model/mcp/session.ts";
import type { McpAuthorizer, McpAuthReason } from "../../model/services/mcp_login.ts";
import type { ResolvedSettings } from "../../model/settings.ts";

/** What servers are started from. */
export interface ServerParts {
  readonly settings: ResolvedSettings;
  readonly form: Form;
  readonly machine: Machine;
  readonly data: DataFolder;
  readonly osHome: string;
  readonly planted: PlantedCanaries;
  readonly hands: Pick<Hands, "sandbox">;
  readonly running: RunningPrograms;
  readonly launcher: Client;
  /** Addresses of a name. */
  readonly resolve: Resolve;
  openEgress(cell: string, hosts: readonly string[]): Promise<Egress>;
  readonly onPlanted: HandsInputs["onPlanted"];
  readonly authorize: McpAuthorizer;
}

/** What a server asks while it is used. */
export interface ServerAsks {
  /** What it says of its tools may be another by now. */
  changed(): void;
  /** Values that the person is asked for; null: none. */
  elicit(message: string, fields: readonly McpField[]): Promise<Record<string, unknown> | null>;
}

/** A server that answered. */
export interface StartedServer extends Pick<McpClient, "list" | "call"> {
  readonly hello: McpHello;
  /** Why it ended, in ward's words; with the end of what its process said, from outside. */
  readonly ended: Promise<ServerEnd>;
  end(): Promise<void>;
}

/** Why a server is not there any more. */
export interface ServerEnd {
  readonly error: AppError;
  /** From outside; empty: nothing. */
  readonly words: string;
}

/** Longest until a server has answered first; a package runner may fetch it before. */
export const START_LIMIT_MS = 60_000;

/** Bytes that the kernel carries from one answer to the next: the thread may be slower than a process. */
const MAX_CARRIED = 64 * 1024 * 1024;

/**
 * Starts it and waits until it has answered.
 *
 * @param isLegacy Speak a revision before 2026-07-28 without asking first.
 * @throws {ServerFailure} It did not start.
 * @throws {AppError} `mcp.no_address`, `mcp.no_value`: nothing was started.
 */
export async function startServer(
  parts: ServerParts,
  server: McpServer,
  values: McpValues,
  asks: ServerAsks,
  signal: AbortSignal,
  limitMs: number = START_LIMIT_MS,
  isLegacy = false,
): Promise<StartedServer> {
  signal.throwIfAborted();
  const { alias, transport } = server;
  const host = transport.type === "http" ? hostOf(transport.url) : null;
  await checkPlace(server, parts, signal);
  const row = { alias, host, programs: [], read: [], write: [] };
  const headers = transport.type === "http"
    ? Object.fromEntries(
      transport.headers.map((name) => [name.toLowerCase(), valueOf(alias, name, values)]),
    )
    : {};
  const thread = startThread(
    compartment({ ...NO_INPUTS, servers: [row] }, `mcp:${alias}`)!,
    parts.form,
  );
  const client = createMcpClient(thread.client);
  const ready = Promise.withResolvers<McpHello>();
  ready.promise.catch(() => {});
  const over = Promise.withResolvers<ServerEnd>();
  let process: ServerProcess | null = null;
  let problem: McpAuthReason = "no_login";
  let carried = 0;
  const finish = async (error: AppError, words: string) => {
    ready.reject(new ServerFailure(error, words));
    over.resolve({ error, words });
    thread.stop(error);
    await process?.end();
  };
  const stop = () => finish(new AppError("mcp.ended", `The server "${alias}" was ended`), "");
  const failureOf = (why: McpEnd, scopes?: string) =>
    why === "not_authorized"
      ? authRequired(alias, problem)
      : why === "insufficient_scope"
      ? authRequired(alias, why, scopes)
      : new AppError(`mcp.${why}`, endText(alias, why));
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (transport.type === "stdio") {
      process = await startProcess(parts, { ...server, transport }, values, (line) => {
        carried += line.length;
        if (carried > MAX_CARRIED) void finish(failureOf("flood"), "");
        else client.message(line);
      });
      process.ended.then(({ error, code, words }) =>
        finish(
          error?.code === "mcp.too_large"
            ? failureOf("too_large")
            : error ?? new AppError("mcp.ended", `The server "${alias}" ended with code ${code}`),
          words,
        )
      );
    }
    client.connect({
      kind: transport.type,
      url: transport.type === "http" ? transport.url : "",
      headers,
      limitMs,
      negotiation: isLegacy ? "legacy" : "auto",
      version: VERSION,
    }, (event) => {
      switch (event.type) {
        case "ready":
          return ready.resolve(event.hello);
        case "line":
          return process?.send(event.line);
        case "changed":
          return asks.changed();
        case "authorize":
          return void authorize(event.id, event.refused);
        case "elicit":
          return void asks.elicit(event.message, event.fields).catch(() => null)
            .then((answer) => client.answer(event.id, answer));
      }
    }).then((why) => finish(failureOf(why), ""), (error) => finish(error as AppError, ""));
    const hello = await ready.promise;
    return {
      hello,
      list: (timeoutMs, stopped) => settled(client.list(timeoutMs, stopped)),
      call: (params, stopped, onProgress) => settled(client.call(params, stopped, onProgress)),
      ended: over.promise,
      end: stop,
    };
  } catch (error) {
    if (!(error instanceof ServerFailure)) {
      await finish(error as AppError, "");
      throw new ServerFailure(error as AppError, "");
    }
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }

  async function authorize(id: number, refused: string | null): Promise<void> {
    const url = transport.type === "http" ? transport.url : "";
    const answer = await parts.authorize(alias, url, refused ?? undefined)
      .catch((): { problem: McpAuthReason } => ({ problem: "unreachable" }));
    // One that is refused although it is good by all that is known.
    problem = "problem" in answer ? answer.problem : "invalid_token";
    client.answer(id, "header" in answer ? answer.header : null);
  }

  /** An answer begins a new count; a login that is missing is said in the form for that. */
  async function settled<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const why = LOGIN_ENDS.find((one) =>
        error instanceof AppError && error.code === `mcp.${one}`
      );
      throw why === undefined ? error : failureOf(why, (error as AppError).hint);
    } finally {
      carried = 0;
    }
  }
}

/** Ends that a login mends. */
const LOGIN_ENDS = ["not_authorized", "insufficient_scope"] as const satisfies readonly McpEnd[];

/** Failures of a start after which an older revision is tried: some processes end at what they do not know. */
const MAY_BE_OLD: ReadonlySet<string> = new Set(["mcp.ended", "mcp.protocol"]);

/**
 * As {@linkcode startServer}; a process that does not start so is started once more by an older
 * revision.
 *
 * @param wasLegacy It was started so before.
 * @throws {ServerFailure}
 */
export async function startEither(
  parts: ServerParts,
  server: McpServer,
  values: McpValues,
  asks: ServerAsks,
  signal: AbortSignal,
  wasLegacy = false,
): Promise<{ readonly started: StartedServer; readonly isLegacy: boolean }> {
  const start = async (isLegacy: boolean) => ({
    started: await startServer(parts, server, values, asks, signal, START_LIMIT_MS, isLegacy),
    isLegacy,
  });
  try {
    return await start(wasLegacy);
  } catch (failure) {
    const code = failure instanceof ServerFailure ? failure.error.code : "";
    if (wasLegacy || server.transport.type === "http" || !MAY_BE_OLD.has(code)) throw failure;
    return await start(true);
  }
}

/** A server that did not start, with the end of what its process said. */
export class ServerFailure extends Error {
  readonly error: AppError;
  /** From outside. */
  readonly words: string;

  constructor(error: AppError, words: string) {
    super(error.message);
    this.error = error;
    this.words = words;
  }
}
