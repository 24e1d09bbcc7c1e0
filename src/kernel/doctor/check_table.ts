/** The checks of `ward doctor`: one row each, from which `docs/doctor.md` is printed. */
import type { DoctorSeverity } from "../../model/report.ts";

/** A check. */
export interface CheckRow {
  /** Stable. `<provider>` stands for a name. */
  readonly id: string;
  /** What it looks at, one sentence. */
  readonly what: string;
  /** The worst it can say. */
  readonly worst: DoctorSeverity;
}

/** All checks in the order they are printed. Ids are never changed or used for something else. */
export const CHECKS = [
  row("home.mode", "error", "Ward's home is there, is yours, and only you can look into it"),
  row("home.profile", "error", "The active profile is there"),
  row("home.writable", "error", "What stands in ward's home can be written"),
  row("config.file", "error", "`config.toml` can be read, or there is none"),
  row("config.syntax", "error", "The file is TOML"),
  row("config.unknown_key", "error", "It has no key that ward does not know; the nearest is named"),
  row("config.value", "error", "Each value is allowed"),
  row(
    "config.mode",
    "error",
    "Only you can change the file; others read it only inside ward's home",
  ),
  row(
    "commands.allow_all",
    "warning",
    'Not every program may run unasked (`commands.allow = ["*"]`)',
  ),
  row("commands.without_sandbox", "error", "Commands are not allowed to run without a sandbox"),
  row("environment.variables", "warning", "Variables that act on ward before its first line"),
  row("workspace.choice", "error", "The workspace can be used and is not your whole home folder"),
  row("layers.runtime", "error", "The runtime was started with ward's flags"),
  row("layers.sandbox", "error", "A cell starts and proves itself; else the cause and the fix"),
  row("limits.prlimit", "warning", "`prlimit` is there to bound memory, processes, files, CPU"),
  row(
    "limits.root_processes",
    "warning",
    "Ward does not run as root, whose processes are not counted",
  ),
  row("programs.escape", "error", "No allowed program starts others or runs code by its options"),
  row("programs.files", "warning", "No allowed program reads or writes files it is not made for"),
  row("programs.missing", "info", "Allowed programs are on this machine"),
  row("programs.replaceable", "error", "Nobody else can replace an allowed program"),
  row("keys.<provider>", "warning", "Where the key of a provider was found, never its value"),
  row("secrets.saved", "warning", "Saved secrets can be read and opened"),
  row("logins.state", "warning", "Logins that were found can be used, or say what mends them"),
  row("logins.mode", "warning", "Nobody else can read the logins of other programs"),
  row("provider.choice", "error", "Which model answers, and why"),
  row("provider.address", "warning", "Addresses of the configuration are https or on this machine"),
  row("provider.reachable", "error", "The service answers a request with this key"),
  row("provider.model", "warning", "The service lists the model"),
  row("provider.ollama", "info", "Whether Ollama answers on this machine"),
  row("data.mode", "error", "The data folder and the files in it are yours alone"),
  row("data.leftovers", "info", "No temporary file of a killed ward is left"),
  row("key.source", "warning", "Where the key of the database is kept"),
  row("database.open", "error", "The database opens with this key"),
  row("database.integrity", "error", "SQLite's own check of the whole file"),
  row("audit.chain", "error", "The audit log is whole"),
  row("grants.broad", "warning", "No lasting grant opens a whole home folder, `/` or a shell"),
  row("prove", "error", "`--prove` could be done"),
] as const;

/** Id of a check. */
export type CheckId = typeof CHECKS[number]["id"];

function row<const Id extends string>(
  id: Id,
  worst: DoctorSeverity,
  what: string,
): CheckRow & { readonly id: Id } {
  return { id, what, worst };
}

/** The table as Markdown, for `docs/doctor.md`; a test keeps the page equal. */
export function checkReference(): string {
  return [
    "| Id | What it looks at | Worst |",
    "| --- | --- | --- |",
    ...CHECKS.map(({ id, what, worst }) => `| \`${id}\` | ${what} | ${worst} |`),
  ].join("\n");
}
