/** `O_CLOEXEC` as fdinfo prints it (open(2), proc_pid_fdinfo(5)). */
const CLOSED_ON_EXEC = 0o2000000;

/** How often what was found is looked at again, and how long between, ms. */
const LOOKS = 3;
const BETWEEN_MS = 2;

/**
 * Numbers of open files that every child would get: those that whoever started ward left open.
 * The runtime's own are closed on exec, but for some that it holds for a moment while a thread
 * starts (V8 reads /dev/urandom, ICU the zones): only what stays counts, so that a finding costs
 * some ms. None without /proc: on macOS the cell's own line closes them.
 *
 * @param look Which are open now that are not closed on exec, each with what tells it from another
 *   one under the same number. @default {by /proc/self}
 */
export function inheritedDescriptors(look: () => Map<number, string> = openNow): number[] {
  let found = look();
  for (let looks = 0; looks < LOOKS && found.size > 0; looks++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_MS);
    const now = look();
    found = new Map([...found].filter(([descriptor, file]) => now.get(descriptor) === file));
  }
  return [...found.keys()];
}

function openNow(): Map<number, string> {
  let names: string[];
  try {
    names = [...Deno.readDirSync("/proc/self/fd")].map((entry) => entry.name);
  } catch {
    return new Map();
  }
  return new Map(
    names.map(Number).filter((descriptor) => descriptor > 2).flatMap((descriptor) => {
      const file = staying(descriptor);
      return file === null ? [] : [[descriptor, file]];
    }),
  );
}

function staying(descriptor: number): string | null {
  try {
    const info = Deno.readTextFileSync(`/proc/self/fdinfo/${descriptor}`);
    const flags = parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? "0", 8);
    // Its position may move; the mount and the file's number (since Linux 5.14) do not.
    return (flags & CLOSED_ON_EXEC) === 0
      ? (info.match(/^(?:mnt_id|ino):.*$/gm) ?? []).join()
      : null;
  } catch {
    // The descriptor that the list itself was read with.
    return null;
  }
}
