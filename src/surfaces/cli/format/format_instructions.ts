import { createTwoFilesPatch } from "diff";
import type { InstructionFile } from "../../../model/conversation/instructions.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";
import { shownRows } from "./shown_rows.ts";

/** Changed lines after which the whole text is shown: comparing would take seconds. */
const MAX_DIFF_LINES = 2000;

const STATES: Readonly<Record<InstructionFile["state"], string>> = {
  approved: "approved, used",
  new: "not approved, not used",
  changed: "changed since you approved it, not used",
  unusable: "not usable",
};

/** `ward instructions` for people. */
export function formatInstructions(
  files: readonly InstructionFile[],
  workspace: string,
  output: Output,
): string {
  if (files.length === 0) return `No AGENTS.md or CLAUDE.md in ${revealHidden(workspace)}\n`;
  const lines = files.map(({ name, state, problem }) => {
    const tone = state === "approved" ? "green" : state === "unusable" ? "red" : "yellow";
    const why = problem === null ? "" : `: ${revealHidden(problem)}`;
    return `${name}  ${paint(output, tone, STATES[state])}${why}\n`;
  });
  return `${paint(output, "dim", revealHidden(workspace))}\n${lines.join("")}`;
}

/**
 * What is approved, with everything hidden shown: the whole text, or how it differs from what was
 * approved before. Each line begins with a bar and goes on moved in, so that none can look like
 * ward's own.
 *
 * @param hidden How many characters of it nobody would see.
 * @param columns Of the screen.
 */
export function formatForApproval(
  { name, hash, text, approved }: InstructionFile,
  hidden: number,
  output: Output,
  columns: number,
): string {
  const patch = approved === null ? undefined : createTwoFilesPatch(
    `${name} as approved`,
    `${name} now`,
    approved.text,
    text ?? "",
    "",
    "",
    { maxEditLength: MAX_DIFF_LINES },
  );
  const rows = shownRows(patch ?? text ?? "", patch !== undefined, output, columns);
  const note = hidden === 0 ? "" : paint(
    output,
    "yellow",
    `! ${hidden} hidden characters are shown as escapes; the model gets the text without them`,
  ) + "\n";
  return `${paint(output, "bold", name)}  ${
    paint(output, "dim", `sha256 ${(hash ?? "").slice(0, 16)}…`)
  }\n${rows}${note}`;
}
