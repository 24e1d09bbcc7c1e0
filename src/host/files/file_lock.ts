/**
 * Files that keep other processes out.
 *
 * What a `using` declaration holds must not be read exactly once: the minifier then puts the value
 * where it is read and drops its disposal, so that a lock stays until the process ends
 * (`tests/build/scan_test.ts` counts them). Therefore what locks gives the locked file.
 */

const OPTIONS: Deno.OpenOptions = { create: true, read: true, write: true, mode: 0o600 };

/** Opens a lock file, made when missing, and waits for its lock. Closing the file lets go. */
export async function lockedFile(path: string): Promise<Deno.FsFile> {
  const file = Deno.openSync(path, OPTIONS);
  try {
    await file.lock(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** See {@linkcode lockedFile}; blocks. */
export function lockedFileSync(path: string): Deno.FsFile {
  const file = Deno.openSync(path, OPTIONS);
  try {
    file.lockSync(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Brings the entries of a folder to the disk. */
export function syncFolder(path: string): void {
  const folder = Deno.openSync(path, { read: true });
  try {
    folder.syncSync();
  } finally {
    folder.close();
  }
}

/**
 * Waits for a lock at most so long. flock(2) has no limit of its own here: a lock that comes too
 * late goes with the process.
 */
export async function lockedInTime(
  file: Deno.FsFile,
  exclusive: boolean,
  waitMs: number,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), waitMs);
  });
  const taken = await Promise.race([file.lock(exclusive).then(() => true), late]);
  clearTimeout(timer);
  return taken;
}

/** Whether the name still leads to the open file: a lock on one without a name guards nothing. */
export function isStillNamed(path: string, file: Deno.FsFile): boolean {
  try {
    return Deno.statSync(path).ino === file.statSync().ino;
  } catch {
    return false;
  }
}
