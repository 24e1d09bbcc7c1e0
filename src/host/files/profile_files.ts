/** The files of a profile, as they stand: for `ward doctor`. Changes nothing. */
import type { PathFact } from "../../model/cells/path_fact.ts";
import { profilesFolder } from "../../model/profile.ts";
import { pathFact } from "./path_fact.ts";

/** Files of the data folder that hold what was said, and are there at times. */
const STATE = [
  "ward.db",
  "ward.db-wal",
  "ward.db-journal",
  "ward.db.lock",
  "audit.head",
  "history",
];

/**
 * Temporary names that ward itself gives: `home.ts` (probe), `database_key.ts`, `write_whole.ts`,
 * `audit_head.ts`, `history_file.ts`, `data_folder.ts`,
 * `active_profile.ts`, `private_file.ts`.
 */
const LEFTOVERS: readonly (readonly [string, RegExp])[] = [
  ["home", /^\.probe-[\w-]+$/],
  ["home", /^database\.(?:key|salt)\.[0-9a-f]{16}$/],
  ["home", /^(?:config\.toml|secrets\.enc)\.\d+\.tmp$/],
  ["home/auth/anthropic", /^oauth\.json\.[0-9a-f]{8}\.part$/],
  ["home", /^active_profile\.[0-9a-f]{8}$/],
  ["data", /^audit\.head\.new$/],
  ["data", /^history\.\d+$/],
  ["data/cell-etc", /^(?:passwd|group)\.\d+$/],
];

/** Younger ones may be in use. */
const LEFTOVER_AGE_MS = 3_600_000;

/** Folders and files of a profile. */
export function profileFiles(
  { home, dataDir, base, nowMs }: {
    home: string;
    dataDir: string;
    /** Ward's folder in the user's home; null when there is none. */
    base: string | null;
    nowMs: number;
  },
): {
  above: PathFact[];
  home: PathFact;
  data: PathFact;
  keys: PathFact[];
  state: PathFact[];
  writable: boolean | null;
  leftovers: PathFact[];
} {
  const there = (folder: string, names: readonly string[]) =>
    names.map((name) => pathFact(`${folder}/${name}`)).filter(({ kind }) => kind !== "missing");
  const keys = there(home, [
    "database.key",
    "database.salt",
    "secrets.enc",
    "auth/anthropic/oauth.json",
  ]);
  const state = there(dataDir, STATE);
  return {
    above: base !== null && home.startsWith(`${profilesFolder(base)}/`)
      ? [pathFact(base), pathFact(profilesFolder(base))]
      : [],
    home: pathFact(home),
    data: pathFact(dataDir),
    keys,
    state,
    writable: canWrite(state.filter(({ kind }) => kind === "file")),
    leftovers: LEFTOVERS.flatMap(([where, pattern]) => {
      const folder = where.startsWith("home")
        ? home + where.slice("home".length)
        : dataDir + where.slice("data".length);
      return names(folder).filter((name) => pattern.test(name))
        .map((name) => pathFact(`${folder}/${name}`))
        .filter(({ kind, changedAtMs }) =>
          kind === "file" && changedAtMs !== null && changedAtMs < nowMs - LEFTOVER_AGE_MS
        );
    }),
  };
}

/** Opening for writing changes nothing, not even the time of the file. */
function canWrite(files: readonly PathFact[]): boolean | null {
  if (files.length === 0) return null;
  return files.every(({ path }) => {
    try {
      Deno.openSync(path, { write: true }).close();
      return true;
    } catch {
      return false;
    }
  });
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}
