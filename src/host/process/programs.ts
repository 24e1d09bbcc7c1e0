/**
 * Programs of the search path. What was found is remembered as long as none of its folders has
 * changed: a cell is planned from the same names several times over.
 */
import { executable, type Machine } from "./machine.ts";
import type { ProgramMount } from "../../model/cells/cell.ts";

/** How long after its last change a folder's time may still hide another one, ms. */
const SETTLED_MS = 2_000;

/** What was found, by name. */
interface Found {
  /** The folders as they were. */
  readonly stamp: string;
  readonly paths: Map<string, string | null>;
  readonly mounts: Map<string, { readonly mount: ProgramMount; readonly needs: readonly string[] }>;
}

const remembered = new WeakMap<Machine, Found>();

function foundIn(machine: Machine): Found {
  const stamp = stampOf(machine.searchPath);
  const before = remembered.get(machine);
  if (before && stamp !== null && before.stamp === stamp) return before;
  const found: Found = { stamp: stamp ?? "", paths: new Map(), mounts: new Map() };
  remembered.set(machine, found);
  return found;
}

/** Null while a folder is too fresh, or gone, for its time to say that nothing has changed. */
function stampOf(folders: readonly string[]): string | null {
  const settled = Date.now() - SETTLED_MS;
  const parts: string[] = [];
  for (const folder of folders) {
    try {
      const { dev, ino, mtime } = Deno.statSync(folder);
      const changedMs = mtime?.getTime() ?? Infinity;
      if (changedMs > settled) return null;
      parts.push(`${dev}:${ino}:${changedMs}`);
    } catch {
      return null;
    }
  }
  return parts.join();
}

/**
 * Finds a program by name on the machine's search path, or by its absolute path.
 *
 * @returns Its absolute path, links of its folder resolved but not its own; null when absent.
 */
export function findProgram(machine: Machine, name: string): string | null {
  return findIn(machine, foundIn(machine), name);
}

/** Those of the names that are there. */
export function presentPrograms(machine: Machine, names: Iterable<string>): string[] {
  const found = foundIn(machine);
  return [...names].filter((name) => findIn(machine, found, name) !== null);
}

function findIn(machine: Machine, { paths }: Found, name: string): string | null {
  // An absolute path may lie anywhere.
  if (name.startsWith("/")) return lookFor(machine, name);
  const known = paths.get(name);
  if (known !== undefined) return known;
  const path = lookFor(machine, name);
  paths.set(name, path);
  return path;
}

function lookFor(machine: Machine, name: string): string | null {
  // /bin is a link to /usr/bin on most machines: one name for one program, as in the run list. And
  // a mount at a path behind a link fails where the link's target is not mounted yet.
  const inItsFolder = (path: string) => {
    const at = path.lastIndexOf("/");
    return `${Deno.realPathSync(path.slice(0, at) || "/").replace(/\/$/, "")}${path.slice(at)}`;
  };
  if (name.startsWith("/")) return executable(name) ? inItsFolder(name) : null;
  if (name === "" || name.includes("/")) return null;
  for (const folder of machine.searchPath) {
    const path = `${folder}/${name}`;
    if (executable(path)) return inItsFolder(path);
  }
  return null;
}

/** Every executable name on the search path, first one wins. For the rule `*`. */
export function allPrograms(machine: Machine): string[] {
  const names = new Set<string>();
  for (const folder of machine.searchPath) {
    for (const entry of Deno.readDirSync(folder)) {
      if (!entry.isDirectory && executable(`${folder}/${entry.name}`)) names.add(entry.name);
    }
  }
  return [...names];
}

/**
 * How programs are mounted: the file itself, or the same link when its target is in a mounted
 * library folder (npm finds its modules relative to the target). Interpreters of scripts come along.
 *
 * @returns Mounts by name; absent programs are left out.
 */
export function programMounts(machine: Machine, names: readonly string[]): ProgramMount[] {
  const found = foundIn(machine);
  const mounts = new Map<string, ProgramMount>();
  const add = (name: string) => {
    if (mounts.has(name)) return;
    const looked = found.mounts.get(name) ?? lookAt(machine, found, name);
    if (!looked) return;
    if (!name.startsWith("/")) found.mounts.set(name, looked);
    mounts.set(name, looked.mount);
    looked.needs.forEach(add);
  };
  names.forEach(add);
  return [...mounts.values()];
}

function lookAt(machine: Machine, found: Found, name: string) {
  const path = findIn(machine, found, name);
  if (!path) return null;
  const real = Deno.realPathSync(path);
  const isDarwin = machine.os === "darwin";
  // Without mounts a link stays one wherever it leads.
  const covered = isDarwin || machine.libraries.some((folder) => real.startsWith(folder + "/"));
  const mount = real !== path && covered ? { name, path, linkTo: real } : { name, path };
  // There `sh` is a program that starts the shell (sh(1) of macOS).
  const shell = isDarwin && real === "/bin/sh" ? ["/bin/bash"] : [];
  return { mount, needs: [...interpreters(real), ...shell] };
}

/** Programs that a script's first line names. */
function interpreters(path: string): string[] {
  using file = Deno.openSync(path, { read: true });
  const head = new Uint8Array(256);
  const length = file.readSync(head) ?? 0;
  if (length < 2 || head[0] !== 0x23 || head[1] !== 0x21) return [];
  const line = new TextDecoder().decode(head.subarray(2, length)).split("\n", 1)[0] ?? "";
  const words = line.trim().split(/\s+/);
  const program = words[0] ?? "";
  if (!program.startsWith("/")) return [];
  const named = program.endsWith("/env")
    ? words.slice(1).find((word) => !word.startsWith("-"))
    : undefined;
  return named ? [program, named] : [program];
}
