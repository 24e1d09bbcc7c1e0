/** Servers as a conversation has them, in real threads and cells, without ward's other parts. */
import { RunningPrograms } from "../../src/app/cells/running_programs.ts";
import { createHandle, type ServerHandle } from "../../src/app/mcp/server_handle.ts";
import { type ServerParts, startEither } from "../../src/app/mcp/start_server.ts";
import { sha256 } from "../../src/host/files/text_hash.ts";
import { withApproved } from "../../src/kernel/mcp/approvals.ts";
import { createServedTool } from "../../src/kernel/mcp/served_tool.ts";
import { markOutside } from "../../src/kernel/outside/mark.ts";
import type { ExecuteOptions } from "../../src/kernel/ports.ts";
import type { McpApproval } from "../../src/model/mcp/approval.ts";
import type { McpServer, McpValues } from "../../src/model/mcp/server.ts";
import type { McpAuthorizer } from "../../src/model/services/mcp_login.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import type { HandsKit } from "../security/kit/hands_kit.ts";

/** Folder of the server by hand. */
export const FAKES = new URL("../fakes/mcp", import.meta.url).pathname;

/** The server by hand in one of its modes. @param state A file, to count how often it was started. */
export function fakeServer(
  mode: string,
  more: Partial<Extract<McpServer["transport"], { type: "stdio" }>> = {},
  state: readonly string[] = [],
): McpServer {
  return {
    alias: "fake",
    from: "config",
    description: null,
    enabledTools: null,
    enabled: true,
    timeoutMs: 120_000,
    transport: {
      type: "stdio",
      command: Deno.execPath(),
      args: ["run", "-A", "--no-lock", "--no-config", `${FAKES}/stdio_server.ts`, mode, ...state],
      cwd: null,
      env: [],
      read: [FAKES],
      write: [],
      net: [],
      ...more,
    },
  };
}

/** A server over HTTP. */
export function httpServer(url: string, headers: readonly string[] = []): McpServer {
  return { ...fakeServer(""), transport: { type: "http", url, headers } };
}

/** See {@linkcode openServer}. */
export interface OpenServer extends AsyncDisposable {
  readonly handle: ServerHandle;
  readonly notices: string[];
  readonly clock: FakeClock;
  /** Of this server alone. */
  readonly programs: RunningPrograms;
  /** What was approved so far. */
  readonly approval: () => McpApproval;
  /** Approves all that its tools say now. */
  approveAll(): Promise<void>;
  /** Calls a tool as the loop does; what came from outside with its marks. */
  call(
    name: string,
    args?: Record<string, unknown>,
    options?: Partial<ExecuteOptions>,
  ): Promise<{ ok: boolean; content: string; text: string; wayOut: string | undefined }>;
}

/** A server whose tools nobody has approved yet; nothing is started. */
export function openServer(
  kit: Pick<HandsKit, "parts">,
  server: McpServer,
  { values = {}, authorize = () => Promise.resolve({ problem: "no_login" }), addresses = {} }: {
    readonly addresses?: Readonly<Record<string, readonly string[]>>;
    readonly values?: McpValues;
    readonly authorize?: McpAuthorizer;
  } = {},
): OpenServer {
  const programs = new RunningPrograms();
  const parts: ServerParts = {
    ...kit.parts,
    osHome: "/nobody",
    resolve: (name) => Promise.resolve(addresses[name] ?? []),
    onPlanted() {},
    running: programs,
    authorize,
  };
  const notices: string[] = [];
  const clock = new FakeClock();
  let approval: McpApproval = { workspace: "", alias: "fake", entryHash: "", tools: [], atMs: 0 };
  const { signal } = new AbortController();
  const handle = createHandle({
    server,
    clock,
    hash: sha256,
    notice: (text) => notices.push(text),
    approval: () => approval,
    store(states) {
      approval = { ...approval, tools: withApproved(approval, states) };
      return Promise.resolve();
    },
    start: (asks, stop, wasLegacy) => startEither(parts, server, values, asks, stop, wasLegacy),
  });
  return {
    handle,
    notices,
    clock,
    programs,
    approval: () => approval,
    async approveAll() {
      await handle.approve(await handle.tools(signal));
    },
    async call(name, args = {}, options = {}) {
      const definition = approval.tools.find((one) => one.name === name);
      if (!definition) throw new Error(`${name} was not approved`);
      const tool = createServedTool(handle, definition, `mcp_fake_${name}`, () => true);
      const result = await tool.plan(args).execute({ signal, decisions: [], ...options });
      const marked = await Promise.all(
        (result.outside ?? []).map((one) => markOutside(one, "id", (all) => Promise.resolve(all))),
      );
      const { ok, content, wayOut } = result;
      return { ok, content, text: marked.join("\n"), wayOut };
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
