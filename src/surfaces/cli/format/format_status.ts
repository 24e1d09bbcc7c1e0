import type { StatusReport } from "../../../model/report.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** `ward status` for people. */
export function formatStatus(report: StatusReport, output: Output): string {
  const { provider, workspace } = report;
  const key = provider.keySource === null ? "no key needed" : `key from ${provider.keySource}`;
  const sources = {
    default: "ward's own",
    file: "from the configuration",
    variable: "from WARD_WORKSPACE",
    flag: "from -w",
  } as const;
  const rows: [string, string][] = [
    ["version", report.version],
    ["provider", `${provider.name}: ${provider.why}; ${key}`],
    ...(provider.model === "" ? [] : [["model", provider.model] as [string, string]]),
    ["workspace", `${workspace.path} (${sources[workspace.source]})`],
    ["home", report.home],
    ["config", report.hasConfig ? report.configPath : `${report.configPath} (not there)`],
    ...(report.sessions === null
      ? []
      : [["sessions", String(report.sessions)] as [string, string]]),
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(10)} ${revealHidden(value)}`);
  const tones = { "in force": "green", reduced: "yellow", off: "red" } as const;
  for (const layer of report.layers) {
    lines.push(
      `${`${layer.name} layer`.padEnd(14)} ${paint(output, tones[layer.state], layer.state)}: ` +
        revealHidden(layer.detail),
    );
  }
  if (report.limitsNotInForce.length > 0) {
    lines.push(paint(output, "yellow", `not limited: ${report.limitsNotInForce.join(", ")}`));
  }
  for (const warning of report.warnings) {
    lines.push(paint(output, "yellow", `! ${revealHidden(warning)}`));
  }
  return lines.join("\n") + "\n";
}
