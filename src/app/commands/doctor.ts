/** `ward doctor`: what is wrong and how to mend it; what must fail, tried live; what is safe to mend. */
import { print, type ProfileContext } from "./context.ts";
import { applyFixes } from "../doctor/apply_fixes.ts";
import { gather, type GatherInputs } from "../doctor/gather.ts";
import { problemOf } from "../doctor/problem_of.ts";
import { prove } from "../cells/proof/prove.ts";
import { prompterOf } from "../prompting.ts";
import { startProcess } from "../start/process.ts";
import { openWard, type Ward } from "../ward.ts";
import { resolveHome } from "../../host/home.ts";
import type { Machine } from "../../host/process/machine.ts";
import { machineFor } from "../start/machine_for.ts";
import type { Problem } from "../../kernel/doctor/facts.ts";
import { exitCode, judge } from "../../kernel/doctor/judge.ts";
import { planFixes } from "../../kernel/doctor/plan_fixes.ts";
import type { DoctorFix, DoctorReport } from "../../model/report.ts";
import { formatDoctor, formatFixes } from "../../surfaces/cli/format/format_doctor.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";

type DoctorCommand = Extract<ParsedCommand, { type: "doctor" }>;

/**
 * Prints the findings.
 *
 * @param machine What is found on the machine; the proof's own test puts a weaker sandbox in.
 * @returns 0 all fine, 1 warnings, 2 errors; with `--prove` 1 when something was reached.
 */
export async function doctor(
  command: DoctorCommand,
  context: ProfileContext,
  machine: Machine = machineFor(context.profile.environment),
): Promise<number> {
  const { profile } = context;
  const { workspace, model, offline } = command;
  const opened = command.prove ? await openForProof(command, context, machine) : null;
  const ward = opened && "ward" in opened ? opened.ward : null;
  try {
    const inputs: GatherInputs = {
      profile,
      machine,
      workspace,
      model,
      offline,
      ward,
      proveProblem: opened && "problem" in opened ? opened.problem : null,
    };
    const facts = await gather(inputs);
    let report: DoctorReport = {
      checks: judge(facts),
      fixes: planFixes(facts),
      mended: [],
      prove: ward ? await prove(ward) : null,
    };
    if (command.fix && report.fixes.length > 0 && await mayMend(report.fixes, command, context)) {
      const mended = applyFixes(report.fixes);
      const after = await gather(inputs);
      report = { ...report, checks: judge(after), fixes: planFixes(after), mended };
    }
    print(context, report, () => formatDoctor(report, context.stdout));
    return exitCode(report, command.prove);
  } finally {
    await ward?.close();
  }
}

/** The proof is made in the real profile, so this makes what is missing. */
async function openForProof(
  { workspace, profile: name }: DoctorCommand,
  { profile }: ProfileContext,
  machine: Machine,
): Promise<{ ward: Ward } | { problem: Problem }> {
  try {
    const { environment: { variables }, cwd } = profile;
    resolveHome({ variables, osHome: variables["HOME"] ?? null, cwd, profile: name });
    return { ward: await openWard(startProcess(profile, { workspace }), machine) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** Shows what would change and asks; elsewhere than in a terminal only `--yes` allows it. */
async function mayMend(
  fixes: readonly DoctorFix[],
  { yes }: DoctorCommand,
  context: ProfileContext,
): Promise<boolean> {
  const { stderr } = context;
  stderr.write(formatFixes(fixes, stderr));
  if (yes) return true;
  const prompter = prompterOf(context);
  if (prompter) return await prompter.confirm({ title: "Mend this?" });
  stderr.write("Nothing was changed: add --yes to mend this\n");
  return false;
}
