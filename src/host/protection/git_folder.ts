/**
 * What makes a folder act when git is used in it: its shape, its configuration and its hooks.
 * Source: git-config(1), gitrepository-layout(5), `is_git_directory` in git's setup.c.
 */
import { normalizePath } from "../../model/cells/paths.ts";
import { exists } from "../files/file_exists.ts";

/** Entries of a repository that start programs or point elsewhere. */
export const ACTING_ENTRIES = [
  "config",
  "config.worktree",
  "hooks",
  "commondir",
  "modules",
  "worktrees",
] as const;

/** Whether git takes a folder with these entries for a repository, whatever it is called. */
export function hasGitShape(names: ReadonlySet<string>): boolean {
  return names.has("HEAD") &&
    (names.has("commondir") || (names.has("objects") && names.has("refs")));
}

/** Keys that every new repository or clone has and that start nothing. */
const HARMLESS_KEYS = new Set([
  "repositoryformatversion",
  "filemode",
  "bare",
  "logallrefupdates",
  "ignorecase",
  "precomposeunicode",
  "symlinks",
  "autocrlf",
  "objectformat",
  "refstorage",
  "url",
  "fetch",
  "tagopt",
  "mirror",
  "remote",
  "merge",
  "rebase",
  "name",
  "email",
  "active",
  "defaultbranch",
]);

const HEADER = /^\[\s*[\w.-]+(?:\s+"(?:[^"\\]|\\.)*")?\s*\]\s*/;
const KEY = /^([A-Za-z][A-Za-z0-9-]*)\s*=(.*)$/;

/**
 * Whether a configuration says more than that a repository is there. A list of what is harmless,
 * because git has dozens of keys that run something and each version brings more.
 */
export function isConfigArmed(text: string): boolean {
  return text.split("\n").some((line) => {
    const rest = line.trim().replace(HEADER, "");
    if (rest === "" || rest.startsWith("#") || rest.startsWith(";")) return false;
    const [, key = "", value = ""] = KEY.exec(rest) ?? [];
    // `ext::sh -c …` is an address that runs a program; a line end with \ goes on below.
    return !HARMLESS_KEYS.has(key.toLowerCase()) || value.includes("::") || value.endsWith("\\");
  });
}

/** A configuration larger than this is none. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** A small regular file as text; null for anything else: a pipe would never end. */
export function readSmallFile(path: string): string | null {
  try {
    const info = Deno.statSync(path);
    return info.isFile && info.size <= MAX_CONFIG_BYTES ? Deno.readTextFileSync(path) : null;
  } catch {
    return null;
  }
}

/** Whether a repository could start something: a hook that is no sample, a key that runs, a link. */
export function isRepositoryArmed(folder: string): boolean {
  try {
    if (!Deno.lstatSync(folder).isDirectory) return true;
    if (["commondir", "config.worktree"].some((name) => exists(`${folder}/${name}`))) return true;
    const config = `${folder}/config`;
    const text = exists(config) ? readSmallFile(config) : "";
    if (text === null || isConfigArmed(text)) return true;
    const hooks = `${folder}/hooks`;
    return exists(hooks) &&
      [...Deno.readDirSync(hooks)].some(({ name }) => !name.endsWith(".sample"));
  } catch {
    // What cannot be read may hold anything.
    return true;
  }
}

/**
 * Files and folders that a repository's own configuration runs or includes, there or not.
 *
 * @param folder The repository.
 * @param workTree Folder that its relative programs are run in.
 * @param keys Only of these keys.
 */
export function namedByConfig(folder: string, workTree: string, keys: RegExp = /^/): string[] {
  const text = readSmallFile(`${folder}/config`) ?? "";
  return text.split("\n").flatMap((line) => {
    const [, key = "", value = ""] = KEY.exec(line.trim().replace(HEADER, "")) ?? [];
    if (key === "" || !keys.test(key) || HARMLESS_KEYS.has(key.toLowerCase())) return [];
    const words = value.trim().replaceAll(/["']/g, "").replace(/^!/, "").split(/\s+/);
    return words.filter((word) => word !== "" && word !== "." && !word.startsWith("~"))
      .flatMap((word) =>
        word.startsWith("/") ? [word] : [`${folder}/${word}`, `${workTree}/${word}`]
      );
  }).map((path) => normalizePath(path, "/"));
}
