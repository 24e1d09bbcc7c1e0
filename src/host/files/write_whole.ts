import { syncFolder } from "./file_lock.ts";

/**
 * Writes a file whole or not at all, also through a power cut: beside it, to the disk, then under
 * its name. A link is followed, so that a file kept elsewhere stays a link.
 *
 * @param path Absolute path; its folder must exist.
 * @param mode Mode of the file. @default {0o600}
 */
export function writeWhole(path: string, content: string | Uint8Array, mode = 0o600): void {
  const target = realOr(path);
  const random = crypto.getRandomValues(new Uint32Array(2)).join("");
  const beside = `${target}.${random}.tmp`;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    using file = Deno.openSync(beside, { write: true, createNew: true, mode });
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    file.syncSync();
    Deno.renameSync(beside, target);
  } catch (error) {
    try {
      Deno.removeSync(beside);
    } catch {
      // It was not made, or has its name already.
    }
    throw error;
  }
  if (Deno.build.os === "windows") return;
  syncFolder(target.slice(0, target.lastIndexOf("/")) || "/");
}

function realOr(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}
