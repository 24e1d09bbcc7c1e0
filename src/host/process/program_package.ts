/** Where a program of a package manager has the rest of itself. */
import { exists } from "../files/file_exists.ts";

/**
 * The folder that a program needs besides its own file: its package of npm, or its virtual
 * environment of Python.
 *
 * @param path Absolute; a link is followed.
 * @returns null: none is known.
 */
export function packageFolder(path: string): string | null {
  const real = Deno.realPathSync(path);
  const npm = /^(.*?\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(real)?.[1];
  if (npm) return npm;
  const folder = real.slice(0, real.lastIndexOf("/"));
  const above = folder.slice(0, folder.lastIndexOf("/"));
  return exists(`${above}/pyvenv.cfg`) ? above : null;
}
