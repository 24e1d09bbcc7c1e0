/** The user's name and e-mail for commits, read from their gitconfig as data: git is not run. */

import { readSmallFile } from "./git_folder.ts";

/** Who commits. */
export interface GitIdentity {
  readonly name: string | null;
  readonly email: string | null;
}

/**
 * Reads `user.name` and `user.email` of the global configuration; includes are not followed.
 *
 * @param osHome The user's home folder.
 */
export function readGitIdentity(osHome: string): GitIdentity {
  let name: string | null = null;
  let email: string | null = null;
  // Later files win, as in git-config(1), FILES.
  for (const path of [`${osHome}/.config/git/config`, `${osHome}/.gitconfig`]) {
    const text = readSmallFile(path) ?? "";
    let inUser = false;
    for (const line of text.split("\n")) {
      const section = /^\s*\[\s*([\w.-]+)(?:\s*("[^"]*"))?\s*\]/.exec(line);
      if (section) inUser = section[1]?.toLowerCase() === "user" && !section[2];
      const pair = inUser ? /^\s*(name|email)\s*=(.*)$/i.exec(line) : null;
      if (!pair) continue;
      const value = (pair[2] ?? "").trim().replace(/(?<!\s)\s+[#;][^]*$/, "").replace(
        /^"(.*)"$/,
        "$1",
      );
      if (pair[1]?.toLowerCase() === "name") name = value;
      else email = value;
    }
  }
  return { name, email };
}
