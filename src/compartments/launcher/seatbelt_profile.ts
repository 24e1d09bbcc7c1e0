/**
 * The layout of a cell as a profile of macOS' sandbox (SBPL, read by sandbox-exec(1)). Of two rules
 * that name the same path and operation the later one wins, as a later mount lies over an earlier.
 *
 * Apple documents the language nowhere; the operations are those of its own profiles in
 * /System/Library/Sandbox/Profiles, whose `dyld-support.sb` is what every program needs to be loaded.
 */
import { AppError } from "../../base/app_error.ts";
import { within } from "../../model/cells/paths.ts";
import type { LayoutStep } from "./layout.ts";

/** What a profile is made from. */
export interface SeatbeltInputs {
  readonly steps: readonly LayoutStep[];
  /** Absolute paths of the allowed programs; a link and what it leads to are both named. */
  readonly programs: readonly string[];
  /** The runtime and the other programs of ward's own. */
  readonly own: readonly string[];
}

/**
 * Names of sysctl(3) that libraries and V8 ask for. Not among them: `kern.proc` and
 * `kern.procargs2`, by which other processes and their variables are read.
 */
const SYSCTL_NAMES =
  ("hw.activecpu hw.byteorder hw.cacheconfig hw.cachelinesize hw.cachelinesize_compat " +
    "hw.cpufamily hw.cpusubtype hw.cputype hw.logicalcpu hw.logicalcpu_max hw.machine hw.memsize " +
    "hw.model hw.ncpu hw.nperflevels hw.packages hw.pagesize hw.pagesize_compat hw.physicalcpu " +
    "hw.physicalcpu_max kern.argmax kern.hostname kern.iossupportversion kern.maxfilesperproc " +
    "kern.ngroups kern.osproductversion kern.osrelease kern.ostype kern.osvariant_status " +
    "kern.osversion kern.secure_kernel kern.usrstack64 kern.version machdep.cpu.brand_string " +
    "machdep.ptrauth_enabled security.mac.lockdown_mode_state sysctl.proc_cputype").split(" ");
const SYSCTL_PREFIXES = ["hw.optional.", "hw.perflevel", "machdep.cpu."];

/** Links of the root that each macOS has, and where they lead. */
const ROOT_LINKS = ["/tmp", "/var", "/etc"];

const READ = "file-read* file-map-executable";

/**
 * Makes the text of a profile; pure.
 *
 * @throws {AppError} `cell.path` for a path that no rule can name.
 */
export function seatbeltProfile({ steps, programs, own }: SeatbeltInputs): string {
  const body: string[] = [];
  let visible: string[] = [...own, ...programs];
  const fixed: string[] = [];
  const see = (path: string, verb: "read" | "write") => {
    visible.push(path);
    fixed.push(path);
    body.push(
      ...verb === "write"
        ? [
          rule("allow", "file-read* file-write*", "subpath", [path]),
          // What the cell writes is read by interpreters and not started by itself.
          rule("deny", "process-exec* file-map-executable", "subpath", [path]),
        ]
        : [
          rule("allow", READ, "subpath", [path]),
          rule("deny", "file-write*", "subpath", [path]),
        ],
    );
  };
  const mask = (path: string) => {
    visible = visible.filter((one) => own.includes(one) || !within(path, one));
    fixed.push(path);
    body.push(rule("deny", `${READ} file-write* process-exec*`, "subpath", [path]));
  };
  for (const step of steps) {
    if (step.type === "link") {
      visible.push(step.at);
      body.push(rule("allow", "file-read*", "literal", [step.at]));
    } else if (step.type === "tmpfs") {
      // The other one is the cell's folder for temporary files, which here is a mount in the list.
      if (!step.write) mask(step.at);
    } else if (step.type === "bind") {
      if (step.source === "/dev/null") mask(step.at);
      // Nothing can be shown at another place.
      else see(step.source, step.write ? "write" : "read");
    }
  }
  return [
    "(version 1)",
    "(deny default)",
    '(import "dyld-support.sb")',
    "(allow process-fork)",
    "(allow process-info* (target self))",
    "(allow signal (target same-sandbox))",
    `(allow sysctl-read ${SYSCTL_NAMES.map((name) => `(sysctl-name "${name}")`).join(" ")} ${
      SYSCTL_PREFIXES.map((name) => `(sysctl-name-prefix "${name}")`).join(" ")
    })`,
    '(allow file-read* (literal "/") (subpath "/dev/fd") (literal "/dev/stdin") ' +
    '(literal "/dev/stdout") (literal "/dev/stderr") (literal "/dev/random") ' +
    '(literal "/dev/urandom"))',
    '(allow file-read* file-write-data file-ioctl (literal "/dev/null") (literal "/dev/zero"))',
    '(allow file-write-data (subpath "/dev/fd"))',
    rule("allow", `${READ} process-exec*`, "literal", programs),
    ...body,
    rule("allow", `${READ} process-exec*`, "literal", own),
    rule("deny", "file-write*", "literal", own),
    // A path is looked up through all folders above it.
    `(allow file-read-metadata ${
      [...ROOT_LINKS, ...aboveAll(visible.map(realName))].map((path) => filter("literal", path))
        .join(" ")
    })`,
    // As a mount point can be neither renamed nor removed; a folder above one neither, because
    // rules go by paths.
    rule("deny", "file-write-unlink", "literal", [
      ...fixed,
      ...own,
      ...aboveAll([...fixed, ...own]),
    ]),
    // A second name would be another path to the same file; a clone takes what a rule hides along.
    "(deny file-link file-clone)",
    "(deny network* system-socket)",
    "(deny mach-lookup mach-register)",
  ].filter((line) => line !== "").join("\n");
}

/** One rule on paths; nothing without any, because a rule without a filter is for all. */
function rule(
  action: "allow" | "deny",
  operations: string,
  kind: "literal" | "subpath",
  paths: readonly string[],
): string {
  const filters = [...new Set(paths.map(realName))].map((path) => filter(kind, path));
  return filters.length === 0 ? "" : `(${action} ${operations} ${filters.join(" ")})`;
}

function filter(kind: "literal" | "subpath", path: string): string {
  return `(${kind} ${profileString(path)})`;
}

/** The folders above paths, but for the root. */
function aboveAll(paths: readonly string[]): string[] {
  const above = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      above.add(path.slice(0, end));
    }
  }
  return [...above];
}

/** Rules see a path after its links: /tmp, /var and /etc lead to /private there. */
function realName(path: string): string {
  return ROOT_LINKS.some((link) => within(link, path)) ? `/private${path}` : path;
}

/**
 * A path as a string of the profile.
 *
 * @throws {AppError} `cell.path` when it is not absolute or has a character that a string of the
 *   language cannot be trusted with.
 */
export function profileString(path: string): string {
  if (!path.startsWith("/") || /\p{Cc}/u.test(path) || !path.isWellFormed()) {
    throw new AppError("cell.path", `A sandbox profile cannot name ${JSON.stringify(path)}`, {
      hint: "Rename it: paths with line ends or other control characters cannot be protected here",
    });
  }
  return `"${path.replaceAll(/["\\]/g, "\\$&")}"`;
}
