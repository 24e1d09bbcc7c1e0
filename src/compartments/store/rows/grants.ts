/** Rows of grants. Every function runs in the caller's transaction. */
import type { Grant, GrantScope, PermissionKind } from "../../../model/cells/permission.ts";
import type { Database } from "../sqlite/database.ts";

/** All grants, oldest first. Which still hold is for policy to say. */
export function listGrants(database: Database): Grant[] {
  return database.all("SELECT * FROM grants ORDER BY at_ms, rowid").map((row) => ({
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

/** Adds a grant. */
export function addGrant(database: Database, grant: Grant): void {
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

/** Takes one use of a grant and removes it with the last; false when there was none left. */
export function useGrant(database: Database, id: string): boolean {
  const row = database.get("SELECT uses_left FROM grants WHERE id = ?", [id]);
  if (!row) return false;
  const left = row["uses_left"];
  if (left === null || left === undefined) return true;
  if (Number(left) <= 1) removeGrant(database, id);
  else database.run("UPDATE grants SET uses_left = uses_left - 1 WHERE id = ?", [id]);
  return Number(left) >= 1;
}
