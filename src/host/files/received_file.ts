/**
 * Files that came in by a chat. They lie with the saved outputs of their session: there its cells can
 * read them, those of other sessions cannot, and what is read of them comes marked as from outside.
 */

/** Begins the names of all of them. */
export const RECEIVED = "received-";

/** What is kept of them, of all sessions. */
export interface ReceivedFiles {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Keeps one.
 *
 * @param file.folder Outputs of the session, which exists.
 * @param file.name Without a folder in it, safe for a file system.
 * @returns Its path.
 */
export async function keepReceived(
  { folder, name, bytes }: {
    readonly folder: string;
    readonly name: string;
    readonly bytes: Uint8Array;
  },
): Promise<string> {
  const path = `${folder}/${RECEIVED}${name}`;
  await Deno.writeFile(path, bytes, { mode: 0o600, createNew: true });
  return path;
}

/**
 * Removes those that came in before that moment, of all sessions; what cannot be removed stays.
 *
 * @param beforeMs ms since the epoch.
 * @returns What is left.
 */
export async function pruneReceived(outputsDir: string, beforeMs: number): Promise<ReceivedFiles> {
  let files = 0;
  let bytes = 0;
  for await (const entry of Deno.readDir(outputsDir)) {
    const path = `${outputsDir}/${entry.name}`;
    try {
      if (entry.isDirectory) {
        const below = await pruneReceived(path, beforeMs);
        files += below.files;
        bytes += below.bytes;
      } else if (entry.name.startsWith(RECEIVED)) {
        const { mtime, size } = await Deno.lstat(path);
        if ((mtime?.getTime() ?? beforeMs) < beforeMs) {
          await Deno.remove(path);
          continue;
        }
        files++;
        bytes += size;
      }
    } catch {
      // Another process was faster.
    }
  }
  return { files, bytes };
}
