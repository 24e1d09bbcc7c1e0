/** AGENTS.md, CLAUDE.md and .mcp.json in a conversation: who is there is asked, and need not leave for it. */
import type { CommandContext } from "../context.ts";
import { askAboutServers } from "./chat_servers.ts";
import { loadInstructions } from "../../instructions.ts";
import { prompterOf } from "../../prompting.ts";
import { isWaiting } from "../../../kernel/instructions/read_instructions.ts";
import type { InstructionFile } from "../../../model/conversation/instructions.ts";
import { paint } from "../../../surfaces/cli/output.ts";

/**
 * Builds what reads the files of the workspace when a session begins. What waits for approval is
 * shown and asked about, each text once; after a no it is left out, as if it were not there.
 *
 * @returns The files as they count. Throws {@linkcode StoppedError} on Ctrl-C at a question.
 */
export function createInstructionReader(
  context: CommandContext,
): () => Promise<readonly InstructionFile[]> {
  const { ward, stderr } = context;
  const prompter = prompterOf(context);
  /** Hashes of texts that were refused in this process. */
  const refused = new Set<string>();
  return async () => {
    const files: InstructionFile[] = [];
    for (const file of await loadInstructions(ward)) {
      if (!prompter || !isWaiting(file)) {
        files.push(file);
        continue;
      }
      const { name, hash } = file;
      if (refused.has(`${name} ${hash}`)) continue;
      // Loaded when something waits: comparing texts takes a package.
      const { askToApprove } = await import("../instructions.ts");
      const approved = await askToApprove(file, prompter, context, "conversation");
      if (approved) {
        files.push({ ...file, state: "approved", approved });
        continue;
      }
      refused.add(`${name} ${hash}`);
      const text = `${name} is not used; later: ward instructions approve`;
      stderr.write(paint(stderr, "dim", text) + "\n");
    }
    if (prompter) await askAboutServers(context, prompter, refused);
    return files;
  };
}
