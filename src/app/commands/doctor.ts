/** `ward doctor [--prove]`: what is wrong, and what must fail tried live. Changes nothing. */
import { type CommandContext, print } from "./context.ts";
import { layers, statusReport } from "./status.ts";
import { prove } from "../prove.ts";
import type { DoctorCheck, DoctorReport } from "../../model/report.ts";
import { formatDoctor, isDoctorRed } from "../../surfaces/cli/format/format_doctor.ts";

/** Prints the checks; 1 when one is red. */
export async function doctor(withProof: boolean, context: CommandContext): Promise<number> {
  const { ward } = context;
  const status = await statusReport(ward);
  const sandbox = await ward.hands.sandbox();
  const layer = layers(sandbox, ward.start.settings.commands.withoutSandbox)
    .find(({ name }) => name === "os");
  const checks: DoctorCheck[] = [
    {
      id: "config",
      severity: "ok",
      message: status.hasConfig
        ? `configuration: ${status.configPath}`
        : "configuration: no config.toml, defaults are in force",
      fix: null,
    },
    {
      id: "sandbox",
      severity: sandbox.kind === "none" ? "error" : "ok",
      message: `sandbox: ${layer?.detail ?? ""}`,
      fix: sandbox.fix,
    },
    {
      id: "database.key",
      severity: ward.key.source === "file" ? "info" : "ok",
      message: ward.key.warning ?? `database key: from the ${ward.key.source}`,
      fix: ward.key.source === "file"
        ? "A keychain (secret-tool, or macOS) keeps it apart from the disk"
        : null,
    },
    {
      id: "provider",
      severity: status.provider.name === null
        ? "error"
        : status.provider.name === "builtin"
        ? "info"
        : "ok",
      message: `provider: ${status.provider.name ?? "none"}, ${status.provider.why}`,
      fix: status.provider.name === "builtin"
        ? "Set ANTHROPIC_API_KEY or OPENAI_API_KEY, WARD_API_BASE for a compatible address, or start Ollama"
        : null,
    },
    ...ward.hands.limitsNotInForce.map((limit): DoctorCheck => ({
      id: "limits",
      severity: "warn",
      message: `limit not in force: ${limit}`,
      fix: null,
    })),
    ...status.warnings.filter((warning) => warning !== ward.key.warning).map((
      warning,
    ): DoctorCheck => ({
      id: "start",
      severity: "warn",
      message: warning,
      fix: null,
    })),
  ];
  const report: DoctorReport = { checks, prove: withProof ? await prove(ward) : null };
  print(context, report, () => formatDoctor(report, context.stdout));
  return isDoctorRed(report) ? 1 : 0;
}
