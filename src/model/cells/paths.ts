/** Rules on paths, by name alone. What a path leads to is decided by the cell's mounts. */

/** Names whose content acts outside later: read-only in cells unless granted by name. */
export const PROTECTED_NAMES: readonly string[] = [
  ".envrc",
  ".vscode",
  ".idea",
  ".mcp.json",
  ".claude",
  ".cursor",
  ".zed",
  ".devcontainer",
  ".gitmodules",
  ".hg",
  ".jj",
  ".sl",
  ".cursorrules",
  ".windsurf",
  ".windsurfrules",
  ".clinerules",
  ".roo",
  ".continue",
  ".gemini",
  "GEMINI.md",
  ".codex",
  ".opencode",
  "opencode.json",
  "opencode.jsonc",
  ".kiro",
  ".aider.conf.yml",
  ".dir-locals.el",
  ".emacs",
  ".emacs.d",
  ".nvim.lua",
  ".lvimrc",
  ".gdbinit",
  ".lldbinit",
  "mise.toml",
  ".mise.toml",
  ".curlrc",
  ".wgetrc",
  ".gitconfig",
  ".pre-commit-config.yaml",
  ".husky",
  "AGENTS.md",
  "CLAUDE.md",
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
  ".zlogout",
  ".cshrc",
  ".tcshrc",
  ".login",
  ".kshrc",
  ".xprofile",
  ".xinitrc",
  ".xsession",
  ".xsessionrc",
  ".inputrc",
  ".vimrc",
  ".exrc",
  ".nvimrc",
  ".tmux.conf",
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pypirc",
];

/** Folders and files of a home that no cell sees: keys, keyrings, browser profiles, logins. */
export const MASKED_IN_HOME: readonly string[] = [
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".config/gcloud",
  ".config/gh",
  ".config/hub",
  ".config/op",
  ".config/google-chrome",
  ".config/chromium",
  ".config/BraveSoftware",
  ".config/microsoft-edge",
  ".mozilla",
  ".thunderbird",
  ".local/share/keyrings",
  ".password-store",
  ".pki",
  ".netrc",
  ".git-credentials",
  ".npmrc",
  ".pypirc",
  ".cargo/credentials",
  ".cargo/credentials.toml",
  ".codex",
  ".claude",
  ".claude.json",
  ".gemini",
  ".config/github-copilot",
  ".bash_history",
  ".zsh_history",
  ".python_history",
  ".node_repl_history",
  ".psql_history",
  ".mysql_history",
];

/**
 * Folders of programs, libraries and devices: no grant makes them writable, because what is written
 * there runs outside later.
 */
const SYSTEM_FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]
  .concat(["/boot", "/dev", "/proc", "/sys", "/run", "/nix", "/System", "/Library"]);

/** Whether writing to a path would reach a folder of the system, or the path holds one. */
export function isSystemPath(path: string): boolean {
  return SYSTEM_FOLDERS.some((folder) => within(folder, path) || within(path, folder));
}

/** Whether `path` is `root` or lies below it; both absolute and normalised. */
export function within(root: string, path: string): boolean {
  return path === root || path.startsWith(root === "/" ? "/" : root + "/");
}

/** The paths that lie in no other of them. */
export function outermost(paths: readonly string[]): string[] {
  return [...new Set(paths)].filter((path) =>
    !paths.some((one) => one !== path && within(one, path))
  );
}

/**
 * An absolute path without `.`, `..` and doubled slashes, links not looked at.
 *
 * @param path Relative paths are taken against `base`.
 */
export function normalizePath(path: string, base: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return "/" + parts.join("/");
}

/**
 * The protected part of a path below the workspace: `a/.vscode/x` gives `<workspace>/a/.vscode`.
 * Case is ignored, because editors on case-insensitive systems ignore it too.
 *
 * @returns The absolute path of the protected entry, or null.
 */
export function protectedEntry(workspace: string, path: string): string | null {
  const parts = path.slice(workspace.length + 1).split("/");
  const names = new Set(PROTECTED_NAMES.map((name) => name.toLowerCase()));
  for (let at = 0; at < parts.length; at++) {
    const name = (parts[at] ?? "").toLowerCase();
    if (names.has(name) || name === ".git") {
      return [workspace, ...parts.slice(0, at + 1)].join("/");
    }
  }
  return null;
}
