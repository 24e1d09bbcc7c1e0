import { pathFact } from "../../host/files/path_fact.ts";
import type { DoctorFix } from "../../model/report.ts";

/**
 * Mends one thing after another. Each is looked at again first: a path that has become a link or
 * somebody else's in the meantime is left alone.
 *
 * @returns Those that were mended.
 */
export function applyFixes(fixes: readonly DoctorFix[]): DoctorFix[] {
  return fixes.filter((fix) => {
    try {
      return apply(fix);
    } catch {
      // It stays as it is, and the checks that follow say so.
      return false;
    }
  });
}

function apply(fix: DoctorFix): boolean {
  const { kind, uid, mode } = pathFact(fix.path);
  switch (fix.type) {
    case "make":
      if (kind !== "missing") return false;
      Deno.mkdirSync(fix.path, { recursive: true, mode: 0o700 });
      return true;
    case "mode":
      if ((kind !== "folder" && kind !== "file") || uid !== Deno.uid() || mode !== fix.from) {
        return false;
      }
      Deno.chmodSync(fix.path, fix.to);
      return true;
    case "remove":
      if (kind !== "file" || uid !== Deno.uid()) return false;
      Deno.removeSync(fix.path);
      return true;
  }
}
