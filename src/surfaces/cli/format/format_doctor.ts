import type { DoctorReport, ProveReport } from "../../../model/report.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** `ward doctor` for people; the proof follows the checks. */
export function formatDoctor(report: DoctorReport, output: Output): string {
  const marks = {
    ok: paint(output, "green", "✓"),
    info: paint(output, "dim", "i"),
    warn: paint(output, "yellow", "!"),
    error: paint(output, "red", "✗"),
  };
  const lines = report.checks.flatMap(({ severity, message, fix }) => [
    `${marks[severity]} ${revealHidden(message)}`,
    ...(fix === null ? [] : [`  → ${revealHidden(fix)}`]),
  ]);
  const checks = lines.map((line) => line + "\n").join("");
  return report.prove ? `${checks}\n${formatProve(report.prove, output)}` : checks;
}

/** `ward doctor --prove` for people: one line for each thing that must fail. */
export function formatProve(report: ProveReport, output: Output): string {
  const lines = report.lines.map(({ id, what, refused, layer, errno, detail }) => {
    const mark = refused ? paint(output, "green", "✓ refused") : paint(output, "red", "✗ REACHED");
    const by = layer === null ? "" : ` by ${layer}`;
    const code = errno === null ? "" : ` (${revealHidden(errno)})`;
    const more = detail === "" ? "" : `: ${revealHidden(detail)}`;
    return `${mark}${by}${code}  ${id}  ${revealHidden(what)}${more}\n`;
  });
  const reached = report.lines.filter((line) => !line.refused).length;
  const sum = report.lines.length === 0
    ? paint(output, "red", "Nothing was tried")
    : reached === 0
    ? `All ${report.lines.length} refused`
    : paint(output, "red", `${reached} of ${report.lines.length} reached`);
  return `${lines.join("")}${sum}\n`;
}

/** Whether `ward doctor` exits with 1: a broken check, a proof line reached, or none tried. */
export function isDoctorRed(report: DoctorReport): boolean {
  return report.checks.some((check) => check.severity === "error") ||
    (report.prove !== null &&
      (report.prove.lines.length === 0 || report.prove.lines.some((line) => !line.refused)));
}
