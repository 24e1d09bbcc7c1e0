/** A file that is there whole or not at all. */
import { syncFolder } from "./file_lock.ts";
import { dirname } from "node:path";

/**
 * Writes beside the file, brings it to the disk and renames it into place; mode 0600. What stood
 * there before is replaced only by a whole file, and a link is replaced, not followed.
 *
 * @throws The system's error; nothing is left then.
 */
export async function writePrivateFile(
  path: string,
  pieces: AsyncIterable<string>,
): Promise<void> {
  const beside = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  const file = await Deno.open(beside, { write: true, createNew: true, mode: 0o600 });
  try {
    try {
      const encoder = new TextEncoder();
      for await (const piece of pieces) {
        let rest = encoder.encode(piece);
        while (rest.length > 0) rest = rest.subarray(await file.write(rest));
      }
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(beside, path);
    bestSync(dirname(path));
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
}

function bestSync(path: string): void {
  try {
    syncFolder(path);
  } catch {
    // Not every system can bring a folder to the disk.
  }
}
