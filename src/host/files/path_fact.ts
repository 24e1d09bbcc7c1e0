import type { PathFact } from "../../model/cells/path_fact.ts";

/**
 * What stands at a path. Changes nothing, throws nothing.
 *
 * @param options `follow`: look at what a link leads to. @default {false}
 */
export function pathFact(path: string, options: { follow: boolean } = { follow: false }): PathFact {
  const none = { path, mode: null, uid: null, gid: null, sizeBytes: 0, changedAtMs: null };
  try {
    const info = options.follow ? Deno.statSync(path) : Deno.lstatSync(path);
    // The mode of a link says nothing.
    if (info.isSymlink) return { ...none, kind: "link", uid: info.uid };
    return {
      path,
      kind: info.isDirectory ? "folder" : info.isFile ? "file" : "other",
      mode: info.mode === null ? null : info.mode & 0o7777,
      uid: info.uid,
      gid: info.gid,
      sizeBytes: info.size,
      changedAtMs: info.mtime?.getTime() ?? null,
    };
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    return { ...none, kind: isMissing ? "missing" : "unreadable" };
  }
}
