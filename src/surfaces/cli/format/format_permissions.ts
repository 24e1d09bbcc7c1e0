import type { Grant, PermissionKind } from "../../../model/cells/permission.ts";
import type { CompartmentRow, ExplainReport, PermissionsReport } from "../../../model/report.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

const KINDS = ["read", "write", "run", "net", "env", "sys"] as const;

/** Values of one kind that are shown in a line; `--json` has them all. */
const MAX_VALUES = 12;

/** `ward permissions` for people. */
export function formatPermissions(report: PermissionsReport, output: Output): string {
  const rows = report.rows.map((row) => formatRow(row, output));
  return `${rows.join("\n\n")}\n\n${formatGrants(report.grants, output)}`;
}

/**
 * `ward permissions grants` for people.
 *
 * @param heading What stands above them.
 */
export function formatGrants(
  grants: readonly Grant[],
  output: Output,
  heading: string = "Grants",
): string {
  if (grants.length === 0) return "No grants\n";
  const lines = grants.map((grant) => {
    const uses = grant.usesLeft === undefined ? "" : `, ${grant.usesLeft} left`;
    return `  ${grant.id}  ${grant.compartment}: ${grant.permission} ${
      revealHidden(grant.value)
    }  ` +
      paint(output, "dim", `${scopeText(grant)}${uses}, by ${revealHidden(grant.grantedBy)}`);
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
      return `session ${scope.sessionId}`;
    case "until":
      return `until ${new Date(scope.atMs).toISOString()}`;
    default:
      return scope.type;
  }
}
