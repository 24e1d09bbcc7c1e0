import { resolve } from "node:path";

/** A path as a person writes it, absolute: `~/` is their home, the rest relative to `base`. */
export function absolutePath(path: string, base: string, osHome: string | null): string {
  if (osHome && (path === "~" || path.startsWith("~/"))) return resolve(osHome, path.slice(2));
  return resolve(base, path);
}

/** The real path; null where nothing is there or it cannot be looked at. */
export function realOrNull(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null;
  }
}

/** A path as one word of a shell line. */
export function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
