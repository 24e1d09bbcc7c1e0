/** Where a server's process may be and what it starts, made absolute. */
import { realPath } from "../policy.ts";
import type { McpServerInputs } from "../../compartments/table.ts";
import { AppError } from "../../base/app_error.ts";
import type { Machine } from "../../host/process/machine.ts";
import { findProgram, programMounts } from "../../host/process/programs.ts";
import { normalizePath } from "../../model/cells/paths.ts";
import type { McpServer, McpStdio } from "../../model/mcp/server.ts";

/** What paths of an entry start from. */
export interface PlaceRoots {
  readonly workspace: string;
  readonly osHome: string;
}

/** Programs that package runners start besides themselves. */
const STARTED_BY: Readonly<Record<string, readonly string[]>> = {
  npx: ["node", "sh"],
  npm: ["node", "sh"],
  uvx: ["uv", "python3", "sh"],
  uv: ["python3", "sh"],
};

/** A path as an entry writes it: absolute, below `~/`, or relative to the workspace. */
export function placeOf(path: string, { workspace, osHome }: PlaceRoots): string {
  const expanded = path === "~" || path.startsWith("~/") ? osHome + path.slice(1) : path;
  return realPath(normalizePath(expanded, workspace));
}

/** Names of all programs that the process needs. */
export function programsOf({ command }: Pick<McpStdio, "command">): string[] {
  const name = command.slice(command.lastIndexOf("/") + 1);
  return [command, ...Object.hasOwn(STARTED_BY, name) ? STARTED_BY[name] ?? [] : []];
}

/** `host:port` of an address, as net permissions name it. */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
}

/** A server for the table. */
export function serverInputs(
  { alias, transport }: Pick<McpServer, "alias" | "transport">,
  machine: Machine,
  roots: PlaceRoots,
): McpServerInputs {
  if (transport.type === "http") {
    return { alias, host: hostOf(transport.url), programs: [], read: [], write: [] };
  }
  const places = (all: readonly string[]) => all.map((one) => placeOf(one, roots));
  return {
    alias,
    host: null,
    programs: programMounts(machine, programsOf(transport)).map(({ path }) => path),
    read: places(transport.read),
    write: places(transport.write),
  };
}

/**
 * The absolute path of its program.
 *
 * @throws {AppError} `mcp.no_program`.
 */
export function programPath({ command }: McpStdio, machine: Machine): string {
  const found = findProgram(machine, command);
  if (found !== null) return found;
  throw new AppError("mcp.no_program", `There is no program "${command}" on this machine`, {
    hint: "Install it, or name another one as `command` of the server's entry",
  });
}
