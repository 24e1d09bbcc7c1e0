/** Kinds of which compartments have a set. */
export const SET_KINDS = ["read", "write", "run", "net", "env"] as const;

/** One of them. */
export type SetKind = (typeof SET_KINDS)[number];

/**
 * Kinds of permission that the user can grant. `mcp` is a tool of a server; `trust` is of a session:
 * what it read from outside binds it no more.
 */
export const GRANTABLE_KINDS = [...SET_KINDS, "mcp", "trust"] as const;

/** One of them. */
export type GrantableKind = (typeof GRANTABLE_KINDS)[number];

/** All kinds. A `setting` is changed once, by an answer to the very change; nobody grants it ahead. */
export const PERMISSION_KINDS = [...GRANTABLE_KINDS, "setting"] as const;

/** A kind of permission that a grant can hold. */
export type PermissionKind = (typeof PERMISSION_KINDS)[number];

/**
 * Exact lists of what a compartment may touch; an empty list is nothing at all.
 * `sys` names are fixed in the table and never granted.
 */
export interface PermissionSet {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly net: readonly string[];
  readonly run: readonly string[];
  readonly env: readonly string[];
  readonly sys: readonly string[];
}

/** How long a grant lives. */
export type GrantScope =
  | { readonly type: "once" }
  /** `untilMs`: it ends then already. */
  | {
    readonly type: "session";
    readonly sessionId: string;
    readonly untilMs?: number | undefined;
  }
  | { readonly type: "until"; readonly atMs: number }
  | { readonly type: "always" };

/** The only way a set grows. */
export interface Grant {
  readonly id: string;
  /** Compartment id, such as `hands`. */
  readonly compartment: string;
  readonly permission: PermissionKind;
  /**
   * read, write: absolute path. run: words of a prefix rule (`cargo test`), `exact:` and all words
   * of one call, or `line:` and one exact shell line. net: see `netValueOf`. env: name.
   * mcp: `alias/tool`, or `alias/*`. trust: id of a session.
   */
  readonly value: string;
  readonly scope: GrantScope;
  /** Uses left, if bounded. */
  readonly usesLeft?: number | undefined;
  /** Who answered: `terminal`, `command line`. */
  readonly grantedBy: string;
  readonly atMs: number;
  readonly reason: string;
}

/** What one tool call will touch; policy decides on each. */
export type Access =
  | { readonly permission: "read" | "write"; readonly path: string }
  /** Words of one program call as they will be passed: program first. */
  | {
    readonly permission: "run";
    readonly words: readonly string[];
    /** Absolute paths that it changes, globs as written. @default [] */
    readonly changes?: readonly string[] | undefined;
    /** Those of them that nobody saw in this session; found by the turn loop. @default [] */
    readonly unseen?: readonly string[] | undefined;
  }
  /** A line ward's grammar cannot take apart; `why` names the construct. */
  | { readonly permission: "shell"; readonly line: string; readonly why: string }
  | NetAccess
  | McpAccess
  | SettingAccess;

/** One call of a tool of an MCP server. */
export interface McpAccess {
  readonly permission: "mcp";
  /** Its alias. */
  readonly server: string;
  /** Its name there. */
  readonly tool: string;
  /** The arguments as JSON, whole, for the person who is asked. */
  readonly detail: string;
  /** Whether what it is given can leave this machine: a service, or a process with hosts. */
  readonly sends: boolean;
  /** Whether it stands in the owner's configuration; else no answer outlives its session. */
  readonly isOwners: boolean;
}

/** One change of `config.toml`. */
export interface SettingAccess {
  readonly permission: "setting";
  /** Dotted. */
  readonly key: string;
  /** What it is and what it would be, for the person; holds no secret. */
  readonly change: string;
  /** What the change opens that was closed, in sentences. */
  readonly opens: readonly string[];
  /** Whether it is about what ward may do, whom it trusts, what it may spend: then every mode asks. */
  readonly guards: boolean;
}

/** One request to a host. */
export interface NetAccess {
  readonly permission: "net";
  /** Id of the compartment that would get the host, such as `web`. */
  readonly compartment: string;
  /** Canonical: lower case, punycode, no trailing dot, port only where it is not the scheme's. */
  readonly host: string;
  /** The whole address, as the person is shown it. */
  readonly url: string;
  /** `GET`, `POST`. */
  readonly method: string;
  /** Changes something there, or carries a body: asked about each time. */
  readonly sends: boolean;
  /** Named credentials that go with it; such a request is asked about too. */
  readonly profile?: string | undefined;
  /** What goes with it, in words for the person who is asked; nothing of it is a credential. */
  readonly detail?: string | undefined;
}

/** Risk shown in an approval. */
export type Risk = "low" | "medium" | "high" | "critical";

/** What policy says of one access. */
export type Decision =
  | { readonly type: "allow"; readonly rule: string; readonly grantId?: string | undefined }
  | { readonly type: "ask"; readonly rule: string; readonly grant: GrantRequest }
  /** Never grantable from here: `rule` says why. */
  | { readonly type: "deny"; readonly rule: string; readonly hint?: string | undefined };

/** The grant that would let an access pass. */
export interface GrantRequest {
  readonly compartment: string;
  readonly permission: PermissionKind;
  readonly value: string;
  readonly risk: Risk;
  /** What it would touch, in a few words: `deletes files`. */
  readonly touches: string;
  /** The command that allows it without a terminal. */
  readonly command: string;
  /** Only `once` may be answered (a line that is not understood). */
  readonly onceOnly?: boolean | undefined;
  /** No answer holds longer than its session. */
  readonly sessionOnly?: boolean | undefined;
  /** Asked about in every mode, `yolo` too. */
  readonly everyMode?: boolean | undefined;
  /** What an answer can cover, narrow to wide, the value itself among them. @default the value */
  readonly widths?: readonly GrantWidth[] | undefined;
}

/** One of the widths that an answer can have. */
export interface GrantWidth {
  readonly value: string;
  /** In words: `this exact call`, `every call of cargo test`. */
  readonly covers: string;
  /** The worst that it covers. */
  readonly risk: Risk;
  readonly command: string;
}

/** Answer of a person to an approval. */
export type ApprovalAnswer = Denial | Approval;

/** A no. */
export interface Denial {
  readonly type: "deny";
  /** Nobody answered in time. */
  readonly late?: boolean | undefined;
}

/** A yes. */
export interface Approval {
  readonly type: "allow";
  readonly scope: "once" | "session" | "always" | { readonly forMs: number };
  /** How often it may be used; missing: as often as the scope says. */
  readonly uses?: number | undefined;
  /** One of the widths of the request. */
  readonly value: string;
}

/** What an agent is let do without a question; see `docs/permissions.md`. */
export const APPROVAL_MODES = ["default", "cautious", "yolo"] as const;

/** One of {@linkcode APPROVAL_MODES}. */
export type ApprovalMode = (typeof APPROVAL_MODES)[number];

/**
 * Which cell a call needs. `default` is kept warm and has `.git` read-only; the others are made
 * fresh for one call: `git_write` may write `.git` but for what starts programs, `shell` runs one
 * exact approved line with `sh`.
 */
export type CellVariant = "default" | "git_write" | "shell";
