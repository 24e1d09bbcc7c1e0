/**
 * Command-line agents that ward knows, in the order in which they are chosen, and how each is
 * started: `args` asks for no more than edits of files in its folder; `unattendedArgs` lets it do
 * all that it can, for an owner who wants that. `{prompt}` is where the task goes.
 *
 * Sources: the reference of each program's options (Claude Code CLI reference; Gemini CLI headless
 * mode; Codex `exec`; GitHub Copilot CLI programmatic use; aider options).
 */

/** How a program tells what it does: plain text, or JSON lines of its own form. */
export const AGENT_FORMATS = ["text", "claude", "gemini", "codex"] as const;

/** One of {@linkcode AGENT_FORMATS}. */
export type AgentFormat = typeof AGENT_FORMATS[number];

/** How a program is started. */
export interface AgentProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly unattendedArgs: readonly string[];
  readonly format: AgentFormat;
}

/** What stands for the task in arguments. */
export const PROMPT = "{prompt}";

const CLAUDE = ["-p", PROMPT, "--output-format", "stream-json", "--verbose"];
const GEMINI = ["--output-format", "stream-json"];
const CODEX = ["exec", "--json", "--skip-git-repo-check"];
const AIDER = ["--no-git", "--no-pretty", "--no-stream", "--no-check-update", "--yes-always"];

/** By name, the first one that is there is chosen. */
export const KNOWN_AGENTS: Readonly<Record<string, AgentProgram>> = {
  claude: {
    command: "claude",
    args: [...CLAUDE, "--permission-mode", "acceptEdits"],
    unattendedArgs: [...CLAUDE, "--dangerously-skip-permissions"],
    format: "claude",
  },
  gemini: {
    command: "gemini",
    args: [...GEMINI, "--approval-mode", "auto_edit", "-p", PROMPT],
    unattendedArgs: [...GEMINI, "--approval-mode", "yolo", "-p", PROMPT],
    format: "gemini",
  },
  codex: {
    command: "codex",
    args: [...CODEX, "--full-auto", PROMPT],
    unattendedArgs: [...CODEX, "--dangerously-bypass-approvals-and-sandbox", PROMPT],
    format: "codex",
  },
  copilot: {
    command: "copilot",
    args: ["-p", PROMPT, "--allow-tool", "write"],
    unattendedArgs: ["-p", PROMPT, "--allow-all-tools", "--allow-all-paths"],
    format: "text",
  },
  aider: {
    command: "aider",
    args: [...AIDER, "--no-suggest-shell-commands", "--message", PROMPT],
    unattendedArgs: [...AIDER, "--message", PROMPT],
    format: "text",
  },
};
