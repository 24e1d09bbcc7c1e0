/** One server of a conversation: started at its first use, started again when it ended, ended when idle. */
import {
  type ServerAsks,
  ServerFailure,
  type StartedServer,
  type startEither,
} from "./start_server.ts";
import { AppError } from "../../base/app_error.ts";
import { compareTools } from "../../kernel/mcp/approvals.ts";
import type { McpCallAsks, McpPort } from "../../kernel/mcp/mcp_port.ts";
import { MAX_ENDS, Restarts } from "../../kernel/mcp/restarts.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { McpApproval, McpToolState } from "../../model/mcp/approval.ts";
import type { McpServer } from "../../model/mcp/server.ts";

/** What a handle works with. */
export interface HandleParts {
  readonly server: McpServer;
  readonly clock: Clock;
  /** Starts it. @param wasLegacy See `startEither`. */
  start(
    asks: ServerAsks,
    signal: AbortSignal,
    wasLegacy: boolean,
  ): ReturnType<typeof startEither>;
  approval(): McpApproval;
  store(states: readonly McpToolState[]): Promise<void>;
  hash(text: string): string;
  /** Tells the person. */
  notice(text: string): void;
}

/** A server that a conversation can end. */
export interface ServerHandle extends McpPort {
  /** Ends it; the next use starts it anew, without a wait. */
  restart(): Promise<void>;
  isRunning(): boolean;
  close(): Promise<void>;
}

/** Idle time after which it is ended, ms. */
const IDLE_MS = 300_000;

/** Makes a handle; nothing is started. */
export function createHandle(parts: HandleParts): ServerHandle {
  const { server, clock, notice } = parts;
  const { alias, transport } = server;
  const restarts = new Restarts(clock);
  let running: StartedServer | null = null;
  let states: readonly McpToolState[] | null = null;
  let isLegacy = false;
  let words = "";
  /** Ends the wait after which it is ended. */
  let idle = new AbortController();
  let asks: McpCallAsks | null = null;
  /** One start or call at a time asks for it. */
  let line: Promise<unknown> = Promise.resolve();

  const serverAsks: ServerAsks = {
    changed() {
      states = null;
    },
    // Of a server that asks out of nowhere nobody is asked anything.
    elicit: (message, fields) => asks?.elicit(message, fields) ?? Promise.resolve(null),
  };

  async function obtain(signal: AbortSignal): Promise<StartedServer> {
    if (running) return running;
    if (restarts.isGivenUp) {
      throw new AppError(
        "mcp.given_up",
        `The MCP server "${alias}" ended ${MAX_ENDS} times in a row`,
        {
          hint: `See what is wrong: ward mcp test ${alias}`,
        },
      );
    }
    const { waitMs, ends } = restarts;
    if (ends > 0) {
      const after = waitMs === 0 ? "" : ` in ${Math.ceil(waitMs / 1000)} s`;
      notice(`Starting the MCP server "${alias}" again${after}`);
    }
    if (waitMs > 0) await clock.delay(waitMs, signal);
    words = "";
    let fresh: StartedServer;
    try {
      const { started, isLegacy: how } = await parts.start(serverAsks, signal, isLegacy);
      fresh = started;
      isLegacy = how;
    } catch (failure) {
      if (!(failure instanceof ServerFailure)) throw failure;
      words = failure.words;
      // What a login, a value or a program is missing for does not come by waiting.
      if (!/^mcp\.(?:auth_required|no_)/.test(failure.error.code)) restarts.ended();
      throw failure.error;
    }
    running = fresh;
    states = null;
    void fresh.ended.then(({ error, words: last }) => {
      if (running !== fresh) return;
      running = null;
      words = last;
      restarts.ended();
      notice(`${error.message}; its next use starts it again`);
    });
    return fresh;
  }

  async function stop(): Promise<void> {
    idle.abort();
    const ending = running;
    running = null;
    states = null;
    await ending?.end();
  }

  /** Runs one thing at a time, and lets the server rest afterwards. */
  function used<T>(run: () => Promise<T>): Promise<T> {
    const next = line.then(async () => {
      idle.abort();
      try {
        return await run();
      } finally {
        idle = new AbortController();
        clock.delay(IDLE_MS, idle.signal).then(stop, () => {});
      }
    });
    line = next.catch(() => {});
    return next;
  }

  return {
    server,
    sends: transport.type === "http" || transport.net.length > 0,
    approval: parts.approval,
    lastWords: () => words,
    isRunning: () => running !== null,
    tools: (signal) =>
      used(async () => {
        const now = await obtain(signal);
        if (states !== null) return states;
        const found = await now.list(server.timeoutMs, signal);
        restarts.answered();
        states = compareTools(parts.approval().tools, found, parts.hash);
        const changed = states.filter(({ state }) => state === "changed").map(({ name }) => name);
        if (changed.length > 0) {
          notice(
            `The MCP server "${alias}" changed what it says of ${changed.join(", ")} since you ` +
              `approved it: not used before you look (ward mcp approve ${alias})`,
          );
        }
        return states;
      }),
    async approve(approved) {
      await parts.store(approved);
      states = null;
    },
    call: (name, args, callAsks, signal) =>
      used(async () => {
        const now = await obtain(signal);
        asks = callAsks;
        try {
          const result = await now.call(
            { name, args, timeoutMs: server.timeoutMs },
            signal,
            ({ progress, total, message }) =>
              callAsks.progress(
                `${message} (${progress}${total === null ? "" : ` of ${total}`})`.trim(),
              ),
          );
          restarts.answered();
          return result;
        } catch (error) {
          // Its own reason says more than that the call found it gone.
          if (running !== now) throw (await now.ended).error;
          throw error;
        } finally {
          asks = null;
        }
      }),
    async restart() {
      restarts.answered();
      isLegacy = false;
      await stop();
    },
    close: stop,
  };
}
