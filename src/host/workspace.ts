/** The folder the agent works in: where it is named, and which ones must never be one. */
import { isAbsolute, join } from "node:path";
import { UsageError } from "../base/app_error.ts";
import { within } from "../model/cells/paths.ts";
import type { SettingSource } from "../model/settings.ts";
import { ensureFolder } from "./files/ensure_folder.ts";
import { absolutePath, realOrNull } from "./files/user_path.ts";

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
  /** Real paths of what ward keeps for other profiles. */
  others?: readonly string[];
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
  const wanted = isMade ? ensureFolder(own).path : absolutePath(named ?? own, base, inputs.osHome);
  const path = realFolder(wanted);
  refuseSystemFolder(path, inputs.osHome);
  refuseWardFolders(path, inputs.home, inputs.dataDir, own, inputs.others ?? []);
  return { path, source };
}

function refuseSystemFolder(path: string, osHome: string | null): void {
  const userHome = osHome === null ? null : realOrNull(osHome);
  // A HOME of `/` or `/usr` must not open the system; `/root` is the home of root.
  const homeCounts = userHome !== null && !SHARED_FOLDERS.includes(userHome) &&
    (userHome === "/root" || !SYSTEM_FOLDERS.includes(userHome));
  if (homeCounts && within(userHome, path)) return;
  const isShared = SHARED_FOLDERS.includes(path);
  const isUsers = USER_FOLDERS.some((folder) => path !== folder && within(folder, path));
  const isSystem = SYSTEM_FOLDERS.some((folder) => within(folder, path)) && !isUsers;
  if (!isShared && !isSystem) return;
  throw new UsageError(
    "workspace.system_folder",
    `Cannot work in "${path}": it belongs to the ${isShared ? "machine" : "system"}`,
    { hint: "Name a folder of your own with -w" },
  );
}

function refuseWardFolders(
  path: string,
  home: string,
  dataDir: string,
  own: string,
  others: readonly string[],
): void {
  const realHome = realOrNull(home) ?? home;
  const realData = realOrNull(dataDir) ?? dataDir;
  const realOwn = realOrNull(own) ?? own;
  // `<home>/workspace` may be a link to somewhere else; the real path then decides alone.
  const isOwn = within(realOwn, path) && within(realHome, realOwn) && realOwn !== realHome &&
    !within(realData, realOwn);
  if (isOwn) return;
  if (!within(realHome, path) && !within(realData, path)) {
    if (!others.some((folder) => within(folder, path))) return;
    throw new UsageError(
      "workspace.ward_home",
      `Cannot work in "${path}": it belongs to another profile of ward`,
      { hint: "Choose that profile with -p, or use another folder" },
    );
  }
  throw new UsageError(
    "workspace.ward_home",
    `Cannot work in "${path}": ward keeps its own state there`,
    { hint: `Use another folder, or "${own}"` },
  );
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
