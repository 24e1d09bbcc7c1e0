import type {
  DoctorFix,
  DoctorReport,
  DoctorSeverity,
  ProveReport,
} from "../../../model/report.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** `ward doctor` for people; the proof follows the checks. */
export function formatDoctor(report: DoctorReport, output: Output): string {
  const marks: Record<DoctorSeverity, string> = {
    ok: paint(output, "green", "✓"),
    info: paint(output, "dim", "i"),
    warning: paint(output, "yellow", "!"),
    error: paint(output, "red", "✗"),
  };
  const lines = report.checks.flatMap(({ id, severity, found, cause, fix }) => [
    `${marks[severity]} ${revealHidden(found)}${
      severity === "ok" ? "" : paint(output, "dim", `  [${revealHidden(id)}]`)
    }`,
    ...(cause === null ? [] : [`  ${revealHidden(cause)}`]),
    ...(fix === null ? [] : [`  → ${revealHidden(fix)}`]),
  ]);
  const checks = lines.map((line) => line + "\n").join("") + "\n" + sumOf(report);
  return report.prove ? `${checks}\n${formatProve(report.prove, output)}` : checks;
}

/** What `--fix` would change, one line each. */
export function formatFixes(fixes: readonly DoctorFix[], output: Output): string {
  return fixes.map((fix) => {
    const path = revealHidden(fix.path);
    switch (fix.type) {
      case "make":
        return paint(output, "green", `+ make 0700 ${path}`);
      case "remove":
        return paint(output, "red", `- remove ${path} (${fix.sizeBytes} bytes)`);
      case "mode":
        return paint(output, "red", `- ${octal(fix.from)} ${path}`) + "\n" +
          paint(output, "green", `+ ${octal(fix.to)} ${path}`);
    }
  }).map((line) => line + "\n").join("");
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function sumOf({ checks, fixes, mended }: DoctorReport): string {
  const number = (severity: DoctorSeverity) =>
    checks.filter((check) => check.severity === severity).length;
  const [errors, warnings] = [number("error"), number("warning")];
  const parts = [
    ...(errors > 0 ? [`${errors} error${errors === 1 ? "" : "s"}`] : []),
    ...(warnings > 0 ? [`${warnings} warning${warnings === 1 ? "" : "s"}`] : []),
  ];
  const sum = parts.length === 0 ? "Nothing is wrong" : parts.join(", ");
  const done = mended.length > 0 ? `; ${mended.length} mended` : "";
  // A folder that is not there yet is nothing wrong.
  const wrong = fixes.filter(({ type }) => type !== "make").length;
  const more = wrong > 0 ? `; \`ward doctor --fix\` mends ${wrong}` : "";
  return `${sum}${done}${more}\n`;
}

/** `ward doctor --prove` for people: one line for each thing that must fail. */
export function formatProve(report: ProveReport, output: Output): string {
  const lines = report.lines.map(({ id, what, refused, untried, layer, errno, detail }) => {
    const mark = refused
      ? paint(output, "green", "✓ refused")
      : untried
      ? paint(output, "yellow", "? NOT TRIED")
      : paint(output, "red", "✗ REACHED");
    const by = layer === null ? "" : ` by ${layer}`;
    const code = errno === null ? "" : ` (${revealHidden(errno)})`;
    const more = detail === "" ? "" : `: ${revealHidden(detail)}`;
    return `${mark}${by}${code}  ${id}  ${revealHidden(what)}${more}\n`;
  });
  const untried = report.lines.filter((line) => line.untried).length;
  const reached = report.lines.filter((line) => !line.refused).length - untried;
  const rest = untried > 0 ? `, ${untried} could not be tried and count as not held` : "";
  const sum = report.lines.length === 0
    ? paint(output, "red", "Nothing was tried")
    : reached > 0
    ? paint(output, "red", `${reached} of ${report.lines.length} reached${rest}`)
    : untried > 0
    ? `${report.lines.length - untried} of ${report.lines.length} refused${rest}`
    : `All ${report.lines.length} refused`;
  const notes = report.notes.map((note) => `${revealHidden(note)}\n`);
  return `${lines.join("")}${notes.join("")}${sum}\n`;
}
