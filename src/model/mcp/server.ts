/** Servers of the Model Context Protocol that the agent uses. */

/** Letters that the name of a server may have. */
export const ALIAS = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** A server that is started as a process of its own, in a cell. */
export interface McpStdio {
  readonly type: "stdio";
  /** Name of a program, or its absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** As written, `~/` and relative to the workspace too; null: the cell's own temporary folder. */
  readonly cwd: string | null;
  /** Names of the variables that its entry gives it, sorted; their values are kept apart. */
  readonly env: readonly string[];
  /** Folders that it may read, and write, as written. */
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Hosts that it reaches by the proxy of its cell. */
  readonly net: readonly string[];
}

/** How the owner wants to log in at a server. Holds no secret. */
export interface McpLoginSetting {
  /** null: ward registers a client. */
  readonly client: {
    readonly id: string;
    /** Where its secret is; null: it has none. */
    readonly secret: { readonly kept: "saved" | "variable"; readonly name: string } | null;
  } | null;
  /** null: what the server asks for. */
  readonly scopes: readonly string[] | null;
}

/** A server that is spoken to over Streamable HTTP. */
export interface McpHttp {
  readonly type: "http";
  readonly url: string;
  /** Names of the headers that its entry sends, sorted; their values are kept apart. */
  readonly headers: readonly string[];
  /** Where its entry says nothing of it, ward registers a client and asks for what the server wants. */
  readonly login?: McpLoginSetting | undefined;
}

/** One server as its entry has it. Holds no secret. */
export interface McpServer {
  /** Its name here; tools are `mcp_<alias>_<tool>`. */
  readonly alias: string;
  /** The configuration of the owner, the `.mcp.json` of the workspace, or the editor. */
  readonly from: "config" | "workspace" | "editor";
  /** What it is for, put before the description of each tool; null: nothing is. */
  readonly description: string | null;
  /** Names of the tools that may be used; null: all. */
  readonly enabledTools: readonly string[] | null;
  readonly enabled: boolean;
  /** Longest time of one call. */
  readonly timeoutMs: number;
  readonly transport: McpStdio | McpHttp;
  /**
   * Of an editor's entry, which no approved file binds: its variables or headers that are no
   * secret, for they too decide what is started. @default what the entry's file says
   */
  readonly plainValues?: Readonly<Record<string, string>> | undefined;
}

/** Value of a variable or header, resolved. Never logged or stored. */
export interface McpValue {
  readonly value: string;
  /** Whether it must not leave in anything else: it was saved, or its name says so. */
  readonly isSecret: boolean;
}

/** A value that its entry names and that is not there. */
export interface McpNoValue {
  readonly value: null;
  /** What the owner does for it to be there. */
  readonly hint: string;
}

/** Values of the variables or headers of a server by name. */
export type McpValues = Readonly<Record<string, McpValue | McpNoValue>>;
