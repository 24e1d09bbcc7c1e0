/** The instructions of this process's workspace. */
import type { Ward } from "./ward.ts";
import { createHandsClient } from "../compartments/hands/client.ts";
import { exists } from "../host/files/file_exists.ts";
import { textHash } from "../host/files/text_hash.ts";
import { readInstructions } from "../kernel/instructions/read_instructions.ts";
import type { InstructionFile } from "../model/conversation/instructions.ts";

/** Reads them in a cell; where there are none, no cell is started. */
export function loadInstructions(ward: Ward): Promise<InstructionFile[]> {
  const { workspace } = ward.start.settings;
  return readInstructions({
    hands: createHandsClient(ward.hands.router.call),
    workspace,
    isThere: exists,
    hash: textHash,
    approved: () => ward.store.listInstructions(workspace),
  });
}
