import type { ProbeParams, ProbeResult } from "../../../compartments/probe.ts";
import type { Client } from "../../../compartments/wire.ts";
import type { ProveLine } from "../../../model/report.ts";

/** Has a compartment try something. */
export async function ask(client: Client, params: ProbeParams): Promise<ProbeResult> {
  return await client.call("probe", params) as ProbeResult;
}

/** Names of the errors with which the runtime refuses; any other comes from the system. */
const RUNTIME_ERRORS = new Set(["NotCapable", "EvalError"]);

/** A line of what was tried by Deno's own calls. No error and not reached: the runtime hid it. */
export function probeLine(id: string, what: string, result: ProbeResult): ProveLine {
  return {
    id,
    what,
    refused: !result.reached,
    layer: result.reached
      ? null
      : result.error === null || RUNTIME_ERRORS.has(result.error)
      ? "runtime"
      : "os",
    errno: result.error,
    detail: "",
  };
}
