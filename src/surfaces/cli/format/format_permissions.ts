import type { Grant, PermissionKind } from "../../../model/cells/permission.ts";
import type {
  CompartmentRow,
  ExplainReport,
  ListedGrant,
  PermissionsReport,
} from "../../../model/report.ts";
import { MODE_TEXTS } from "../../../kernel/policy/modes.ts";
import { taintText } from "./format_taint.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

const KINDS = ["read", "write", "run", "net", "env", "sys"] as const;

/** Values of one kind that are shown in a line; `--json` has them all. */
const MAX_VALUES = 12;

/** `ward permissions` for people. */
export function formatPermissions(report: PermissionsReport, output: Output): string {
  const rows = report.rows.map((row) => formatRow(row, output));
  const mode = `${paint(output, "bold", "Mode")} ${report.mode}: ${MODE_TEXTS[report.mode]}`;
  const outside = `${paint(output, "bold", "Outside")} ${taintText(report.outside)}`;
  return `${rows.join("\n\n")}\n\n${mode}\n${outside}\n\n${formatGrants(report.grants, output)}`;
}

/**
 * `ward permissions grants` for people.
 *
 * @param heading What stands above them.
 */
export function formatGrants(
  grants: readonly ListedGrant[],
  output: Output,
  heading: string = "Grants",
): string {
  if (grants.length === 0) return "No grants\n";
  const lines = grants.map((grant) => {
    const { usesLeft, leftMs } = grant;
    const uses = usesLeft === undefined
      ? ""
      : `, ${usesLeft} ${usesLeft === 1 ? "use" : "uses"} left`;
    const time = leftMs === null ? "" : ` (${roughTime(leftMs)} left)`;
    return `  ${grant.id}  ${grant.compartment}: ${grant.permission} ${
      revealHidden(grant.value)
    }  ` +
      paint(
        output,
        "dim",
        `${scopeText(grant)}${time}${uses}, by ${revealHidden(grant.grantedBy)}`,
      );
  });
  return `${paint(output, "bold", heading)}\n${lines.join("\n")}\n`;
}

/** `ward permissions explain` for people. */
export function formatExplain(report: ExplainReport, output: Output): string {
  const tones = { allow: "green", ask: "yellow", deny: "red" } as const;
  const words = { allow: "may", ask: "may, once you allow it", deny: "may not" } as const;
  const lines = report.answers.map(({ compartment, answer, rule, command }) => {
    const change = command === null ? "" : `\n    ${paint(output, "dim", revealHidden(command))}`;
    return `  ${compartment} ${paint(output, tones[answer], words[answer])}: ` +
      `${revealHidden(rule)}${change}`;
  });
  const body = lines.length === 0 ? "  no compartment may" : lines.join("\n");
  return `${report.permission} ${revealHidden(report.value)}\n${body}\n`;
}

function formatRow(row: CompartmentRow, output: Output): string {
  const head = `${paint(output, "bold", row.compartment)} (${row.kind}, ${
    revealHidden(row.state)
  })  ${paint(output, "dim", revealHidden(row.purpose))}`;
  const lines = KINDS.filter((kind) => row.permissions[kind].length > 0)
    .map((kind) => `  ${kind.padEnd(5)}  ${valuesText(row.permissions[kind], kind)}`);
  return [head, ...(lines.length > 0 ? lines : ["  nothing"])].join("\n");
}

function valuesText(values: readonly string[], kind: PermissionKind | "sys"): string {
  const shown = values.slice(0, MAX_VALUES).map(revealHidden).join(kind === "run" ? " · " : ", ");
  const left = values.length - MAX_VALUES;
  return left > 0 ? `${shown} and ${left} more` : shown;
}

function scopeText({ scope }: Grant): string {
  switch (scope.type) {
    case "session":
      return `session ${scope.sessionId}` +
        (scope.untilMs === undefined ? "" : ` until ${new Date(scope.untilMs).toISOString()}`);
    case "until":
      return `until ${new Date(scope.atMs).toISOString()}`;
    default:
      return scope.type;
  }
}

/** A time in its two largest units: `1 h 12 min`, `40 s`. */
export function roughTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]] as const;
  const at = units.findIndex(([size]) => seconds >= size);
  if (at < 0) return "0 s";
  const [size, name] = units[at]!;
  const next = units[at + 1];
  const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
  const more = next && rest > 0 ? ` ${rest} ${next[1]}` : "";
  return `${Math.floor(seconds / size)} ${name}${more}`;
}
