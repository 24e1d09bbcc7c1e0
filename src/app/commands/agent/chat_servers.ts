/** The .mcp.json of a workspace in a conversation: who is there is asked once about each content. */
import type { CommandContext } from "../context.ts";
import { knownServers } from "../../mcp/servers.ts";
import { readWorkspaceFile } from "../../mcp/workspace_servers.ts";
import { AppError } from "../../../base/app_error.ts";
import { isWaiting } from "../../../kernel/instructions/read_instructions.ts";
import { paint } from "../../../surfaces/cli/output.ts";
import type { Prompter } from "../../../surfaces/prompts/prompter.ts";

/**
 * Shows the file where it is new or changed and asks; after a yes its servers are started, and their
 * tools shown and asked about.
 *
 * @param refused Contents that were refused in this process; a no is added.
 * @throws {StoppedError} On Ctrl-C at a question.
 */
export async function askAboutServers(
  context: CommandContext,
  prompter: Prompter,
  refused: Set<string>,
): Promise<void> {
  const { ward, stderr } = context;
  const file = await readWorkspaceFile(ward);
  if (file === null || !isWaiting(file) || refused.has(`${file.name} ${file.hash}`)) return;
  // Loaded when something waits.
  const { askToApprove } = await import("../instructions.ts");
  const { approvedText, approveTools, FILE_TITLE } = await import("../mcp/approve.ts");
  const note = (text: string) => stderr.write(paint(stderr, "dim", text) + "\n");
  if (!await askToApprove(file, prompter, context, "conversation", FILE_TITLE)) {
    refused.add(`${file.name} ${file.hash}`);
    note(`${file.name} is not used; later: ward mcp approve`);
    return;
  }
  const { servers } = await knownServers(ward);
  for (const one of servers) {
    const { server, approval } = one;
    if (server.from !== "workspace" || !server.enabled || approval !== null) continue;
    try {
      note(approvedText(await approveTools(one, prompter, context)).trimEnd());
    } catch (error) {
      // One that does not start keeps nobody from the conversation.
      if (!(error instanceof AppError) || !error.code.startsWith("mcp.")) throw error;
      note(`${error.message}${error.hint === undefined ? "" : `. ${error.hint}`}`);
    }
  }
}
