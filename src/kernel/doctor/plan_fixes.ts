import type { DoctorFix } from "../../model/report.ts";
import type { DoctorFacts } from "./facts.ts";
import type { PathFact } from "../../model/cells/path_fact.ts";

/**
 * What `--fix` may mend: modes of ward's own folders and files, temporary files that were left,
 * missing folders. Nothing of another user, no link, nothing outside ward's folders but the
 * configuration. Folders come before what is in them, so that nobody can swap a path below.
 */
export function planFixes({ uid, folders, config }: DoctorFacts): DoctorFix[] {
  const { above, home, data, keys, state, leftovers } = folders;
  const tighten = (fact: PathFact, kind: "folder" | "file", to: number): DoctorFix[] => {
    const { path, mode } = fact;
    const isMine = uid === null || fact.uid === uid;
    if (fact.kind !== kind || mode === null || !isMine || (mode & 0o077) === 0) return [];
    // Never more than it had: a file that is read-only on purpose stays so.
    return [{ type: "mode", path, from: mode & 0o7777, to: mode & to }];
  };
  const make = ({ kind, path }: PathFact): DoctorFix[] =>
    kind === "missing" ? [{ type: "make", path }] : [];
  // In a folder that is closed an editor's usual mode does no harm.
  const isShielded = config.file.path.startsWith(home.path + "/");
  const isConfigOpen = !isShielded || ((config.file.mode ?? 0) & 0o022) !== 0;
  return [
    ...above.flatMap((folder) => tighten(folder, "folder", 0o700)),
    ...make(home),
    ...tighten(home, "folder", 0o700),
    ...make(data),
    ...tighten(data, "folder", 0o700),
    ...(isConfigOpen ? tighten(config.file, "file", 0o600) : []),
    ...[...keys, ...state].flatMap((file) => tighten(file, "file", 0o600)),
    ...leftovers.map(({ path, sizeBytes }): DoctorFix => ({ type: "remove", path, sizeBytes })),
  ];
}
