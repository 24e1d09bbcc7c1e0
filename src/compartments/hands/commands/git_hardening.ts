/**
 * Configuration that makes git start programs, put out of force by overrides of command scope.
 * A cell's programs may have written `.git/config`; with a default-allowed git command nothing
 * planted there may run.
 */

/** Subcommands that only read, in whose runs no transport is needed either. */
export const GIT_READ_ONLY: readonly string[] = [
  "status",
  "log",
  "diff",
  "show",
  "blame",
  "ls-files",
  "rev-parse",
];

/** In force for every git call. */
const ALWAYS: readonly (readonly [string, string])[] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.editor", ":"],
  ["sequence.editor", ":"],
  ["core.sshCommand", "/dev/null"],
  ["core.askPass", ""],
  ["core.alternateRefsCommand", "/dev/null"],
  ["credential.helper", ""],
  ["gpg.program", "/dev/null"],
  ["gpg.openpgp.program", "/dev/null"],
  ["gpg.x509.program", "/dev/null"],
  ["gpg.ssh.program", "/dev/null"],
  ["gpg.ssh.defaultKeyCommand", ""],
  ["log.showSignature", "false"],
  ["commit.gpgSign", "false"],
  ["tag.gpgSign", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["protocol.ext.allow", "never"],
  // A look into a submodule starts git there, under that repository's own configuration.
  ["diff.ignoreSubmodules", "all"],
  ["diff.submodule", "short"],
  ["status.submoduleSummary", "false"],
  ["submodule.recurse", "false"],
  // The cell maps users, so the workspace may look like somebody else's.
  ["safe.directory", "*"],
];

/** Keys with a name in them: only those that are set can be overridden. */
const BY_PATTERN: readonly (readonly [RegExp, string])[] = [
  [/^filter\..*\.(?:clean|smudge|process)$/s, ""],
  [/^filter\..*\.required$/s, "false"],
  // `cat` is what no conversion is; an external diff can't be unset, so it fails and says so.
  [/^diff\..*\.textconv$/s, "cat"],
  [/^diff\..*\.cachetextconv$/s, "false"],
  [/^diff\.(?:.*\.command|external)$/s, "/dev/null"],
  [/^merge\..*\.driver$/s, "/dev/null"],
  [
    /^(?:difftool|mergetool|guitool|browser|man|trailer|hook|tar)\..*\.(?:cmd|command)$/s,
    "/dev/null",
  ],
  [/^(?:difftool|mergetool|browser|man)\..*\.path$/s, "/dev/null"],
  [/^hook\..*\.enabled$/s, "false"],
  [/^interactive\.difffilter$/, ""],
  [/^gpg\..*(?:program|command)$/s, "/dev/null"],
  [/^credential\..*\.helper$/s, ""],
  [/^pager\./, "false"],
  [/^alias\./, ""],
  [/^core\.gitproxy$/, ""],
  [/^remote\..*\.(?:uploadpack|receivepack)$/s, "/dev/null"],
  [/^uploadpack\.packobjectshook$/, ""],
  [/^submodule\..*\.update$/s, "none"],
  [/^submodule\..*\.ignore$/s, "all"],
  [/^sendemail\./, "/dev/null"],
  [/^(?:web|help)\.browser$/, "/dev/null"],
  [/^instaweb\./, "/dev/null"],
];
/** Named by the list alone, without a pattern; more than this is not an honest repository. */
const MAX_KEYS = 2000;

/** Global options of git that choose the repository: words between `git` and its subcommand. */
export function repositoryOptions(args: readonly string[]): { options: string[]; command: string } {
  let at = 0;
  const options: string[] = [];
  while (args[at]?.startsWith("-")) {
    const arg = args[at]!;
    if (arg === "-C" || arg === "--git-dir" || arg === "--work-tree") {
      options.push(...args.slice(at, at + 2));
      at += 2;
    } else {
      if (/^--(?:git-dir|work-tree)=|^--bare$/.test(arg)) options.push(arg);
      at += arg === "-c" || arg === "--namespace" || arg === "--config-env" ? 2 : 1;
    }
  }
  return { options, command: args[at] ?? "" };
}

/**
 * The overrides for one call, or null when there are more keys than any honest repository has.
 *
 * @param keys Names of the keys that are set, as `git config --list --name-only` prints them.
 * @param submodules Names of the submodules that `.gitmodules` lists.
 * @param readOnly No transport is needed.
 */
export function gitOverrides(
  keys: Iterable<string>,
  submodules: Iterable<string>,
  readOnly: boolean,
): Record<string, string> | null {
  const values = new Map<string, string>(ALWAYS);
  for (const key of keys) {
    const match = BY_PATTERN.find(([pattern]) => pattern.test(key));
    if (match) values.set(key, match[1]);
    if (readOnly && /^protocol\..*allow$/s.test(key)) values.set(key, "never");
  }
  if (readOnly) values.set("protocol.allow", "never");
  for (const name of submodules) values.set(`submodule.${name}.ignore`, "all");
  if (values.size > MAX_KEYS) return null;
  const env: Record<string, string> = {
    GIT_CONFIG_COUNT: String(values.size),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
  };
  let index = 0;
  for (const [key, value] of values) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
    index++;
  }
  return env;
}

/** Whether a key is a program that changes content on its way into or out of the repository. */
export function isFilter(key: string): boolean {
  return /^filter\..*\.(?:clean|smudge|process)$/s.test(key);
}

/** Names in the output of `git config -f .gitmodules --list --name-only -z`. */
export function submoduleNames(keys: Iterable<string>): Set<string> {
  const names = new Set<string>();
  for (const key of keys) {
    const match = /^submodule\.(.*)\.[^.]*$/s.exec(key);
    if (match) names.add(match[1]!);
  }
  return names;
}
