import { executable } from "./machine.ts";

/** Where systems put Chromium and its like: the programs themselves, no scripts that start them. */
const PROGRAMS = [
  "/usr/lib/chromium/chromium",
  "/usr/lib64/chromium-browser/chromium-browser",
  "/usr/lib/chromium-browser/chromium-browser",
  "/opt/google/chrome/chrome",
  "/opt/microsoft/msedge/msedge",
  "/opt/brave.com/brave/brave",
];

/**
 * The browser of this machine.
 *
 * @param named Of the settings; null looks at the usual places.
 * @returns Its real path; null when there is none.
 */
export function findBrowser(named: string | null): string | null {
  const found = (named === null ? PROGRAMS : [named]).find(executable);
  return found === undefined ? null : Deno.realPathSync(found);
}
