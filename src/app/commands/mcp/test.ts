/** `ward mcp test`. */
import { type CommandContext, print } from "../context.ts";
import { withWords } from "./approve.ts";
import { serverOr } from "./find_server.ts";
import { lookAtServer } from "../../mcp/look_at_server.ts";
import { ServerFailure } from "../../mcp/start_server.ts";
import { terminalSize } from "../../../host/process/terminal.ts";
import { formatHello, formatTools } from "../../../surfaces/cli/format/format_mcp_tools.ts";

/** Connects to a server and shows what it says; approves nothing. */
export async function mcpTest(name: string | null, context: CommandContext): Promise<number> {
  const known = await serverOr(context, name, "test");
  const { hello, tools } = await lookAtServer(context.ward, known, new AbortController().signal)
    .catch((error) => {
      throw error instanceof ServerFailure ? withWords(error) : error;
    });
  const { alias } = known.server;
  const report = {
    alias,
    server: hello,
    tools: tools.map(({ name, state, problem, now }) => ({
      name,
      state,
      problem,
      definition: now,
    })),
  };
  print(context, report, () =>
    formatHello(alias, hello) +
    formatTools(tools, context.stdout, terminalSize().columns));
  return 0;
}
