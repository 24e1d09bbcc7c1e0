import type { CommandPlan } from "../../model/command.ts";

/**
 * What the `hands` cell does for the kernel. Paths are absolute; relative ones are resolved by
 * the kernel against the workspace. Both sides are ward's own code, yet the kernel parses the
 * answers: a program in the cell can write to the same pipe.
 */
export interface HandsApi {
  /** Lines of a text file. */
  readFile(params: {
    path: string;
    /** First line, from 1. @default 1 */
    offset?: number | undefined;
    /** Lines at most. @default 2000 */
    limit?: number | undefined;
  }): { content: string; firstLine: number; lastLine: number; totalLines: number | null; sizeBytes: number };
  /** Writes a whole file atomically; makes parent folders. Keeps the mode of an existing file. */
  writeFile(params: { path: string; content: string }): {
    created: boolean;
    sizeBytes: number;
    diff: string;
  };
  /** Replaces exact texts, all or nothing; keeps mode, line ends and byte-order mark. */
  editFile(params: {
    path: string;
    edits: readonly { oldText: string; newText: string; replaceAll?: boolean | undefined }[];
  }): { replacements: number; diff: string };
  /** Entries of a folder, by depth. */
  listFiles(params: { path: string; depth?: number | undefined }): {
    entries: { path: string; kind: "file" | "dir" | "link" | "other"; sizeBytes: number | null }[];
    /** Entries left out by the bound. */
    omitted: number;
  };
  /** Paths that match a glob (`**` spans folders), newest first. Skips `.git` and ignored names. */
  findFiles(params: { pattern: string; path: string; limit?: number | undefined }): {
    paths: string[];
    omitted: number;
  };
  /** Lines that match a regular expression. */
  searchFiles(params: {
    pattern: string;
    path: string;
    /** Only files whose name matches this glob. */
    include?: string | undefined;
    ignoreCase?: boolean | undefined;
    limit?: number | undefined;
  }): { matches: { path: string; line: number; text: string }[]; filesSearched: number; omitted: number };
  /** What the project is: languages by files and bytes, manifests, top folders, readme head. */
  overview(params: { path: string }): {
    files: number;
    dirs: number;
    totalBytes: number;
    byExtension: { extension: string; files: number; bytes: number }[];
    notable: string[];
    topFolders: { name: string; files: number; bytes: number }[];
    truncated: boolean;
  };
  /** Runs a plan without a shell. Only programs of the cell's run list start. */
  runPlan(params: RunLimits & { plan: CommandPlan; cwd: string }): RunOutcome;
  /** Runs one exact line with `sh -c`; only in a cell made for that line. */
  runLine(params: RunLimits & { line: string; cwd: string }): RunOutcome;
}

/** Bounds and environment of a run. */
export interface RunLimits {
  timeoutMs: number;
  /** Bytes of stdout and stderr kept together; the rest is read and dropped, and counted. */
  outputLimitBytes: number;
  /** The whole environment of the programs. */
  env: Readonly<Record<string, string>>;
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

/** Methods of {@linkcode HandsApi}, for the wire. */
export const HANDS_METHODS = [
  "readFile",
  "writeFile",
  "editFile",
  "listFiles",
  "findFiles",
  "searchFiles",
  "overview",
  "runPlan",
  "runLine",
] as const;
