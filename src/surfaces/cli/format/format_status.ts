import type { StatusReport, WebhookState } from "../../../model/report.ts";
import { MODE_TEXTS } from "../../../kernel/policy/modes.ts";
import { taintText } from "./format_taint.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** Width of the first column. */
const NAME_WIDTH = 15;

/** `ward status` for people. */
export function formatStatus(report: StatusReport, output: Output): string {
  const { provider, workspace, profile } = report;
  const key = provider.keySource === null ? "" : `; key from ${provider.keySource}`;
  const sources = {
    default: "ward's own",
    file: "from the configuration",
    variable: "from WARD_WORKSPACE",
    flag: "from -w",
  } as const;
  const modeSources = {
    ...sources,
    default: "nothing else was set",
    variable: "from a variable",
    flag: "from --mode",
  };
  const chosen = {
    default: "nothing else was chosen",
    sticky: "by ward profile use",
    variable: "from WARD_HOME",
    flag: "from -p",
  } as const;
  const rows: [string, string][] = [
    ["version", report.version],
    ["provider", `${provider.name ?? "none"}: ${provider.why}${key}`],
    ...(provider.model === "" ? [] : [["model", provider.model] as [string, string]]),
    ...report.roles.filter(({ model, from }) => model !== null && !from.startsWith("as "))
      .map(({ role, model, from }): [string, string] => [role, `${model} (${from})`]),
    ...report.found.map(({ provider: name, from, problem }, at): [string, string] => [
      at === 0 ? "found" : "",
      `${name}: ${from}${problem === null ? "" : `; ${problem}`}`,
    ]),
    ["workspace", `${workspace.path} (${sources[workspace.source]})`],
    ["profile", `${profile.name ?? "none"} (${chosen[profile.source]})`],
    [
      "mode",
      `${report.mode.name} (${modeSources[report.mode.source]}): ${MODE_TEXTS[report.mode.name]}`,
    ],
    ["outside", taintText(report.outside)],
    ["HTTP API", apiText(report.api)],
    ...report.webhooks.map((one): [string, string] => [`webhook ${one.name}`, hookText(one)]),
    ["home", report.home],
    ["config", report.hasConfig ? report.configPath : `${report.configPath} (not there)`],
  ];
  const lines = rows.map(([name, value]) =>
    `${name.padEnd(NAME_WIDTH - 1)} ${revealHidden(value)}`
  );
  const tones = { "in force": "green", reduced: "yellow", off: "red" } as const;
  for (const layer of report.layers) {
    lines.push(
      `${layer.name} layer`.padEnd(NAME_WIDTH) + paint(output, tones[layer.state], layer.state) +
        `: ${revealHidden(layer.detail)}`,
    );
    if (layer.fix !== null) lines.push(`${"".padEnd(NAME_WIDTH)}→ ${revealHidden(layer.fix)}`);
  }
  for (const { problem } of report.roles) {
    if (problem !== null) lines.push(paint(output, "yellow", `! ${revealHidden(problem)}`));
  }
  for (const limit of report.limitsNotInForce) {
    lines.push(paint(output, "yellow", `! Limit not in force: ${limit}`));
  }
  for (const warning of report.warnings) {
    lines.push(paint(output, "yellow", `! ${revealHidden(warning)}`));
  }
  return lines.join("\n") + "\n";
}

function apiText(api: StatusReport["api"]): string {
  return api === null
    ? "off: it has no token (ward secrets set api-token)"
    : `${api.address} while ward start runs; token from ${api.tokenSource}`;
}

function hookText({ url, pending, delivered, givenUp, problem }: WebhookState): string {
  const counts = [
    `${pending} waiting`,
    `${delivered} delivered`,
    ...givenUp === 0 ? [] : [`${givenUp} given up`],
  ];
  return `${url}: ${counts.join(", ")}${problem === null ? "" : `; ${problem}`}`;
}
