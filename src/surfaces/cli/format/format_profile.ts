import type { ProfileSource } from "../../../model/profile.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** Width of the first column. */
const NAME_WIDTH = 10;

/** `ward profile show`. */
export interface ProfileReport {
  /** null: a home that `WARD_HOME` names and that is no profile. */
  readonly name: string | null;
  readonly active: boolean;
  /** Why it is the active one; null when it is not. */
  readonly source: ProfileSource | null;
  readonly home: string;
  readonly config: string;
  readonly data: string;
}

/** The profile for people; `why` says how it was chosen. */
export function formatProfile(report: ProfileReport, why: string): string {
  const rows: [string, string][] = [
    ["profile", report.name ?? "none: a home of its own"],
    ["active", report.active ? `yes: ${why}` : "no"],
    ["home", report.home],
    ["config", report.config],
    ["data", report.data],
  ];
  return rows.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${revealHidden(value)}\n`).join("");
}

/** The list for people. `elsewhere`: the active home when it is no profile. */
export function formatProfiles(
  profiles: readonly { name: string; home: string; active: boolean }[],
  elsewhere: string | null,
): string {
  const width = Math.max(...profiles.map(({ name }) => name.length));
  const lines = profiles.map(({ name, home, active }) =>
    `${active ? "*" : " "} ${name.padEnd(width)}  ${revealHidden(home)}\n`
  );
  if (elsewhere !== null) lines.push(`* ${"-".padEnd(width)}  ${revealHidden(elsewhere)}\n`);
  return lines.join("");
}
