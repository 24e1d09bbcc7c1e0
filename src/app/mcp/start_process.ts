/** The process of a server in a cell of its own. */
import { planCell } from "../cells/cell_plan.ts";
import type { Egress } from "../cells/network/egress.ts";
import { placeOf, programPath, programsOf, serverInputs } from "./server_places.ts";
import type { ServerParts } from "./start_server.ts";
import { AppError } from "../../base/app_error.ts";
import { cellPlaces, MOUNTED_TMP } from "../../compartments/launcher/layout.ts";
import { SANDBOXES } from "../../compartments/launcher/sandboxes.ts";
import { startCell } from "../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import { makeCellFolder } from "../../host/files/cell_folder.ts";
import { isItself } from "../../host/files/file_exists.ts";
import { systemClock } from "../../host/process/system.ts";
import { withListener } from "../../host/protection/canaries.ts";
import { protectedEntries, setPlantedAside } from "../../host/protection/planted.ts";
import { cellHost } from "../../kernel/net/cell_hosts.ts";
import { CELL_PROXY_URL } from "../../model/cells/egress.ts";
import type { Grant } from "../../model/cells/permission.ts";
import type { McpProcess } from "../../model/mcp/process.ts";
import type { McpServer, McpStdio, McpValues } from "../../model/mcp/server.ts";

/** Temporary files, in memory. */
const TMP_BYTES = 256 * 1024 * 1024;

/** Threads count as processes, and runtimes have many. */
const MIN_PROCESSES = 512;

/** Why a process ended: a code of its own, or what its cell said. */
export interface ProcessEnd {
  readonly error: AppError | null;
  readonly code: number | null;
  /** The end of what it said on its standard error; from outside. */
  readonly words: string;
}

/** A process that runs. */
export interface ServerProcess {
  send(line: string): void;
  readonly ended: Promise<ProcessEnd>;
  end(): Promise<void>;
}

/**
 * Starts cell and process.
 *
 * @param onLine Gets each line of its standard output.
 * @throws {AppError} `mcp.no_cell` where nothing holds it, `mcp.no_program`, `mcp.no_value`, and what
 *   `startCell` throws.
 */
export async function startProcess(
  parts: ServerParts,
  server: McpServer & { readonly transport: McpStdio },
  values: McpValues,
  onLine: (line: string) => void,
): Promise<ServerProcess> {
  const { machine, settings, data, osHome } = parts;
  const { transport } = server;
  const roots = { workspace: settings.workspace, osHome };
  const program = programPath(transport, machine);
  const env = processVariables(server, values);
  const { kind, cause } = await parts.hands.sandbox();
  const sandbox = SANDBOXES.find((one) => one.kind === kind);
  const noHosts = sandbox && transport.net.length > 0 ? sandbox.noHosts(machine) : null;
  if (sandbox === undefined || noHosts !== null) {
    throw new AppError(
      "mcp.no_cell",
      `No cell holds a server's process here: ${noHosts?.cause ?? cause}`,
      { hint: noHosts?.fix ?? "See `ward doctor`; servers over HTTP need no cell" },
    );
  }
  const folder = makeCellFolder(data.path, systemClock.now());
  const tmp = sandbox.mounts ? { path: MOUNTED_TMP, mounts: [] } : folder;
  const inputs = serverInputs(server, machine, roots);
  const grants = [
    ...inputs.read.map((path) => grantOf(server, "read", path)),
    ...inputs.write.map((path) => grantOf(server, "write", path)),
  ];
  const spec = compartment({ ...NO_INPUTS, servers: [inputs] }, `mcp:${server.alias}:process`)!;
  const own = [...parts.form.selfPaths, settings.configPath];
  const before = inputs.write.filter(isItself)
    .map((root) => [root, protectedEntries(root, { own })] as const);
  let egress: Egress | null = null;
  const ended = new AppError("mcp.ended", "The server was ended");
  let stopCell = async () => {};
  const hasEnded = inputs.write.length > 0 ? await parts.running.begin() : () => {};
  let isOver = false;
  const end = async () => {
    if (isOver) return;
    isOver = true;
    // Only then nothing changes while we look.
    await stopCell();
    hasEnded();
    await egress?.end();
    folder.remove();
    const allowed = new Set(inputs.write);
    const found = before.map(([root, entries]) => setPlantedAside(root, entries, allowed, own));
    const planted = found.flatMap((one) => one.planted);
    const left = found.flatMap((one) => one.left);
    if (planted.length + left.length > 0) parts.onPlanted(planted, left);
  };
  try {
    if (transport.net.length > 0) {
      egress = await parts.openEgress(`mcp:${server.alias}`, transport.net.map(cellHost));
    }
    const plan = planCell({
      spec,
      variant: "default",
      workspace: folder.path,
      home: settings.home,
      dataDir: data.path,
      others: settings.others,
      outputDir: data.outputDir,
      osHome,
      selfPaths: own,
      machine,
      programs: programsOf(transport),
      grants,
      limits: {
        memoryBytes: settings.limits.memoryBytes,
        processes: Math.max(settings.limits.processes, MIN_PROCESSES),
        fileBytes: settings.limits.fileBytes,
        cpuSeconds: settings.limits.cpuSeconds,
        tmpBytes: TMP_BYTES,
      },
      planted: parts.planted,
      pipeMaker: cellPlaces(sandbox, machine).pipeMaker,
      tmp,
      etc: data.etc,
      egressFolder: egress?.folder ?? null,
    });
    const cell = await withListener(parts.planted, (canaries) =>
      startCell(plan.build(canaries), {
        launcher: parts.launcher,
        sandbox,
        machine,
        self: parts.form.self,
      }));
    stopCell = async () => {
      cell.stop(ended);
      await cell.ended;
    };
    await egress?.begin();
    const path = plan.programs.map((one) => one.path.slice(0, one.path.lastIndexOf("/")));
    const run: McpProcess = {
      program,
      args: transport.args,
      cwd: transport.cwd === null ? folder.path : placeOf(transport.cwd, roots),
      env: {
        HOME: folder.path,
        TMPDIR: tmp.path,
        LANG: "C.UTF-8",
        PATH: [...new Set(path)].join(":"),
        ...egress === null ? {} : proxyVariables(),
        ...env,
      },
    };
    const running = cell.client.call("run", run, {
      onEvent: (event) => {
        const { line } = event as { line?: unknown };
        if (typeof line === "string") onLine(line);
      },
    });
    return {
      send: (line) => void cell.client.call("send", { line }).catch(() => {}),
      ended: running.then(
        (result) => {
          const { code, words } = result as { code?: unknown; words?: unknown };
          return {
            error: null,
            code: typeof code === "number" ? code : null,
            words: typeof words === "string" ? words : "",
          };
        },
        (error) => ({ error: error as AppError, code: null, words: "" }),
      ),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @throws {AppError} `mcp.no_value`: a variable that its entry names is not there. */
function processVariables(
  { alias, transport }: McpServer & { readonly transport: McpStdio },
  values: McpValues,
): Record<string, string> {
  return Object.fromEntries(
    transport.env.map((name) => [name, valueOf(alias, name, values)]),
  );
}

/**
 * A value that an entry names.
 *
 * @throws {AppError} `mcp.no_value`.
 */
export function valueOf(alias: string, name: string, values: McpValues): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined && value.value !== null) return value.value;
  throw new AppError("mcp.no_value", `The server "${alias}" has no value for ${name}`, {
    hint: value?.hint,
  });
}

/** What an entry grants, as the plan of a cell takes it. */
function grantOf({ alias }: McpServer, permission: "read" | "write", value: string): Grant {
  if (value === "/") {
    throw new AppError(
      "mcp.folder",
      `The server "${alias}" would ${permission} the whole machine`,
      {
        hint: "Name folders in its entry",
      },
    );
  }
  return {
    id: `mcp:${alias}`,
    compartment: `mcp:${alias}`,
    permission,
    value,
    scope: { type: "always" },
    grantedBy: "entry",
    atMs: 0,
    reason: "named by its entry",
  };
}

/** The names that programs look for. */
function proxyVariables(): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  return Object.fromEntries(
    // Node looks at them from version 24 on, if told to.
    [...names.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, CELL_PROXY_URL]), [
      "NODE_USE_ENV_PROXY",
      "1",
    ]],
  );
}
