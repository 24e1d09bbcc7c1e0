import type { PermissionSet } from "../model/cells/permission.ts";

/** The `deno.permissions` of a worker: every kind stated, because one left out is not obvious. */
export interface WorkerPermissions {
  read: string[] | false;
  write: string[] | false;
  net: string[] | false;
  run: string[] | false;
  env: string[] | false;
  sys: string[] | false;
  ffi: false;
  import: false;
}

/**
 * Turns a set into the option of `new Worker`. An empty list is `false`: Deno reads `[]` as nothing
 * too, but a reader should not have to know.
 */
export function workerPermissions(set: PermissionSet): WorkerPermissions {
  const list = (values: readonly string[]) => values.length > 0 ? [...values] : false;
  // Before 2.9.0 a socket of the file system needed its path alone, and no list could name it.
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  const namesSockets = major > 2 || (major === 2 && minor >= 9);
  return {
    read: list(set.read),
    write: list(set.write),
    net: list(namesSockets ? set.net : set.net.filter((host) => !host.startsWith("unix:"))),
    run: list(set.run),
    env: list(set.env),
    sys: list(set.sys),
    ffi: false,
    import: false,
  };
}
