/**
 * The folders of a profile: ward's home, its data and the workspace. Checked once at the start;
 * what is refused here never reaches a compartment's permission set.
 */
import { isAbsolute, join, resolve } from "node:path";
import { UsageError } from "../base/app_error.ts";
import type { SettingSource } from "../model/settings.ts";

/** The profile's folders. */
export interface HomePaths {
  /** Absolute real path of ward's home; exists, mode 0700 when made here. */
  readonly home: string;
  /** `WARD_DATA`, else `<home>/data`; made by the store. */
  readonly dataDir: string;
  /** `WARD_CONFIG`, else `<home>/config.toml`; need not exist. */
  readonly configPath: string;
  readonly warnings: readonly string[];
}

/** What the folders of a profile follow from. */
interface HomeInputs {
  readonly variables: Readonly<Record<string, string>>;
  readonly osHome: string | null;
  readonly cwd: string;
}

/**
 * Finds ward's home, makes it where it is missing, and refuses one that others can change.
 *
 * @param inputs `variables`: those ward took. `osHome`: the user's home folder, null when there
 * is none. `cwd`: what relative variables are relative to.
 * @throws {UsageError} `home.unknown`, `home.not_a_folder`, `home.not_writable`, `home.shared`.
 */
export function resolveHome(inputs: HomeInputs): HomePaths {
  const { path: home, mode } = ensureFolder(wantedHome(inputs));
  if (mode !== null && (mode & 0o022) !== 0) {
    throw new UsageError("home.shared", `Cannot use "${home}": other users can change it`, {
      hint: `Run chmod 700 ${shellWord(home)}`,
    });
  }
  const warnings = mode !== null && (mode & 0o055) !== 0
    ? [`Other users can look into "${home}"; run chmod 700 ${shellWord(home)}`]
    : [];
  return { ...pathsBelow(home, inputs), warnings };
}

/**
 * The same without making or refusing anything, for what inspects a profile that is broken.
 *
 * @throws {UsageError} `home.unknown`.
 */
export function nameHome(inputs: HomeInputs): HomePaths {
  const wanted = wantedHome(inputs);
  return { ...pathsBelow(realOrNull(wanted) ?? wanted, inputs), warnings: [] };
}

function wantedHome({ variables, osHome, cwd }: HomeInputs): string {
  const named = variables["WARD_HOME"];
  if (named) return absolute(named, cwd, osHome);
  if (osHome) return join(osHome, ".ward");
  throw new UsageError("home.unknown", "Cannot find your home folder: HOME is not set", {
    hint: "Set WARD_HOME to a folder for ward",
  });
}

function pathsBelow(home: string, { variables, osHome, cwd }: HomeInputs) {
  const data = variables["WARD_DATA"];
  const config = variables["WARD_CONFIG"];
  return {
    home,
    dataDir: data ? absolute(data, cwd, osHome) : join(home, "data"),
    configPath: config ? absolute(config, cwd, osHome) : join(home, "config.toml"),
  };
}

/** System folders: neither they nor what is below them may be a workspace. */
const SYSTEM_FOLDERS = [
  "/etc",
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/boot",
  "/dev",
  "/proc",
  "/sys",
  "/var",
  "/run",
  "/root",
  "/nix",
  "/snap",
  "/System",
  "/Library",
  "/Applications",
  "/private/etc",
  "/private/var",
];

/** Below a system folder but of users; the folders themselves stay refused. */
const USER_FOLDERS = [
  "/var/home",
  "/var/tmp",
  "/var/www",
  "/var/folders",
  "/private/var/folders",
  "/private/var/tmp",
  "/usr/home",
];

/** Shared by all users: only what is below them may be a workspace. */
const SHARED_FOLDERS = ["/", "/home", "/Users", "/tmp", "/private", "/private/tmp", "/mnt"];

/**
 * Finds the workspace and refuses folders that must never be one.
 *
 * Order: the `-w` flag, WARD_WORKSPACE, the file, `<home>/workspace`, which is made. The first two
 * are relative to the user's folder (INIT_CWD under `deno task`, which changes the folder), the
 * file's to ward's home.
 *
 * @returns Absolute real path, and where it was named.
 * @throws {UsageError} `workspace.missing`, `workspace.not_a_folder`, `workspace.unreadable`,
 * `workspace.system_folder`, `workspace.ward_home`.
 */
export function resolveWorkspace(inputs: {
  flag: string | null;
  variable: string | null;
  file: string | null;
  initCwd: string | null;
  cwd: string;
  home: string;
  dataDir: string;
  osHome: string | null;
  /** Whether ward's own workspace is made where it is missing. @default true */
  make?: boolean;
}): { path: string; source: SettingSource } {
  const userFolder = inputs.initCwd && isAbsolute(inputs.initCwd) ? inputs.initCwd : inputs.cwd;
  const own = join(inputs.home, "workspace");
  const candidates: [string | null, SettingSource, string][] = [
    [inputs.flag, "flag", userFolder],
    [inputs.variable, "variable", userFolder],
    [inputs.file, "file", inputs.home],
  ];
  const [named, source, base] = candidates.find(([value]) => value) ??
    [null, "default" as const, ""];
  if (named === null && inputs.make === false && realOrNull(own) === null) {
    return { path: own, source };
  }
  const isMade = named === null && inputs.make !== false;
  const wanted = isMade ? ensureFolder(own).path : absolute(named ?? own, base, inputs.osHome);
  const path = realFolder(wanted);
  refuseSystemFolder(path, inputs.osHome);
  refuseWardFolders(path, inputs.home, inputs.dataDir, own);
  return { path, source };
}

function refuseSystemFolder(path: string, osHome: string | null): void {
  const userHome = osHome === null ? null : realOrNull(osHome);
  // A HOME of `/` or `/usr` must not open the system; `/root` is the home of root.
  const homeCounts = userHome !== null && !SHARED_FOLDERS.includes(userHome) &&
    (userHome === "/root" || !SYSTEM_FOLDERS.includes(userHome));
  if (homeCounts && isInside(path, userHome)) return;
  const isShared = SHARED_FOLDERS.includes(path);
  const isUsers = USER_FOLDERS.some((folder) => path !== folder && isInside(path, folder));
  const isSystem = SYSTEM_FOLDERS.some((folder) => isInside(path, folder)) && !isUsers;
  if (!isShared && !isSystem) return;
  throw new UsageError(
    "workspace.system_folder",
    `Cannot work in "${path}": it belongs to the ${isShared ? "machine" : "system"}`,
    { hint: "Name a folder of your own with -w" },
  );
}

function refuseWardFolders(path: string, home: string, dataDir: string, own: string): void {
  const realHome = realOrNull(home) ?? home;
  const realData = realOrNull(dataDir) ?? dataDir;
  const realOwn = realOrNull(own) ?? own;
  // `<home>/workspace` may be a link to somewhere else; the real path then decides alone.
  const isOwn = isInside(path, realOwn) && isInside(realOwn, realHome) && realOwn !== realHome &&
    !isInside(realOwn, realData);
  if (isOwn || (!isInside(path, realHome) && !isInside(path, realData))) return;
  throw new UsageError(
    "workspace.ward_home",
    `Cannot work in "${path}": ward keeps its own state there`,
    { hint: `Use another folder, or "${own}"` },
  );
}

function absolute(path: string, base: string, osHome: string | null): string {
  if (osHome && (path === "~" || path.startsWith("~/"))) return resolve(osHome, path.slice(2));
  return resolve(base, path);
}

function ensureFolder(path: string): { path: string; mode: number | null } {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const isFile = error instanceof Deno.errors.AlreadyExists ||
      error instanceof Deno.errors.NotADirectory || isNotFolder(path);
    throw new UsageError(
      isFile ? "home.not_a_folder" : "home.not_writable",
      isFile
        ? `Cannot use "${path}" as ward's folder: a file is in the way`
        : `Cannot make "${path}": permission denied or the disk is read-only`,
      {
        cause: error,
        hint: isFile
          ? "Move the file away, or set WARD_HOME to another folder"
          : "Set WARD_HOME to a folder you can write",
      },
    );
  }
  const real = Deno.realPathSync(path);
  try {
    const probe = Deno.makeTempFileSync({ dir: real, prefix: ".probe-" });
    Deno.removeSync(probe);
  } catch (error) {
    throw new UsageError("home.not_writable", `Cannot write into "${real}"`, {
      cause: error,
      hint: "Make it yours, or set WARD_HOME to a folder you can write",
    });
  }
  return { path: real, mode: Deno.statSync(real).mode };
}

function isNotFolder(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function realFolder(path: string): string {
  let isFolder: boolean;
  let real: string;
  try {
    real = Deno.realPathSync(path);
    isFolder = Deno.statSync(real).isDirectory;
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    throw new UsageError(
      isMissing ? "workspace.missing" : "workspace.unreadable",
      `Cannot work in "${path}": ${isMissing ? "it does not exist" : "it cannot be read"}`,
      { cause: error, hint: isMissing ? "Make the folder first" : "Check its permissions" },
    );
  }
  if (!isFolder) {
    throw new UsageError("workspace.not_a_folder", `Cannot work in "${path}": it is not a folder`, {
      hint: "Name the folder that holds it",
    });
  }
  return real;
}

function realOrNull(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null;
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : folder + "/");
}

function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
