/** `ward acp`: the agent of an editor, over standard input and output. */
import type { CommandContext } from "../context.ts";
import { createAcpHost } from "../../acp/acp_host.ts";
import { VERSION } from "../../start/version.ts";
import { systemClock } from "../../../host/process/system.ts";
import { serveAcp } from "../../../surfaces/acp/acp_agent.ts";

/** Serves until the editor goes; nothing but the protocol is written to standard output. */
export async function acp({ ward }: CommandContext): Promise<number> {
  const serving = serveAcp({
    input: Deno.stdin.readable,
    output: Deno.stdout.writable,
    host: createAcpHost(ward),
    clock: systemClock,
    version: VERSION,
    approvalMs: ward.start.settings.approvals.timeoutMs,
    onClient: (client) => ward.log.write("info", "acp_client", { client }),
  });
  const end = () => serving.close();
  Deno.addSignalListener("SIGINT", end);
  Deno.addSignalListener("SIGTERM", end);
  try {
    await serving.over;
    return 0;
  } finally {
    Deno.removeSignalListener("SIGINT", end);
    Deno.removeSignalListener("SIGTERM", end);
  }
}
