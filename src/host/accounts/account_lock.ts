import { lockedFile } from "../files/file_lock.ts";

/**
 * Waits until no other process renews the login of a folder. The folder itself is locked, so that
 * in one that is another program's nothing is left behind.
 *
 * @param folder Absolute; made (0700) where it is missing.
 */
export async function lockedFolder(folder: string): Promise<Deno.FsFile> {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (Deno.build.os === "windows") return await lockedFile(`${folder}/.lock`);
  const file = Deno.openSync(folder, { read: true });
  try {
    await file.lock(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
