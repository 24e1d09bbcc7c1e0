/** Where logins may be, by path alone: a start without any must not load the code for them. */
import { join } from "node:path";
import type { Profile } from "../start/process.ts";

/** Path of Claude's login in ward's home. */
export function claudeFile(home: string): string {
  return `${home}/auth/anthropic/oauth.json`;
}

/** Files of ward's own login of Claude, and of the logins of other programs. */
export function loginPaths({ paths, environment: { variables }, osHome }: Profile): Readonly<
  Record<"claude" | "codex" | "claudeCode" | "qwenCode", string>
> {
  const folder = (variable: string, usual: string) =>
    variables[variable]?.trim() || join(osHome, usual);
  return {
    claude: claudeFile(paths.home),
    codex: join(folder("CODEX_HOME", ".codex"), "auth.json"),
    claudeCode: join(folder("CLAUDE_CONFIG_DIR", ".claude"), ".credentials.json"),
    qwenCode: join(osHome, ".qwen", "oauth_creds.json"),
  };
}
