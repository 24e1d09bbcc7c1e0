/** Backups, for people. */
import { revealHidden } from "../sanitize_terminal.ts";

/** A backup that was checked. */
interface Checked {
  readonly file: string;
  readonly createdAtMs: number;
  readonly sealedBy: "profile" | "passphrase";
  readonly rows: Readonly<Record<string, number>>;
  readonly auditProblem: string | null;
  readonly hasSecrets: boolean;
  readonly hasConfig: boolean;
}

/** A backup in a list. */
export interface ListedBackup {
  readonly file: string;
  readonly createdAtMs: number;
  readonly sizeBytes: number;
  readonly sealedBy: "profile" | "passphrase";
  /** Whether the present key opens it; null: a passphrase does. */
  readonly opens: boolean | null;
}

/** One backup, what is in it, and what opens it. */
export function formatBackup(backup: Checked): string {
  const { file, createdAtMs, sealedBy, rows, auditProblem, hasSecrets, hasConfig } = backup;
  const also = [...hasSecrets ? ["secrets.enc"] : [], ...hasConfig ? ["config.toml"] : []];
  const lines = [
    revealHidden(file),
    `  of ${time(createdAtMs)}: ${contents(rows)}${also.length ? `, ${also.join(", ")}` : ""}`,
    sealedBy === "profile"
      ? "  Opened by the key of this profile as it is now: where that is lost, or changed by " +
        "ward secrets rotate-key, nobody can open it. A passphrase goes anywhere: --passphrase"
      : "  Opened by its passphrase, on any machine; nobody can open it without",
    ...auditProblem === null ? [] : [`  ! Its audit log is not whole: ${auditProblem}`],
  ];
  return lines.join("\n") + "\n";
}

/** `ward backup list`. */
export function formatBackups(all: readonly ListedBackup[]): string {
  if (all.length === 0) return "There is no backup in this profile; ward backup makes one\n";
  return all.map(({ file, createdAtMs, sizeBytes, opens }) => {
    const by = opens === null
      ? "opened by a passphrase"
      : opens
      ? "opened by the present key"
      : "the present key does not open it";
    const size = `${Math.ceil(sizeBytes / 1024)} KiB`;
    return `${time(createdAtMs)}  ${size.padStart(10)}  ${by}\n  ${revealHidden(file)}\n`;
  }).join("");
}

/** What `ward restore` did. */
export function formatRestored(
  { createdAtMs, rows, aside, configLeft, audit, kept, notGranted }: {
    readonly createdAtMs: number;
    readonly rows: Readonly<Record<string, number>>;
    readonly aside: readonly string[];
    readonly configLeft: boolean;
    readonly audit: { readonly ok: boolean };
    readonly kept: "variable" | "keychain" | "file";
    /** Commands that give the backup's standing grants again. */
    readonly notGranted: readonly string[];
  },
): string {
  const where = { variable: "WARD_ENCRYPTION_KEY", keychain: "the keychain", file: "database.key" };
  return [
    `The state of ${time(createdAtMs)} is in place: ${contents(rows)}; its key is in ${
      where[kept]
    }`,
    ...aside.map((path) => `What was there before is in "${revealHidden(path)}"`),
    ...configLeft
      ? ["The backup's config.toml was not put in place, since you have one; --config does that"]
      : [],
    ...notGranted.length === 0
      ? []
      : ["No grant came back. Those that stood then, each with the command that gives it again:"],
    ...notGranted.map((command) => `  ${revealHidden(command)}`),
    ...audit.ok ? [] : ["! Its audit log is not whole: see ward audit verify"],
  ].join("\n") + "\n";
}

function contents(rows: Readonly<Record<string, number>>): string {
  const count = (table: string, one: string, many: string) => {
    const number = rows[table] ?? 0;
    return `${number} ${number === 1 ? one : many}`;
  };
  return [
    count("sessions", "session", "sessions"),
    count("messages", "message", "messages"),
    count("grants", "grant", "grants"),
    count("audit", "audit row", "audit rows"),
  ].join(", ");
}

function time(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");
}
