/** The tools of a session. */
import { childVariables } from "../cells/child_variables.ts";
import type { Ward } from "../ward.ts";
import { createHandsClient } from "../../compartments/hands/client.ts";
import { readGitIdentity } from "../../host/protection/git_identity.ts";
import type { Tool } from "../../kernel/ports.ts";
import { createCommandTools } from "../../kernel/tools/commands/command_tools.ts";
import { createFileTools } from "../../kernel/tools/files/file_tools.ts";
import type { Grant } from "../../model/cells/permission.ts";

/** Bytes that a program may print before the rest is dropped. */
const OUTPUT_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Makes them.
 *
 * @param grants In force as the session is opened; those of kind `env` count.
 */
export function createTools(ward: Ward, grants: readonly Grant[]): Tool[] {
  const { settings } = ward.start;
  const hands = createHandsClient((method, params, { signal, variant }) =>
    ward.hands.router.call(method, params, { signal, variant })
  );
  return [
    ...createFileTools({ hands, workspace: settings.workspace }),
    ...createCommandTools({
      hands,
      workspace: settings.workspace,
      env: childVariables(ward, grants),
      author: readGitIdentity(ward.facts.osHome),
      operators: settings.commands.operators,
      timeoutMs: settings.commands.timeoutMs,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
    }),
  ];
}
