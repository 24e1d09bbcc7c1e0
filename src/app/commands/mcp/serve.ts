/** `ward mcp serve`: ward as a server for one client, over standard input and output. */
import type { CommandContext } from "../context.ts";
import { answerFilter } from "../../mcp_server/clean.ts";
import { SERVERS } from "../../mcp_server/registry.ts";
import { createLineWriter } from "../../../host/process/line_writer.ts";
import { systemClock, systemRandom } from "../../../host/process/system.ts";
import type { ServedName } from "../../../surfaces/cli/commands/mcp_serve.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";
import { serve } from "../../../surfaces/mcp_server/serve.ts";

/** Serves until the client is gone or a signal ends it. Standard output is the protocol's alone. */
export async function mcpServe(server: ServedName, context: CommandContext): Promise<number> {
  const { ward, stderr, input } = context;
  if (input.isTerminal) {
    stderr.write(
      "This speaks the Model Context Protocol to a program; see docs/editors.md. Ctrl-D ends it\n",
    );
  }
  const warn = (text: string) => stderr.write(`! ${revealHidden(text)}\n`);
  ward.onNotice = warn;
  const working = new Set<Promise<unknown>>();
  const served = SERVERS[server](ward);
  const serving = serve(
    { input: Deno.stdin.readable, write: createLineWriter(Deno.stdout) },
    {
      served: {
        ...served,
        tools: served.tools.map((tool) => ({
          ...tool,
          run(args, call) {
            const work = tool.run(args, call);
            working.add(work);
            work.catch(() => {}).finally(() => working.delete(work));
            return work;
          },
        })),
      },
      clock: systemClock,
      random: systemRandom,
      clean: answerFilter(ward.start, ward.outgoing, systemRandom),
      onOddInput: warn,
      onFault(error) {
        const name = error instanceof Error ? error.name : typeof error;
        ward.log.write("error", "mcp_server", { name });
      },
    },
  );
  const end = () => void serving.close();
  Deno.addSignalListener("SIGINT", end);
  Deno.addSignalListener("SIGTERM", end);
  try {
    await serving.closed;
    // Turns of a client that is gone are stopped; their cells end before ward does.
    await Promise.allSettled(working);
    return 0;
  } finally {
    Deno.removeSignalListener("SIGINT", end);
    Deno.removeSignalListener("SIGTERM", end);
  }
}
