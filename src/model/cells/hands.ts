/**
 * What the `hands` compartment does for the kernel, seen from both sides. Paths in are absolute:
 * the kernel resolves relative ones against the workspace. Both sides are ward's own code, yet the
 * kernel parses every answer: a program in the cell can write to the same pipe.
 */
import type { CommandPlan } from "./command.ts";
import type { CellVariant, Grant } from "./permission.ts";

/** Methods of `hands`, as they are inside it. */
export interface HandsApi {
  /** Lines of a text file. */
  readFile(params: ReadFileParams): ReadFileResult;
  /**
   * Writes a whole file atomically; makes parent folders. Keeps mode, byte-order mark and line ends
   * of an existing file.
   */
  writeFile(params: { path: string; content: string }): FileChange & {
    created: boolean;
    sizeBytes: number;
  };
  /** Whether an existing file could be written; changes nothing. */
  checkWrite(params: { path: string }): { writable: true };
  /** Replaces exact texts in order, all or nothing; keeps mode, line ends and byte-order mark. */
  editFile(params: { path: string; edits: readonly TextEdit[] }): FileChange & {
    replacements: number;
    sizeBytes: number;
  };
  /** Entries of a folder, by depth, in order of names. Folders that are skipped are only named. */
  listFiles(params: {
    path: string;
    /** Levels of folders. @default 1 */
    depth?: number | undefined;
    /** Names of skipped folders to enter all the same. @default [] */
    enter?: readonly string[] | undefined;
  }): {
    /** Paths are relative to the listed folder. */
    entries: FileEntry[];
    /** Entries left out by the bound. */
    omitted: number;
    /** Folders that could not be read. */
    unreadable: number;
    /** The bound on entries looked at was reached: there may be more. */
    truncated: boolean;
  };
  /** What a path leads to; null: there is nothing. */
  fileFacts(params: { path: string }): { fact: FileFact | null };
  /** Files that match a glob, newest first. */
  findFiles(params: {
    pattern: CompiledGlob;
    path: string;
    enter?: readonly string[] | undefined;
    /** @default 500 */
    limit?: number | undefined;
  }): {
    /** Relative to the folder. */
    paths: string[];
    omitted: number;
    unreadable: number;
    truncated: boolean;
  };
  /** Lines that match a regular expression. Links are not followed. */
  searchFiles(params: SearchParams): SearchResult;
  /** What the project is: files by extension, manifests, top folders, head of the readme. */
  overview(params: { path: string }): OverviewResult;
  /** The files of a folder with what is in them, in short; skipped folders and links left out. */
  treeFiles(params: { path: string; maxFileBytes: number }): {
    files: TreeFile[];
    /** What is there and is no such file. */
    others: TreeOther[];
    /** Links, and files that are too large or could not be read. */
    leftOut: number;
    truncated: boolean;
  };
  /** Files of a folder, whole. */
  treeRead(params: { path: string; paths: readonly string[]; maxFileBytes: number }): {
    /** In the order asked for, each with where it is behind links; null: gone, too large, no file. */
    files: { path: string; real: string | null; digest: string | null; data: string | null }[];
  };
  /** Puts files into a folder and takes others away; what fails is named, the rest is done. */
  treeWrite(params: {
    path: string;
    files: readonly { path: string; executable: boolean; data: string }[];
    remove: readonly string[];
  }): { failed: { path: string; why: string }[] };
  /** Runs a plan without a shell. Only programs of the cell's run list start. */
  runPlan(params: RunLimits & { plan: CommandPlan; cwd: string }): RunOutcome;
  /** Runs one exact line with `sh -c`; only in a cell made for that line. */
  runLine(params: RunLimits & { line: string; cwd: string }): RunOutcome;
}

/** {@linkcode HandsApi} as the kernel calls it. */
export type HandsPort = {
  [M in keyof HandsApi]: (
    params: Parameters<HandsApi[M]>[0],
    options?: HandsCallOptions,
  ) => Promise<ReturnType<HandsApi[M]>>;
};

/** Options of a call. */
export interface HandsCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Which cell; the warm one if left out. */
  readonly variant?: CellVariant | undefined;
  /** A cell for this call alone, whatever the variant. @default false */
  readonly ownCell?: boolean | undefined;
  /** Grants of which a use was taken for this call: it has a cell for itself. @default [] */
  readonly leased?: readonly Grant[] | undefined;
  /** Takes the output of a run with `follow` as it comes. */
  readonly onOutput?: ((chunk: RunOutput) => void) | undefined;
}

/** Output of a run as it comes. */
export interface RunOutput {
  readonly stream: "stdout" | "stderr";
  /** Empty in the first one, which says that the run begins. */
  readonly text: string;
}

/** Which lines of which file. */
export interface ReadFileParams {
  path: string;
  /** First line, from 1. @default 1 */
  offset?: number | undefined;
  /** Lines at most. @default 2000 */
  limit?: number | undefined;
}

/** Lines as they were read. */
export interface ReadFileResult {
  /** Lines joined by LF, without the byte-order mark; long ones cut, with a mark. */
  content: string;
  firstLine: number;
  /** One less than `firstLine` when there is no such line. */
  lastLine: number;
  /** Null when the file was not read to its end. */
  totalLines: number | null;
  sizeBytes: number;
  encoding: "utf-8" | "utf-16le" | "utf-16be";
  /** Bytes that are no text of that encoding are shown as U+FFFD. */
  invalidText: boolean;
  /** Lines shown that end in CR LF. */
  crlfLines: number;
  /** Lines shown that were cut. */
  cutLines: number;
}

/** One replacement. */
export interface TextEdit {
  oldText: string;
  newText: string;
  /** Replaces every occurrence. @default false */
  replaceAll?: boolean | undefined;
}

/** What a change did; texts are null when they are none or too large to compare. */
export interface FileChange {
  /** False when the file was filled in place, because its folder may not be written. */
  atomic: boolean;
  /** Null also when there was no file. */
  before: string | null;
  after: string | null;
}

/** An entry of a folder. */
export interface FileEntry {
  path: string;
  kind: "file" | "dir" | "link" | "other";
  /** Of files, where known. */
  sizeBytes: number | null;
}

/** What a path leads to, links followed. */
export interface FileFact {
  kind: "file" | "folder" | "special file";
  sizeBytes: number;
  /** Since the epoch; null where the file system does not say. */
  modifiedMs: number | null;
}

/** A glob compiled in the kernel, because the cell loads no package. */
export interface CompiledGlob {
  /** Source of a regular expression without flags. */
  regex: string;
  /** What it is matched against: the last name or the path relative to the folder. */
  on: "name" | "path";
}

/** A file of a folder. */
export interface TreeFile {
  /** Relative to the folder. */
  path: string;
  /** Of its content: SHA-256, hexadecimal. */
  digest: string;
  executable: boolean;
  bytes: number;
}

/** Something in a folder that is not carried along. */
export interface TreeOther {
  /** Relative to the folder. */
  path: string;
  /** `large`: a file that is too large or could not be read. */
  kind: "link" | "large" | "other";
}

/** What to search for, and where. */
export interface SearchParams {
  pattern: string;
  /** A folder or a file. */
  path: string;
  /** Only files that match. */
  include?: CompiledGlob | undefined;
  ignoreCase?: boolean | undefined;
  enter?: readonly string[] | undefined;
  /** Matching lines at most. @default 200 */
  limit?: number | undefined;
}

/** Matching lines in order of paths. */
export interface SearchResult {
  /** Paths are relative to the folder; empty when `path` was a file. */
  matches: { path: string; line: number; text: string }[];
  filesSearched: number;
  /** The bound on matches was reached: the search ended there. */
  more: boolean;
  /** The pattern is no regular expression and was searched for as text. */
  literal: boolean;
  skippedBinary: number;
  skippedLarge: number;
  unreadable: number;
  /** Lines of which only the beginning was searched. */
  longLines: number;
  truncated: boolean;
}

/** A project at a glance. */
export interface OverviewResult {
  files: number;
  dirs: number;
  totalBytes: number;
  byExtension: { extension: string; files: number; bytes: number }[];
  /** Manifests, readmes and licences, relative. */
  notable: string[];
  topFolders: { name: string; files: number; bytes: number }[];
  /** First lines of the readme, or empty. */
  readmeHead: string;
  unreadable: number;
  truncated: boolean;
}

/** Bounds and environment of a run. */
export interface RunLimits {
  timeoutMs: number;
  /** Bytes of stdout and stderr kept together; the rest is read and dropped, and counted. */
  outputLimitBytes: number;
  /** The whole environment of the programs. */
  env: Readonly<Record<string, string>>;
  /** Output is given as it comes, and none at the end. @default false */
  follow?: boolean | undefined;
}

/** What a run gave. */
export interface RunOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Bytes dropped beyond the limit. */
  droppedBytes: number;
  /** Set when a limit ended it. */
  endedBy: "timeout" | "output" | null;
  durationMs: number;
  /** Programs as they were started, words after expansion. */
  started: string[][];
}

/**
 * Folders that a walk names but does not enter; `.git` never, the others unless the path or the
 * pattern names them. `.gitignore` is not read: what is searched must not depend on a file that any
 * program may write.
 */
export const SKIPPED_FOLDERS = [
  ".git",
  "node_modules",
  "target",
  "dist",
  ".venv",
  "__pycache__",
] as const;
