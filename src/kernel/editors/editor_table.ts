/**
 * Editors and assistants that start MCP servers: where each keeps them and in which form, as their
 * own documentation has it (November 2026). One table; `docs/editors.md` shows the same.
 */

/** How an editor is told of a server. */
export interface EditorRow {
  readonly name: string;
  readonly title: string;
  /** Parts of the path of its file below a base; null: it has no such system. */
  readonly file: Readonly<Record<"linux" | "darwin" | "windows", EditorFile | null>>;
  /** The object that servers stand in. */
  readonly key: string;
  /** Fields of an entry beside command and arguments. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** What the user does after it was written. */
  readonly then: string;
}

/** A file of an editor. */
export interface EditorFile {
  /** `home`: the user's. `config`: XDG_CONFIG_HOME. `roaming`: APPDATA. `workspace`: ward's. */
  readonly base: "home" | "config" | "roaming" | "workspace";
  readonly path: string;
}

const everywhere = (base: EditorFile["base"], path: string): EditorRow["file"] => ({
  linux: { base, path },
  darwin: { base, path },
  windows: { base, path },
});

const application = (path: string): EditorRow["file"] => ({
  linux: { base: "config", path },
  darwin: { base: "home", path: `Library/Application Support/${path}` },
  windows: { base: "roaming", path },
});

/** The table. */
export const EDITORS: readonly EditorRow[] = [
  {
    name: "claude-desktop",
    title: "Claude Desktop",
    file: application("Claude/claude_desktop_config.json"),
    key: "mcpServers",
    extra: {},
    then: "Quit Claude Desktop and start it again",
  },
  {
    name: "claude-code",
    title: "Claude Code",
    file: everywhere("workspace", ".mcp.json"),
    key: "mcpServers",
    extra: { type: "stdio" },
    then: "Start claude in that folder; it asks once whether to use the server",
  },
  {
    name: "cursor",
    title: "Cursor",
    file: everywhere("home", ".cursor/mcp.json"),
    key: "mcpServers",
    extra: {},
    then: "Enable ward in Cursor's settings under MCP",
  },
  {
    name: "vscode",
    title: "VS Code",
    file: application("Code/User/mcp.json"),
    key: "servers",
    extra: { type: "stdio" },
    then: "Start it by the command MCP: List Servers",
  },
  {
    name: "zed",
    title: "Zed",
    file: {
      ...everywhere("home", ".config/zed/settings.json"),
      linux: { base: "config", path: "zed/settings.json" },
      windows: { base: "roaming", path: "Zed/settings.json" },
    },
    key: "context_servers",
    extra: { env: {} },
    then: "Zed starts it by itself; see its Agent Panel",
  },
  {
    name: "windsurf",
    title: "Windsurf",
    file: everywhere("home", ".codeium/windsurf/mcp_config.json"),
    key: "mcpServers",
    extra: {},
    then: "Refresh the servers in Windsurf's Cascade panel",
  },
];

/** Where files of editors are. */
export interface EditorBases {
  readonly os: string;
  readonly home: string;
  /** XDG_CONFIG_HOME, APPDATA; null: not set. */
  readonly config: string | null;
  readonly roaming: string | null;
  readonly workspace: string;
}

/** The absolute path of an editor's file; null: there is none on this system. */
export function editorPath({ file }: EditorRow, bases: EditorBases): string | null {
  const os = bases.os === "darwin" || bases.os === "windows" ? bases.os : "linux";
  const found = file[os];
  if (found === null) return null;
  const folders = {
    home: bases.home,
    workspace: bases.workspace,
    config: bases.config ?? `${bases.home}/.config`,
    roaming: bases.roaming ?? `${bases.home}/AppData/Roaming`,
  };
  return `${folders[found.base]}/${found.path}`;
}
