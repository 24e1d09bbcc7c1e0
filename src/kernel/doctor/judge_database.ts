import { prefixRule } from "../commands/rules.ts";
import type { DoctorCheck } from "../../model/report.ts";
import type { Grant } from "../../model/cells/permission.ts";
import { within } from "../../model/cells/paths.ts";
import type { DoctorFacts } from "./facts.ts";
import { count, finding } from "./finding.ts";
import { abilitiesOf } from "./program_table.ts";

/** Key, database, audit log and lasting grants. */
export function judgeDatabase(facts: DoctorFacts): DoctorCheck[] {
  const { database, folders } = facts;
  const path = `${folders.data.path}/ward.db`;
  if (database.type === "none") {
    return [finding("database.open", "ok", `No database at "${path}" yet`)];
  }
  if (database.type === "closed") {
    const { code, message, hint } = database.problem;
    const isKey = database.keySource === null && code.startsWith("store.key");
    return [
      ...(isKey ? [] : judgeKey(database.keySource, folders.home.path)),
      finding(
        code === "doctor.busy" ? "database.open" : isKey ? "key.source" : "database.open",
        code === "doctor.busy" ? "warning" : "error",
        message,
        { cause: code, fix: hint },
      ),
    ];
  }
  const { keySource, sizeBytes, damage, audit, grants } = database;
  return [
    ...judgeKey(keySource, folders.home.path),
    finding("database.open", "ok", `Database: "${path}", ${bytes(sizeBytes)}, opens`),
    damage === null
      ? finding("database.integrity", "ok", "Database: whole")
      : finding("database.integrity", "error", `The database is damaged: ${damage}`, {
        fix: "Restore ward.db and audit.head from one backup, or move both away to start afresh",
      }),
    audit.ok
      ? finding("audit.chain", "ok", `Audit log: whole, ${count(audit.count, "row")}`)
      : finding("audit.chain", "error", `Audit log: ${audit.reason}`, {
        cause: "somebody changed it, or an older file was put back",
        fix: "ward audit verify; restore ward.db and audit.head from one backup",
      }),
    ...judgeGrants(grants, facts.osHome),
  ];
}

function judgeKey(source: string | null, home: string): DoctorCheck[] {
  if (source === null) return [];
  if (source !== "file") {
    const from = source === "variable" ? "variable WARD_ENCRYPTION_KEY" : source;
    return [finding("key.source", "ok", `Database key: from the ${from}`)];
  }
  return [
    finding("key.source", "info", `Database key: in the file "${home}/database.key"`, {
      cause: "whoever can read your files can read the database",
      fix: "A keychain (secret-tool; macOS and Windows bring one) keeps it apart from the disk",
    }),
  ];
}

function judgeGrants(grants: readonly Grant[], osHome: string): DoctorCheck[] {
  const lasting = grants.filter(({ scope }) => scope.type === "always");
  const found = lasting.flatMap((grant) => {
    const why = broad(grant, osHome);
    return why === null ? [] : [
      finding("grants.broad", "warning", `Grant ${grant.id}: ${grant.permission} ${grant.value}`, {
        subject: grant.id,
        cause: why,
        fix: `ward permissions revoke ${grant.id}`,
      }),
    ];
  });
  return found.length > 0 ? found : [
    finding("grants.broad", "ok", `Grants: ${count(lasting.length, "lasting one")}, none is broad`),
  ];
}

/** Why a grant opens more than one thing, or null. */
function broad({ permission, value }: Grant, osHome: string): string | null {
  switch (permission) {
    case "read":
    case "write":
      return within(value, osHome) ? "it holds your whole home folder" : null;
    case "run": {
      if (value === "*") return "it covers every program";
      const words = value.split(/\s+/);
      if (words.length > 1 || prefixRule(value) === null) return null;
      return abilitiesOf(value).some((one) => one === "shell" || one === "command")
        ? "this program starts others or runs code, whatever its arguments"
        : null;
    }
    default:
      return value === "*" ? "it covers everything" : null;
  }
}

function bytes(size: number): string {
  if (size < 1024 * 1024) return `${Math.ceil(size / 1024)} KB`;
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}
