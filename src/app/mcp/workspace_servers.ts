/** The servers that this process's workspace names, once its owner said that they count. */
import type { Ward } from "../ward.ts";
import { createHandsClient } from "../../compartments/hands/client.ts";
import { exists } from "../../host/files/file_exists.ts";
import { sha256, textHash } from "../../host/files/text_hash.ts";
import { readOne } from "../../kernel/instructions/read_instructions.ts";
import {
  parseWorkspaceFile,
  WORKSPACE_FILE,
  WORKSPACE_FILE_BYTES,
} from "../../kernel/mcp/workspace_file.ts";
import { workspaceSecretOf } from "../../kernel/settings/mcp_settings.ts";
import { namedVariables, withVariables } from "../../kernel/settings/schema/mcp.ts";
import type { InstructionFile } from "../../model/conversation/instructions.ts";
import type { McpServer, McpValues } from "../../model/mcp/server.ts";

/** What the file gives now. */
export interface WorkspaceFile {
  /** null: there is none. */
  readonly file: InstructionFile | null;
  /** Empty while the file is not approved. */
  readonly servers: readonly McpServer[];
  readonly values: Readonly<Record<string, McpValues>>;
  readonly problems: readonly string[];
}

/** Reads it in a cell; where there is none, no cell is started. */
export async function readWorkspaceFile(ward: Ward): Promise<InstructionFile | null> {
  const { workspace } = ward.start.settings;
  if (!exists(`${workspace}/${WORKSPACE_FILE}`)) return null;
  const approvals = await ward.store.listInstructions(workspace);
  const approved = approvals.find(({ name }) => name === WORKSPACE_FILE) ?? null;
  const hands = createHandsClient(ward.hands.router.call);
  return await readOne({ hands, workspace, hash: textHash, maxBytes: WORKSPACE_FILE_BYTES }, {
    name: WORKSPACE_FILE,
    approved,
  });
}

/** The servers of the file while it is what was approved. */
export async function workspaceServers(
  ward: Ward,
  file: InstructionFile | null,
): Promise<WorkspaceFile> {
  if (file?.state !== "approved" || file.approved === null) {
    return { file, servers: [], values: {}, problems: [] };
  }
  const { servers, written, problems } = parseWorkspaceFile(file.approved.text);
  const values: Record<string, McpValues> = {};
  for (const [alias, entries] of Object.entries(written)) {
    values[alias] = Object.fromEntries(
      await Promise.all(
        Object.entries(entries).map(async (
          [name, text],
        ) => [name, await valueOf(ward, alias, text)]),
      ),
    );
  }
  return { file, servers, values, problems };
}

/**
 * A value as the file writes it. A variable in it is a secret that was saved for this server of this
 * workspace: its file reaches no variable of ward's own, which may be a key, and no secret of another
 * server.
 */
async function valueOf(ward: Ward, alias: string, text: string): Promise<McpValues[string]> {
  const place = sha256(ward.start.settings.workspace).slice(0, 8);
  const saved = new Map<string, string>();
  const missing: string[] = [];
  for (const name of namedVariables(text)) {
    const savedAs = workspaceSecretOf(place, alias, name);
    const secret = await ward.secrets.get(savedAs).catch(() => null);
    if (secret === null) missing.push(`ward secrets set ${savedAs}`);
    else saved.set(name, secret);
  }
  const value = withVariables(text, (name) => saved.get(name));
  return value === null
    ? { value, hint: `Save what ${WORKSPACE_FILE} names: ${missing.join(" && ")}` }
    : { value, isSecret: saved.size > 0 };
}
