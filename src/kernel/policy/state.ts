import type { SandboxKind } from "../../model/cells/cell.ts";
import type { OutsideRead } from "../../model/conversation/outside.ts";
import type { Grant } from "../../model/cells/permission.ts";

/** What policy decides from. Paths are absolute and normalised. */
export interface PolicyState {
  readonly workspace: string;
  /** Ward's home: configuration, keys, state. Nobody but the kernel and the store. */
  readonly home: string;
  readonly dataDir: string;
  /** The same of other profiles. */
  readonly others: readonly string[];
  /** Profile that the command line named, for the commands that are told. @default null */
  readonly profile?: string | null | undefined;
  /** Saved whole outputs, readable by `hands`. */
  readonly outputDir: string;
  /** The user's home folder, whose key folders are masked. */
  readonly osHome: string;
  /** Ward's own code and runtime: never writable. */
  readonly selfPaths: readonly string[];
  /** Prefix rules of `commands.allow`. */
  readonly allow: readonly string[];
  readonly sandbox: SandboxKind | "none";
  readonly commandsWithoutSandbox: boolean;
  /** Grants that count now, of all compartments. */
  readonly grants: readonly Grant[];
  /** What the session read from outside; null: nothing, or it is lifted. */
  readonly taint: OutsideRead | null;
  /** Whether whoever began the turn is trusted: else everything asks. */
  readonly trusted: boolean;
  /** Whether the user wrote this very address in this session. */
  saidByUser(address: string): boolean;
  /** Where a program is on this machine; null when absent. */
  findProgram(name: string): string | null;
  /** Whether what a program changes must have been seen first. */
  readonly verifyPaths: boolean;
  /** Whether something is at a path. */
  exists(path: string): boolean;
  /** Where a path leads; the path itself when it does not exist. */
  realPath(path: string): string;
}
