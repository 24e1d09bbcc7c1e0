/**
 * One task for another command-line agent: a copy of the workspace is its folder, it runs there in a
 * cell of its own, and what it changed comes back when a person has seen it and said yes.
 *
 * Nothing of it touches the workspace before that; a file that was changed there meanwhile stays.
 */
import { AppError } from "../../base/app_error.ts";
import { decodeBase64 } from "../../base/base64.ts";
import type { RunOutcome, TreeFile } from "../../model/cells/hands.ts";
import type { HandsRuns, HandsTrees } from "../tools/hands_port.ts";
import { programsPlan } from "../tools/commands/programs_plan.ts";
import { AgentOutput } from "./agent_output.ts";
import type { FoundAgent } from "./choose_agent.ts";
import {
  isInner,
  notBrought,
  type TreeChange,
  treeChanges,
  type TreeContents,
  treeDiff,
} from "./tree_changes.ts";

/** Largest file that is copied, bytes. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Bytes and files that one message between cells carries. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_FILES = 500;
/** Files that are shown and brought back. */
const MAX_CHANGES = 1000;
/** What it may print in all before it is ended. */
const OUTPUT_BYTES = 64 * 1024 * 1024;
/** Characters of its own complaints that are kept. */
const STDERR_CHARS = 2000;

/** A claimed folder, with a cell around it: no other agent works in it. */
export interface Room {
  readonly hands: HandsTrees & Pick<HandsRuns, "runPlan">;
  /** Absolute. */
  readonly folder: string;
  /** The program as it is started there. */
  readonly program: string;
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  /** Hosts that it reached since this was asked last. */
  takeReached(): Promise<readonly string[]>;
}

/** What came of it. */
export interface Delegated {
  readonly outcome: RunOutcome;
  /** Of the agent. */
  readonly answer: string;
  /** Of its program, where it failed. */
  readonly complaint: string;
  readonly changes: readonly TreeChange[];
  /** Of the changes. */
  readonly diff: string;
  /** Files of the workspace that it did not get: links, large ones. */
  readonly leftOut: number;
  /** What it made that is not brought back, a line each. */
  readonly notBrought: readonly string[];
  /** Hosts that it reached. */
  readonly reached: readonly string[];
}

/** A workspace, and how to reach it. */
interface Tree {
  readonly hands: HandsTrees;
  readonly folder: string;
}

/**
 * Copies the workspace, runs the agent, compares.
 *
 * @param limits `copyBytes`: the largest workspace that is copied.
 * @param onProgress Takes cleaned lines on what it does.
 * @throws {AppError} `delegation.too_large`, `delegation.too_many_changes`, `hands.*`.
 */
export async function delegate(
  workspace: Tree,
  room: Room,
  run: { readonly agent: FoundAgent; readonly words: readonly string[] },
  limits: {
    readonly timeoutMs: number;
    readonly maxOutputChars: number;
    readonly copyBytes: number;
  },
  { signal, onProgress }: { readonly signal: AbortSignal; onProgress(line: string): void },
): Promise<Delegated> {
  const { files, leftOut } = await copyTree(workspace, room, limits.copyBytes, signal);
  const output = new AgentOutput(run.agent.format, limits.maxOutputChars);
  let complaint = "";
  const outcome = await room.hands.runPlan({
    plan: programsPlan([[room.program, ...run.words.slice(1)]]),
    cwd: room.folder,
    timeoutMs: limits.timeoutMs,
    outputLimitBytes: OUTPUT_BYTES,
    env: room.env,
    follow: true,
  }, {
    signal,
    ownCell: true,
    onOutput({ stream, text }) {
      if (stream === "stderr") complaint = (complaint + text).slice(-STDERR_CHARS);
      else output.add(text).forEach(onProgress);
    },
  });
  // Its cell has ended: from here on nothing changes in the folder any more.
  const after = await treeOf(room, signal);
  const changes = treeChanges(files, after.files, after.others);
  const left = notBrought(files, after.others, after.unnamable);
  if (changes.length > MAX_CHANGES) {
    throw new AppError("delegation.too_many_changes", `It changed ${changes.length} files`, {
      hint: `At most ${MAX_CHANGES} can be looked at; give it a smaller task`,
    });
  }
  const contents = await contentsOf(workspace, room, changes, signal);
  const answer = output.answer();
  return {
    outcome,
    answer,
    complaint: complaint.trim(),
    changes,
    diff: treeDiff(contents) + left.slice(0, MAX_CHANGES).map((line) => `${line}\n`).join(""),
    leftOut,
    notBrought: left,
    reached: await room.takeReached(),
  };
}

/**
 * Brings changes into the workspace; a file that is not as it was when it was copied stays.
 *
 * @returns Paths that were not changed, and why.
 */
export async function applyChanges(
  workspace: Tree,
  room: Tree,
  changes: readonly TreeChange[],
  signal: AbortSignal,
): Promise<{ path: string; why: string }[]> {
  const failed: { path: string; why: string }[] = [];
  for (const batch of batches(changes)) {
    const paths = batch.map(({ path }) => path);
    const now = await readAll(workspace, paths, signal);
    const kept = batch.filter(({ path, before }, at) => {
      if ((now[at]?.digest ?? null) === before) return true;
      failed.push({ path, why: "it was changed in the workspace meanwhile" });
      return false;
    });
    const written = kept.filter(({ kind }) => kind !== "removed");
    const fresh = await readAll(room, written.map(({ path }) => path), signal);
    const result = await workspace.hands.treeWrite({
      path: workspace.folder,
      files: written.flatMap(({ path, executable }, at) => {
        const data = fresh[at]?.data ?? null;
        return data === null ? [] : [{ path, executable, data }];
      }),
      remove: kept.filter(({ kind }) => kind === "removed").map(({ path }) => path),
    }, { signal });
    failed.push(...result.failed);
  }
  return failed;
}

async function copyTree(from: Tree, to: Tree, copyBytes: number, signal: AbortSignal) {
  const { files, leftOut, truncated } = await treeOf(from, signal);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (truncated || total > copyBytes) {
    const size = `${Math.ceil(total / 1024 / 1024)} MB`;
    throw new AppError("delegation.too_large", `The workspace is too large to copy (${size})`, {
      hint: "Start ward in a smaller folder (-w), or raise delegation.copy_mb",
    });
  }
  const copied: TreeFile[] = [];
  for (const batch of batches(files)) {
    const read = await readAll(from, batch.map(({ path }) => path), signal);
    const whole = batch.flatMap((file, at) => {
      const { digest = null, data = null } = read[at] ?? {};
      return digest === null || data === null ? [] : [{ ...file, digest, data }];
    });
    await to.hands.treeWrite({ path: to.folder, files: whole, remove: [] }, { signal });
    copied.push(...whole.map(({ data: _data, ...file }) => file));
  }
  return { files: copied, leftOut: leftOut + files.length - copied.length };
}

async function treeOf({ hands, folder }: Tree, signal: AbortSignal) {
  const tree = await hands.treeFiles({ path: folder, maxFileBytes: MAX_FILE_BYTES }, { signal });
  const files = tree.files.filter(({ path }) => isInner(path));
  return { ...tree, files, unnamable: tree.files.length - files.length };
}

async function contentsOf(
  workspace: Tree,
  room: Tree,
  changes: readonly TreeChange[],
  signal: AbortSignal,
): Promise<TreeContents[]> {
  const contents: TreeContents[] = [];
  for (const batch of batches(changes)) {
    const paths = batch.map(({ path }) => path);
    const before = await readAll(workspace, paths, signal);
    const after = await readAll(room, paths, signal);
    batch.forEach((change, at) =>
      contents.push({
        change,
        before: change.kind === "added" ? null : bytesOf(before[at]?.data),
        after: change.kind === "removed" ? null : bytesOf(after[at]?.data),
      })
    );
  }
  return contents;
}

async function readAll({ hands, folder }: Tree, paths: readonly string[], signal: AbortSignal) {
  if (paths.length === 0) return [];
  const params = { path: folder, paths, maxFileBytes: MAX_FILE_BYTES };
  const { files } = await hands.treeRead(params, { signal });
  return paths.map((path, at) => files[at]?.path === path ? files[at] : undefined);
}

function bytesOf(data: string | null | undefined): Uint8Array | null {
  return data === null || data === undefined ? null : decodeBase64(data);
}

function batches<T extends { readonly bytes: number }>(files: readonly T[]): T[][] {
  const all: T[][] = [];
  let bytes = Infinity;
  for (const file of files) {
    const last = all.at(-1);
    if (!last || bytes + file.bytes > BATCH_BYTES || last.length === BATCH_FILES) {
      all.push([file]);
      bytes = file.bytes;
    } else {
      last.push(file);
      bytes += file.bytes;
    }
  }
  return all;
}
