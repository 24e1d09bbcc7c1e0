import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { Tool } from "../../ports.ts";
import type { CommandToolDeps } from "./command_tools.ts";
import { cellHost, cellNetAccess } from "../../net/cell_hosts.ts";
import { type EgressRefusal, NOT_GRANTED } from "../../../model/cells/egress.ts";
import type { HandsCallOptions } from "../hands_port.ts";
import { readLine, runLine, shorten } from "./command_line.ts";
import { farSource, runResult } from "./run_result.ts";
import { startedResult } from "./background_tool.ts";

const schema = z.strictObject({
  command: z.string(),
  timeout_s: z.number().optional(),
  background: z.boolean().optional(),
  hosts: z.array(z.string()).max(8).optional(),
});

const MAX_TIMEOUT_S = 3600;

/** The tool `run`: a command line, without a shell where it is understood. */
export function createRunTool(deps: CommandToolDeps): Tool<z.infer<typeof schema>> {
  return {
    name: "run",
    description: "Run a shell command line in the workspace; no network but to `hosts`",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ command, timeout_s, background = false, hosts = [] }) {
      const line = readLine(command, deps);
      if (timeout_s !== undefined && !(timeout_s > 0 && timeout_s <= MAX_TIMEOUT_S)) {
        throw new AppError("tools.bad_timeout", `timeout_s must be up to ${MAX_TIMEOUT_S}`);
      }
      const reached = [...new Set(hosts.map(cellHost))].map(cellNetAccess);
      const title = `run ${shorten(command)}${background ? " in the background" : ""}`;
      const usualMs = background ? deps.background.timeoutMs : deps.timeoutMs;
      const timeoutMs = timeout_s === undefined ? usualMs : Math.round(timeout_s * 1000);
      return {
        accesses: [...reached, ...line.accesses],
        title,
        readOnly: line.readOnly && !background && reached.length === 0,
        cell: line.variant,
        execute: async ({ signal, leased }) => {
          if (!background) {
            const outcome = await runLine(line, deps, timeoutMs, { signal, leased, follow: false });
            const refused = await deps.takeRefused();
            const far = deps.background.noteReached(deps.takeReached());
            const notes = refused.map((one) => refusalNote(one, deps));
            const isUnconfined = !line.isNear && (deps.isUnconfined?.() ?? false);
            return runResult(title, outcome, notes, farSource(far, isUnconfined));
          }
          const start = (options: HandsCallOptions) =>
            runLine(line, deps, timeoutMs, { ...options, leased, ownCell: true, follow: true });
          const given = reached.map(({ host }) => host);
          const id = await deps.background.start(shorten(command), start, signal, given);
          return startedResult(title, id);
        },
      };
    },
  };
}

/** What the proxy refused, and what can be done about it. */
function refusalNote({ host, why }: EgressRefusal, { hostCommand }: CommandToolDeps): string {
  if (host === null) return `[network] refused: ${why}`;
  return why === NOT_GRANTED
    ? `[network] ${host} is not granted; name it in hosts to ask for it, or the user: ` +
      `${hostCommand} ${host} --once`
    : `[network] ${host}: ${why}`;
}
