/** `ward instructions` and its subcommands. */
import { type CommandContext, print } from "./context.ts";
import { loadInstructions } from "../instructions.ts";
import { prompterOf } from "../prompting.ts";
import type { Prompter } from "../../surfaces/prompts/prompter.ts";
import { UsageError } from "../../base/app_error.ts";
import { systemClock } from "../../host/process/system.ts";
import { terminalSize } from "../../host/process/terminal.ts";
import { countHidden, isWaiting } from "../../kernel/instructions/read_instructions.ts";
import {
  type ApprovedInstructions,
  INSTRUCTION_FILES,
  type InstructionFile,
} from "../../model/conversation/instructions.ts";
import {
  formatForApproval,
  formatInstructions,
} from "../../surfaces/cli/format/format_instructions.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";

/** Prints the files of this workspace with their states. */
export async function instructions(context: CommandContext): Promise<number> {
  const { workspace } = context.ward.start.settings;
  const files = await loadInstructions(context.ward);
  const rows = files.map(({ name, state, hash, problem }) => ({ name, state, hash, problem }));
  print(
    context,
    { workspace, files: rows },
    () => formatInstructions(files, workspace, context.stdout),
  );
  return 0;
}

/** Shows what waits for approval and stores the user's yes, by content. */
export async function approveInstructions(
  command: Extract<ParsedCommand, { type: "instructions_approve" }>,
  context: CommandContext,
): Promise<number> {
  const { ward } = context;
  const { workspace } = ward.start.settings;
  const all = await loadInstructions(ward);
  const named = command.name === null ? null : fileName(command.name);
  const files = all.filter(({ name }) => named === null || name === named);
  if (files.length === 0) {
    throw new UsageError(
      "instructions.none",
      `Nothing to approve: no ${named ?? "AGENTS.md or CLAUDE.md"} in "${workspace}"`,
      { hint: "Name the folder with -w" },
    );
  }
  const broken = files.find((file) => file.state === "unusable");
  if (broken && (named !== null || files.length === 1)) {
    throw new UsageError(
      "instructions.unusable",
      `Cannot approve "${broken.name}": ${broken.problem}`,
      { hint: "Put a short text file in its place" },
    );
  }
  const waiting = files.filter(isWaiting);
  const prompter = command.yes ? null : prompterOf(context);
  if (waiting.length > 0 && !command.yes && !prompter) {
    throw new UsageError("instructions.confirm", "Will not approve what nobody has seen", {
      hint: "Run it in a terminal, or add --yes once you have read the file",
    });
  }
  const approved: string[] = [];
  for (const file of waiting) {
    const counts = await askToApprove(file, prompter, context, "command line");
    if (counts) approved.push(counts.name);
  }
  print(
    context,
    { workspace, approved },
    () =>
      approved.length > 0
        ? `Approved ${approved.join(", ")} in this workspace\n`
        : waiting.length > 0
        ? "Nothing was approved\n"
        : "Approved already, and unchanged\n",
  );
  return waiting.length > 0 && approved.length === 0 ? 1 : 0;
}

/** Takes approvals back; a running session keeps what it began with. */
export async function revokeInstructions(
  command: Extract<ParsedCommand, { type: "instructions_revoke" }>,
  context: CommandContext,
): Promise<number> {
  const { store, start } = context.ward;
  const { workspace } = start.settings;
  const named = command.name === null ? null : fileName(command.name);
  const known = (await store.listInstructions(workspace))
    .filter(({ name }) => named === null ? isInstructions(name) : name === named);
  for (const { name, hash } of known) {
    await store.revokeInstructions({ workspace, name }, [{
      kind: "revoke",
      sessionId: null,
      subject: `instructions ${name}`,
      detail: { workspace, hash },
    }]);
  }
  const revoked = known.map(({ name }) => name);
  print(
    context,
    { workspace, revoked },
    () => revoked.length > 0 ? `Revoked ${revoked.join(", ")}\n` : "Nothing was approved here\n",
  );
  return 0;
}

/**
 * Shows a file that waits, or how it differs from what was approved, asks, and stores a yes.
 *
 * @param prompter Null takes a yes for granted and shows nothing.
 * @param by Where it was said, for the audit log.
 * @param title The question. @default that of instructions
 * @returns What counts from now on; null after a no.
 * @throws {StoppedError} On Ctrl-C.
 */
export async function askToApprove(
  file: InstructionFile,
  prompter: Prompter | null,
  { ward, stderr }: CommandContext,
  by: "command line" | "conversation",
  title?: string,
): Promise<ApprovedInstructions | null> {
  const { name, hash, text } = file;
  if (hash === null || text === null) return null;
  if (prompter) {
    const { columns } = terminalSize();
    stderr.write(formatForApproval(file, countHidden(text), stderr, columns));
    if (!await prompter.confirm({ title: title ?? instructionsTitle(name) })) return null;
  }
  const { workspace } = ward.start.settings;
  const approved = { workspace, name, hash, text };
  await ward.store.approveInstructions(approved, [{
    kind: "grant",
    sessionId: null,
    subject: `instructions ${name}`,
    detail: { workspace, hash, by },
  }]);
  return { ...approved, atMs: systemClock.now() };
}

/** Not the file with MCP servers, which is approved and forgotten by `ward mcp`. */
function isInstructions(name: string): boolean {
  return INSTRUCTION_FILES.some((one) => one === name);
}

function instructionsTitle(name: string): string {
  return `Take ${name} as your instructions in this workspace?`;
}

function fileName(given: string): string {
  const found = INSTRUCTION_FILES.find((name) => name.toLowerCase() === given.toLowerCase());
  if (found) return found;
  throw new UsageError("instructions.unknown", `"${given}" cannot hold instructions`, {
    hint: `Allowed: ${INSTRUCTION_FILES.join(", ")}`,
  });
}
