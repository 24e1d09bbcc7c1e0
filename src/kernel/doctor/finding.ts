import type { DoctorCheck, DoctorSeverity } from "../../model/report.ts";
import type { CheckId } from "./check_table.ts";

/** Id of a check with the provider's name put in. */
type FullId = Exclude<CheckId, "keys.<provider>"> | `keys.${string}`;

/** Builds a finding. */
export function finding(
  id: FullId,
  severity: DoctorSeverity,
  found: string,
  more: { cause?: string | null; fix?: string | null; subject?: string | null } = {},
): DoctorCheck {
  const { cause = null, fix = null, subject = null } = more;
  return { id, subject, severity, found, cause, fix };
}

/** A path as a word of a shell line. */
export function shellWord(path: string): string {
  return /^[\w./:=@%+,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Permission bits as chmod takes them. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/** `one thing`, `2 things`. */
export function count(number: number, one: string, many: string = one + "s"): string {
  return `${number} ${number === 1 ? one : many}`;
}
