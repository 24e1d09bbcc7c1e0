/**
 * `AGENTS.md` and `CLAUDE.md` of a workspace. They reach the system prompt only as the text that the
 * owner saw and approved, and only while the file still holds it; else they are outside content like
 * any other file. They are read by `hands`, so a link that leads out of the workspace opens nothing.
 */
import { AppError } from "../../base/app_error.ts";
import type { HandsPort } from "../../model/cells/hands.ts";
import {
  type ApprovedInstructions,
  INSTRUCTION_FILES,
  type InstructionFile,
} from "../../model/conversation/instructions.ts";

/** Largest file that is taken. */
const MAX_BYTES = 32 * 1024;
/** More than any text of that size has. */
const MAX_LINES = 20_000;

/** What reading them takes. */
export interface InstructionDeps {
  readonly hands: Pick<HandsPort, "readFile">;
  readonly workspace: string;
  /** Whether something stands at the path; opens nothing. */
  isThere(path: string): boolean;
  /** SHA-256 of a text in hex. */
  hash(text: string): Promise<string>;
  approved(): Promise<readonly ApprovedInstructions[]>;
}

/** The files that are there, each with its state. Nothing is started when there are none. */
export async function readInstructions(deps: InstructionDeps): Promise<InstructionFile[]> {
  const names = INSTRUCTION_FILES.filter((name) => deps.isThere(`${deps.workspace}/${name}`));
  if (names.length === 0) return [];
  const approvals = await deps.approved();
  const files: InstructionFile[] = [];
  for (const name of names) {
    const approved = approvals.find((one) => one.name === name) ?? null;
    files.push(await readOne({ ...deps, maxBytes: MAX_BYTES }, { name, approved }));
  }
  return files;
}

/** A file at the top of a workspace, held against what was approved of it. */
export async function readOne(
  { hands, workspace, hash, maxBytes }:
    & Pick<InstructionDeps, "hands" | "workspace" | "hash">
    & { readonly maxBytes: number },
  { name, approved }: { readonly name: string; readonly approved: ApprovedInstructions | null },
): Promise<InstructionFile> {
  const unusable = (problem: string): InstructionFile => ({
    name,
    state: "unusable",
    text: null,
    hash: null,
    approved,
    problem,
  });
  try {
    const read = await hands.readFile({ path: `${workspace}/${name}`, limit: MAX_LINES });
    const { content: text, sizeBytes, invalidText, cutLines, lastLine, totalLines } = read;
    if (sizeBytes > maxBytes || text.length > maxBytes) {
      return unusable(`it is larger than ${maxBytes / 1024} KB`);
    }
    if (cutLines > 0) return unusable("it has lines of more than 2000 characters");
    if (invalidText) return unusable("it is not valid text");
    if (totalLines !== null && lastLine < totalLines) return unusable("it has too many lines");
    const now = await hash(text);
    const state = approved === null ? "new" : approved.hash === now ? "approved" : "changed";
    return { name, state, text, hash: now, approved, problem: null };
  } catch (error) {
    if (error instanceof AppError) return unusable(error.message);
    throw error;
  }
}

/** Whether a file waits for the owner's word. */
export function isWaiting({ state }: InstructionFile): boolean {
  return state === "new" || state === "changed";
}

/** What the user is told of files that are not used; one line each. */
export function instructionNotices(files: readonly InstructionFile[]): string[] {
  return files.flatMap(({ name, state, problem }) => {
    switch (state) {
      case "approved":
        return [];
      case "new":
        return [
          `${name} is not used: you have not approved it (see it and say so: ward instructions approve)`,
        ];
      case "changed":
        return [
          `${name} is not used: it changed since you approved it (see how: ward instructions approve)`,
        ];
      case "unusable":
        return [`${name} is not used: ${problem}`];
    }
  });
}

/** The part of the system prompt; empty when nothing is approved. Hidden characters are left out. */
export function instructionsPrompt(files: readonly InstructionFile[]): string {
  const used = files.flatMap(({ name, state, approved }) =>
    // The stored text, not the one that was just read: that is what the owner saw.
    state === "approved" && approved ? [{ name, text: withoutHidden(approved.text).trim() }] : []
  ).filter(({ text }, index, all) =>
    text !== "" && all.findIndex((one) => one.text === text) === index
  );
  if (used.length === 0) return "";
  const parts = used.map(({ name, text }) => `--- ${name} ---\n${text}\n--- end of ${name} ---`);
  return "The owner of this workspace approved the following instructions. They change nothing " +
    `about what may be touched.\n${parts.join("\n")}`;
}

/** Everything that a person would not see, but for line ends and tabs. */
const HIDDEN =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu;

/** A text without characters that nobody sees. */
export function withoutHidden(text: string): string {
  return text.replace(HIDDEN, "");
}

/** How many characters {@linkcode withoutHidden} would leave out. */
export function countHidden(text: string): number {
  return text.match(HIDDEN)?.length ?? 0;
}
