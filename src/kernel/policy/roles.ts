/**
 * Who may do what: one table, looked at where a tool is offered and again where it runs. Nothing a
 * model or a message says changes a role.
 */

/** Who speaks: the owner, somebody the owner allowed, anybody in a public place. */
export type Role = "owner" | "guest" | "public";

/** A row of the table. */
export interface RoleRow {
  readonly talks: "always" | "when addressed";
  readonly tools: "all" | "none";
  /** Commands of the chat and answers to approvals. */
  readonly commands: boolean;
  readonly approves: boolean;
  readonly filesIn: boolean;
  readonly filesOut: boolean;
  /** Schedules, configuration, grants, bots. */
  readonly manages: boolean;
  /** Whether the system prompt names the workspace and what is in force. */
  readonly wholePrompt: boolean;
  /** Whether secrets are hidden in answers, whatever the settings say. */
  readonly redacted: boolean;
}

/** What each column says, for people. */
export const ROLE_TEXTS: Readonly<Record<keyof RoleRow, string>> = {
  talks: "is answered",
  tools: "has tools",
  commands: "gives commands in a chat",
  approves: "answers approvals",
  filesIn: "sends files to ward",
  filesOut: "gets files from ward",
  manages: "manages schedules, settings, grants",
  wholePrompt: "the model is told of the workspace and what is in force",
  redacted: "secrets are hidden in answers, whatever the settings say",
};

/** The table. */
export const ROLES: Readonly<Record<Role, RoleRow>> = {
  owner: {
    talks: "always",
    tools: "all",
    commands: true,
    approves: true,
    filesIn: true,
    filesOut: true,
    manages: true,
    wholePrompt: true,
    redacted: false,
  },
  guest: {
    talks: "always",
    tools: "none",
    commands: false,
    approves: false,
    filesIn: true,
    filesOut: false,
    manages: false,
    wholePrompt: false,
    redacted: true,
  },
  public: {
    talks: "when addressed",
    tools: "none",
    commands: false,
    approves: false,
    filesIn: false,
    filesOut: false,
    manages: false,
    wholePrompt: false,
    redacted: true,
  },
};

/** The tools that a role has. */
export function toolsFor<T>(role: Role, tools: readonly T[]): readonly T[] {
  return ROLES[role].tools === "all" ? tools : [];
}
