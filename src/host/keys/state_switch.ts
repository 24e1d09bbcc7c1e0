/**
 * Puts another state in the place of a profile's, all of it or none: for a new database key and for
 * what a backup gives back.
 *
 * What is to come is made in folders called `staged`, and a new key in a second place of the
 * keychain. Until the one rename that writes "switching" into `state.switch` all of that can be
 * thrown away; from then on it is only moved into place, and whoever starts next goes on where a
 * crash ended it. So at each moment the files in place, or those staged, are whole and their key is
 * kept.
 */
import * as z from "zod";
import { AppError } from "../../base/app_error.ts";
import { syncFolder } from "../files/file_lock.ts";
import { writeWhole } from "../files/write_whole.ts";
import type { Keychain } from "./keychain.ts";

/** Folder names of a profile that a state is in. */
const FOLDERS = ["home", "data"] as const;

/** Name of the folder that takes what is to come, below each of {@linkcode FOLDERS}. */
export const STAGED = "staged";

/** Name in the keychain of the key to come; no saved secret can be called so. */
export const NEXT_KEY = "database.next";

/** A plain name, or one below a folder that {@linkcode beginSwitch} makes. */
const fileName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*(\/[a-zA-Z0-9][a-zA-Z0-9._-]*)?$/);

const moveSchema = z.strictObject({
  folder: z.enum(FOLDERS),
  /** File in the staged folder and in its place. */
  name: fileName,
  /** Where the file that is in place goes; null: it is replaced. */
  aside: fileName.nullable(),
});

const planSchema = z.strictObject({
  version: z.literal(1),
  phase: z.enum(["preparing", "switching"]),
  moves: z.array(moveSchema),
  /** SHA-256 of the keychain's second key, in hex, which becomes the first; null: none does. */
  keychain: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
});

/** One file that takes its place. */
export type Move = z.infer<typeof moveSchema>;

/** What changes; all of it or nothing. */
export interface SwitchPlan {
  readonly moves: readonly Move[];
  /** {@linkcode fingerprint} of the key that takes the first place in the keychain. */
  readonly keychain: string | null;
}

/** File calls of a switch, each on the disk when it returns; a test ends the process in any. */
export interface SwitchFiles {
  writeWhole(path: string, text: string): void;
  makeFolder(path: string): void;
  rename(from: string, to: string): void;
  /** A file, or a folder with what is in it; nothing there is fine. */
  remove(path: string): void;
}

/** Where a profile is, and its keychain. */
export interface SwitchPlaces {
  /** Absolute paths. */
  readonly home: string;
  readonly dataDir: string;
  /** The database key; null: no keychain. */
  readonly keychain: Keychain | null;
  /** The entry {@linkcode NEXT_KEY}. */
  readonly nextKeychain: Keychain | null;
  readonly files: SwitchFiles;
}

/** The real files. */
export const switchFiles: SwitchFiles = {
  writeWhole: (path, text) => writeWhole(path, text),
  makeFolder(path) {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    syncFolder(parent(path));
  },
  rename(from, to) {
    Deno.renameSync(from, to);
    syncFolder(parent(to));
    syncFolder(parent(from));
  },
  remove(path) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    syncFolder(parent(path));
  },
};

/**
 * Begins: says what is planned and makes the empty staged folders. The home must be held alone.
 *
 * @returns The staged folders.
 */
export function beginSwitch(
  places: SwitchPlaces,
  plan: SwitchPlan,
): Readonly<Record<typeof FOLDERS[number], string>> {
  write(places, "preparing", plan);
  for (const folder of FOLDERS) {
    places.files.remove(staged(places, folder));
    places.files.makeFolder(staged(places, folder));
  }
  return { home: staged(places, "home"), data: staged(places, "data") };
}

/**
 * The point of no return, and the way from there. Everything staged must be on the disk.
 *
 * @throws {AppError} `key.unfinished` when the keychain does not take the key; the next start tries
 *   again.
 */
export async function finishSwitch(places: SwitchPlaces, plan: SwitchPlan): Promise<void> {
  write(places, "switching", plan);
  await carryOut(places, plan);
}

/** Throws away what was staged; only before {@linkcode finishSwitch}. */
export async function abandonSwitch(places: SwitchPlaces): Promise<void> {
  const plan = read(places);
  if (plan === null || plan.phase === "switching") return;
  // A key that nothing is under; should it stay, it opens nothing.
  if (plan.keychain !== null) await places.nextKeychain?.remove();
  cleanUp(places);
}

/** Whether a switch was interrupted. */
export function isSwitching({ home }: Pick<SwitchPlaces, "home">): boolean {
  try {
    return Deno.lstatSync(planPath(home)).isFile;
  } catch {
    return false;
  }
}

/**
 * Ends an interrupted switch. Nobody may have begun one since: the home is held.
 *
 * @returns What was done; null: nothing was left.
 * @throws {AppError} `key.unfinished`, `key.switch_broken`.
 */
export async function recoverSwitch(
  places: SwitchPlaces,
): Promise<"finished" | "rolled back" | null> {
  const plan = read(places);
  if (plan === null) return null;
  if (plan.phase === "preparing") {
    await abandonSwitch(places);
    return "rolled back";
  }
  await carryOut(places, plan);
  return "finished";
}

/** Every step is skipped where it was taken already. */
async function carryOut(places: SwitchPlaces, plan: SwitchPlan): Promise<void> {
  const { files } = places;
  for (const { folder, name, aside } of plan.moves) {
    const from = `${staged(places, folder)}/${name}`;
    if (!exists(from)) continue;
    const root = folder === "home" ? places.home : places.dataDir;
    const to = `${root}/${name}`;
    const old = aside === null ? null : `${root}/${aside}`;
    if (old !== null) files.makeFolder(parent(old));
    // A log or journal is of the database that goes, and goes where it does.
    for (const end of name === "ward.db" ? ["-wal", "-journal"] : []) {
      if (old === null) files.remove(to + end);
      else if (exists(to + end)) files.rename(to + end, old + end);
    }
    if (old !== null && exists(to)) files.rename(to, old);
    files.rename(from, to);
  }
  if (plan.keychain !== null) await moveKey(places, plan.keychain);
  cleanUp(places);
}

/** Says of a random key which one it is, and nothing else. */
export async function fingerprint(keyHex: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(keyHex));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function moveKey(
  { keychain, nextKeychain }: SwitchPlaces,
  wanted: string,
): Promise<void> {
  const isIt = async (key: string | null | undefined): Promise<boolean> =>
    typeof key === "string" && await fingerprint(key) === wanted;
  if (!await isIt(await keychain?.lookUp())) {
    const key = await nextKeychain?.lookUp() ?? "";
    if (
      !await isIt(key) || !await keychain?.store(key) || !await isIt(await keychain?.lookUp())
    ) {
      throw new AppError("key.unfinished", "The new database key is not in its place yet", {
        hint: "Unlock the keychain and start ward again: it goes on where it stopped. The key is " +
          `in the keychain under "ward ${NEXT_KEY}"; leave it there`,
      });
    }
  }
  // Only now: the first place has given the key back.
  await nextKeychain?.remove();
}

function cleanUp(places: SwitchPlaces): void {
  for (const folder of FOLDERS) places.files.remove(staged(places, folder));
  places.files.remove(planPath(places.home));
}

function read({ home }: SwitchPlaces): z.infer<typeof planSchema> | null {
  const path = planPath(home);
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    return planSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError("key.switch_broken", `Cannot read "${path}": it is not what ward wrote`, {
      cause,
      hint: "A change of the state was interrupted, and this file says how far it came: use the " +
        "ward version that wrote it, or restore a backup",
    });
  }
}

function write({ home, files }: SwitchPlaces, phase: "preparing" | "switching", plan: SwitchPlan) {
  const { moves, keychain } = plan;
  files.writeWhole(
    planPath(home),
    JSON.stringify({ version: 1, phase, moves, keychain }, null, 1) + "\n",
  );
}

function planPath(home: string): string {
  return `${home}/state.switch`;
}

function staged(places: SwitchPlaces, folder: typeof FOLDERS[number]): string {
  return `${folder === "home" ? places.home : places.dataDir}/${STAGED}`;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
