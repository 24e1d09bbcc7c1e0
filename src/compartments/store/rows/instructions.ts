/** Rows of approved instructions. Every function runs in the caller's transaction. */
import type { ApprovedInstructions } from "../../../model/conversation/instructions.ts";
import type { Database } from "../sqlite/database.ts";

/** See `InstructionApprovals.listInstructions`. */
export function listInstructions(database: Database, workspace: string): ApprovedInstructions[] {
  return database.all("SELECT * FROM instructions WHERE workspace = ? ORDER BY name", [workspace])
    .map((row) => ({
      workspace: String(row["workspace"]),
      name: String(row["name"]),
      hash: String(row["hash"]),
      text: String(row["text"]),
      atMs: Number(row["at_ms"]),
    }));
}

/** See `InstructionApprovals.approveInstructions`. */
export function approveInstructions(
  database: Database,
  { workspace, name, hash, text }: Omit<ApprovedInstructions, "atMs">,
  nowMs: number,
): void {
  database.run(
    `INSERT OR REPLACE INTO instructions (workspace, name, hash, text, at_ms)
     VALUES (?, ?, ?, ?, ?)`,
    [workspace, name, hash, text, nowMs],
  );
}

/** See `InstructionApprovals.revokeInstructions`. */
export function revokeInstructions(database: Database, workspace: string, name: string): void {
  database.run("DELETE FROM instructions WHERE workspace = ? AND name = ?", [workspace, name]);
}
