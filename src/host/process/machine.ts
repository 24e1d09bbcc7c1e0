/**
 * What this machine has that a cell needs: sandbox helpers, library folders, programs.
 * Only looks; nothing is started. Helpers are taken from system folders only, never from PATH:
 * a `bwrap` planted in PATH must change nothing.
 */
import { exists } from "../files/file_exists.ts";
import type { Probes, UnshareTools } from "../../model/cells/cell.ts";

/** Folders where sandbox helpers may live, in order. */
const HELPER_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];

/** Folders that programs need to run at all; mounted read-only where they exist. */
const LIBRARY_FOLDERS = [
  "/usr/lib",
  "/usr/lib32",
  "/usr/lib64",
  "/usr/libx32",
  "/usr/libexec",
  "/usr/share",
  "/usr/local/lib",
  "/usr/local/lib64",
  "/usr/local/libexec",
  "/usr/local/share",
  "/nix/store",
];

/** Links or folders at the root that a merged /usr needs. */
const ROOT_FOLDERS = ["/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"];

/** Files of /etc that libraries read and that hold nothing private. */
const ETC_FILES = [
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/alternatives",
  "/etc/localtime",
  "/etc/magic",
  "/etc/mime.types",
];

/** Certificates of public authorities, by which programs check the hosts that a cell was granted. */
const CERTIFICATES = [
  "/etc/ssl/certs",
  "/etc/ssl/cert.pem",
  "/etc/ssl/openssl.cnf",
  "/etc/ca-certificates/extracted",
  "/etc/pki/ca-trust/extracted",
  "/etc/pki/tls/certs",
  "/etc/pki/tls/cert.pem",
];

/**
 * What programs of macOS need to run: frameworks, zones, the choice of `sh`, Apple's command line
 * tools, Homebrew. Nothing in them is the user's own.
 */
const DARWIN_LIBRARIES = [
  "/System/Library",
  "/Library/Apple/System/Library",
  "/Library/Developer/CommandLineTools",
  "/private/var/db/timezone",
  "/private/var/select",
  ...["/opt/homebrew", "/usr/local"].flatMap((folder) =>
    ["Cellar", "Frameworks", "lib", "opt", "share"].map((name) => `${folder}/${name}`)
  ),
];

/**
 * Where macOS has `git` and its like; those of /usr/bin only start these (xcode-select(1)), by a
 * service that no cell reaches.
 */
const DARWIN_TOOLS = "/Library/Developer/CommandLineTools/usr/bin";

/** Facts about the machine. */
export interface Machine {
  readonly os: typeof Deno.build.os;
  /** `sandbox-exec` of macOS, from its one place. */
  readonly sandboxExec: string | null;
  readonly bwrap: string | null;
  /** What makes a cell without bubblewrap, or the first part that is missing. */
  readonly unshare: UnshareTools | { readonly missing: string };
  readonly user: { readonly uid: number; readonly gid: number };
  readonly prlimit: string | null;
  readonly probes: { readonly [name in keyof Probes]: string | null };
  /** Makes the pipes between programs of a line. */
  readonly mkfifo: string | null;
  /** Existing folders and files to mount read-only. */
  readonly libraries: readonly string[];
  /** What of it only cells with granted hosts see. */
  readonly certificates: readonly string[];
  /** Root links such as `/bin` → `usr/bin`. */
  readonly rootLinks: readonly { readonly path: string; readonly target: string }[];
  /** Closes open files before a cell starts: a shell that knows numbers of more than one digit. */
  readonly closer: string | null;
  /** Numbers of the open files that ward was started with, which every child would get. */
  readonly inherited: readonly number[];
  /** Absolute folders of PATH, in order, that exist. */
  readonly searchPath: readonly string[];
}

/** Whether a path leads to a file that may be started. */
export function executable(path: string): boolean {
  try {
    const info = Deno.statSync(path);
    return info.isFile && ((info.mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

function helper(name: string): string | null {
  return HELPER_FOLDERS.map((folder) => `${folder}/${name}`).find(executable) ?? null;
}

/** Names by which the tools are found. */
const UNSHARE_TOOLS = {
  unshare: "unshare",
  setpriv: "setpriv",
  setsid: "setsid",
  mount: "mount",
  umount: "umount",
  pivotRoot: "pivot_root",
  sh: "sh",
  env: "env",
  mkdir: "mkdir",
  ln: "ln",
} as const;

function unshareTools(): UnshareTools | { missing: string } {
  const found: Record<string, string> = {};
  for (const [key, name] of Object.entries(UNSHARE_TOOLS)) {
    const path = helper(name);
    if (!path) return { missing: `\`${name}\` is not in a system folder` };
    // They run with capabilities while the cell is made: nobody else may have written them.
    if (!isOfTheSystem(path)) return { missing: `"${path}" can be changed by others than root` };
    found[key] = path;
  }
  const optional = (name: string) => {
    const path = helper(name);
    return path !== null && isOfTheSystem(path) ? path : null;
  };
  const ip = optional("ip");
  return {
    ...found as Record<keyof typeof UNSHARE_TOOLS, string>,
    ip,
    hostname: optional("hostname"),
  };
}

/** Whether only root can change a program. */
function isOfTheSystem(path: string): boolean {
  const { uid, mode } = Deno.statSync(path);
  return uid === 0 && ((mode ?? 0o777) & 0o022) === 0;
}

/**
 * Looks at the machine once.
 *
 * @param path The user's PATH; relative and empty parts are dropped.
 * @param inherited Numbers of the open files that ward was started with.
 */
export function lookAtMachine(path: string, inherited: readonly number[]): Machine {
  const rootLinks: { path: string; target: string }[] = [];
  const isDarwin = Deno.build.os === "darwin";
  const libraries = [
    ...new Set([...LIBRARY_FOLDERS, ...ETC_FILES, ...isDarwin ? DARWIN_LIBRARIES : []]),
  ].filter(exists);
  for (const folder of ROOT_FOLDERS) {
    try {
      if (Deno.lstatSync(folder).isSymlink) {
        rootLinks.push({ path: folder, target: Deno.readLinkSync(folder) });
      } else if (folder.startsWith("/lib")) libraries.push(folder);
    } catch {
      // Not on this machine.
    }
  }
  const folders = path.split(":").filter((part) => part.startsWith("/"))
    .flatMap((folder) => isDarwin && folder === "/usr/bin" ? [DARWIN_TOOLS, folder] : [folder]);
  const searchPath = [...new Set(folders)];
  return {
    os: Deno.build.os,
    sandboxExec: isDarwin && executable("/usr/bin/sandbox-exec") ? "/usr/bin/sandbox-exec" : null,
    bwrap: helper("bwrap"),
    unshare: unshareTools(),
    user: { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 },
    prlimit: helper("prlimit"),
    probes: {
      cat: helper("cat"),
      mount: helper("mount"),
      ls: isDarwin ? helper("ls") : null,
      env: isDarwin ? helper("env") : null,
    },
    mkfifo: helper("mkfifo"),
    closer: helper("bash"),
    inherited,
    libraries,
    certificates: CERTIFICATES.filter(exists),
    rootLinks,
    searchPath: [...searchPath, ...HELPER_FOLDERS.filter((f) => !searchPath.includes(f))]
      .filter(exists),
  };
}
