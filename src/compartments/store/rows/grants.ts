/** Rows of grants. Every function runs in the caller's transaction. */
import type { Grant, GrantScope, PermissionKind } from "../../../model/cells/permission.ts";
import type { Database } from "../sqlite/database.ts";

/** Grants that are not used up, oldest first. Which still hold is for policy to say. */
export function listGrants(database: Database): Grant[] {
  const rows = database.all(
    "SELECT * FROM grants WHERE uses_left IS NULL OR uses_left > 0 ORDER BY at_ms, rowid",
  );
  return rows.map((row) => ({
    id: String(row["id"]),
    compartment: String(row["compartment"]),
    permission: row["permission"] as PermissionKind,
    value: String(row["value"]),
    scope: JSON.parse(String(row["scope"])) as GrantScope,
    ...(row["uses_left"] === null ? {} : { usesLeft: Number(row["uses_left"]) }),
    grantedBy: String(row["granted_by"]),
    atMs: Number(row["at_ms"]),
    reason: String(row["reason"]),
  }));
}

/** Whether a grant is there, used up or not. */
export function hasGrant(database: Database, id: string): boolean {
  return database.get("SELECT 1 FROM grants WHERE id = ?", [id]) !== undefined;
}

/** How long a grant that is used up is kept: a call that runs on it ends when it is revoked, ms. */
const USED_UP_MS = 30 * 24 * 3_600_000;

/** Adds a grant, and forgets those that were used up long ago. */
export function addGrant(database: Database, grant: Grant): void {
  database.run("DELETE FROM grants WHERE uses_left <= 0 AND at_ms < ?", [grant.atMs - USED_UP_MS]);
  database.run(
    `INSERT INTO grants
       (id, compartment, permission, value, scope, uses_left, granted_by, at_ms, reason)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      grant.id,
      grant.compartment,
      grant.permission,
      grant.value,
      JSON.stringify(grant.scope),
      grant.usesLeft ?? null,
      grant.grantedBy,
      grant.atMs,
      grant.reason,
    ],
  );
}

/** Removes a grant; false when there was none. */
export function removeGrant(database: Database, id: string): boolean {
  database.run("DELETE FROM grants WHERE id = ?", [id]);
  return database.changes === 1;
}

/** Takes one use of a grant; false when there was none left. With the last it stays, used up. */
export function useGrant(database: Database, id: string): boolean {
  const row = database.get("SELECT uses_left FROM grants WHERE id = ?", [id]);
  if (!row) return false;
  const left = row["uses_left"];
  if (left === null || left === undefined) return true;
  if (Number(left) < 1) return false;
  database.run("UPDATE grants SET uses_left = uses_left - 1 WHERE id = ?", [id]);
  return true;
}
