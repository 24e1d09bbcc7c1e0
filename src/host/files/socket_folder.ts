import { AppError } from "../../base/app_error.ts";

/** Folders of sockets that nobody removed, because ward was killed, are kept so long. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Longest path of a socket, bytes: 108 with the end on Linux (unix(7)), 104 on macOS. */
const PATH_BYTES = 103;

/** Longest name of a socket in such a folder, with the slash. */
const NAME_BYTES = "/socket".length;

/** Folder of all of them. */
export function socketFolders(dataDir: string): string {
  return `${dataDir}/egress`;
}

/**
 * Makes a folder (0700) for one socket, and removes those of killed wards.
 *
 * @param dataDir Absolute real path.
 * @throws {AppError} `egress.path` where the path is too long for any socket.
 */
export function makeSocketFolder(
  dataDir: string,
  nowMs: number,
): { readonly path: string; remove(): void } {
  const all = socketFolders(dataDir);
  const path = `${all}/${crypto.randomUUID().slice(0, 8)}`;
  if (new TextEncoder().encode(path).length + NAME_BYTES > PATH_BYTES) {
    throw new AppError("egress.path", `No socket can be made in "${all}": the path is too long`, {
      hint: "Granted hosts need a shorter one: set WARD_HOME",
    });
  }
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const { name } of Deno.readDirSync(all)) {
    try {
      const made = Deno.lstatSync(`${all}/${name}`).mtime?.getTime() ?? nowMs;
      if (made < nowMs - KEPT_MS) Deno.removeSync(`${all}/${name}`, { recursive: true });
    } catch {
      // Another process was faster.
    }
  }
  return {
    path,
    remove() {
      try {
        Deno.removeSync(path, { recursive: true });
      } catch {
        // It is removed with the old ones.
      }
    },
  };
}
