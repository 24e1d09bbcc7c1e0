import type { EgressRefusal } from "../../../model/cells/egress.ts";
import type { Tool } from "../../ports.ts";
import type { HandsRuns } from "../hands_port.ts";
import type { BackgroundCommands } from "./background.ts";
import { createBackgroundTool } from "./background_tool.ts";
import { createGitCommitTool } from "./git_commit_tool.ts";
import { createGitInfoTool } from "./git_info_tool.ts";
import { createRunTool } from "./run_tool.ts";

/** What the command tools need. */
export interface CommandToolDeps {
  readonly hands: HandsRuns;
  /** Absolute real path; also the programs' home. */
  readonly workspace: string;
  /** The whole environment of the programs: see `childEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** The user's git identity, read as data; null where there is none. */
  readonly author: { readonly name: string | null; readonly email: string | null };
  /** `ask`: a line with operators is always asked about. */
  readonly operators: "allow" | "ask";
  /** Time of a run if the call gives none. */
  readonly timeoutMs: number;
  /** Bytes of stdout and stderr kept together. */
  readonly outputLimitBytes: number;
  readonly background: BackgroundCommands;
  /** What programs asked of the network and did not get since this was asked last. */
  takeRefused(): Promise<readonly EgressRefusal[]>;
  /** Hosts that programs reached since this was asked last. */
  takeReached(): readonly string[];
  /** Whether no sandbox holds what runs now, its network neither. @default never */
  isUnconfined?(): boolean;
  /** Beginning of the command by which the user grants them a host. */
  readonly hostCommand: string;
}

/** The tools `run`, `background`, `git_info` and `git_commit`. */
export function createCommandTools(deps: CommandToolDeps): Tool[] {
  return [
    createRunTool(deps),
    createBackgroundTool(deps.background, deps.takeReached, () => deps.isUnconfined?.() ?? false),
    createGitInfoTool(deps),
    createGitCommitTool(deps),
  ] as Tool[];
}
