/** `O_CLOEXEC` as fdinfo prints it (open(2), proc_pid_fdinfo(5)). */
const CLOSED_ON_EXEC = 0o2000000;

/**
 * Numbers of open files that every child would get: those that whoever started ward left open.
 * The runtime's own are closed on exec. None without /proc: on macOS the cell's own line closes them.
 */
export function inheritedDescriptors(): number[] {
  let names: string[];
  try {
    names = [...Deno.readDirSync("/proc/self/fd")].map((entry) => entry.name);
  } catch {
    return [];
  }
  return names.map(Number).filter((descriptor) => descriptor > 2 && stays(descriptor));
}

function stays(descriptor: number): boolean {
  try {
    const info = Deno.readTextFileSync(`/proc/self/fdinfo/${descriptor}`);
    return (parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? "0", 8) & CLOSED_ON_EXEC) === 0;
  } catch {
    // The descriptor that the list itself was read with.
    return false;
  }
}
