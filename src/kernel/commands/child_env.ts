/** Variables of ward's own environment that programs get, if set. */
const PASSED = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|USER|LOGNAME)$/;
/** Not even by a grant: they make the loader or an interpreter run other code. */
const LOADER =
  /^(?:LD_|DYLD_|GLIBC_|GCONV_|BASH_|ENV$|PERL5|PYTHON|RUBY|NODE_|DENO_|GIT_|PATH$|HOME$)/i;
/** Never passed, whatever else is configured. */
const SECRET = [
  "*_API_KEY",
  "*_API_TOKEN",
  "*_SECRET",
  "*_TOKEN",
  "*_PASSWORD",
  "*_ACCESS_KEY",
  "*_PRIVATE_KEY",
  "*_CREDENTIALS",
  "WARD_*",
];

/**
 * The whole environment of the programs in a cell: an allow-list, nothing inherited beyond it, so
 * no key, loader variable (`LD_*`, `DYLD_*`), start file (`BASH_ENV`, `NODE_OPTIONS`) or program
 * of git's (`GIT_SSH*`) can pass.
 *
 * @param params.parent ward's environment as it was at the start.
 * @param params.scrubExtra Patterns (`*` only) of names that are left out too.
 * @param params.workspace The cell's home.
 * @param params.path PATH of the cell.
 * @param params.granted Names that grants pass on; secrets are dropped all the same.
 */
export function childEnvironment(params: {
  parent: Readonly<Record<string, string>>;
  scrubExtra: readonly string[];
  workspace: string;
  path: string;
  granted?: readonly string[] | undefined;
}): Record<string, string> {
  const granted = (name: string) => params.granted?.includes(name) === true;
  const passed = Object.entries(params.parent).filter(([name, value]) =>
    // A locale or zone with a slash names a file to load.
    (granted(name) || (PASSED.test(name) && (name === "TZ" || !value.includes("/")))) &&
    !isNeverPassed(name, params.scrubExtra)
  );
  return {
    ...Object.fromEntries(passed),
    PATH: params.path,
    HOME: params.workspace,
    TMPDIR: "/tmp",
    TERM: "dumb",
    NO_COLOR: "1",
    PAGER: "cat",
    GIT_PAGER: "cat",
    GIT_EDITOR: ":",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
}

/**
 * Whether no grant passes this variable on: it holds a secret by its name, or makes other code run.
 *
 * @param scrubExtra Patterns of the configuration.
 */
export function isNeverPassed(name: string, scrubExtra: readonly string[]): boolean {
  return LOADER.test(name) ||
    [...SECRET, ...scrubExtra].some((pattern) => toPattern(pattern).test(name));
}

function toPattern(glob: string): RegExp {
  const source = glob.split("*").map((part) => part.replace(/[^A-Za-z0-9_]/g, "\\$&")).join(".*");
  return new RegExp(`^${source}$`, "i");
}
