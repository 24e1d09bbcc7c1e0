import type { CommandPlan, Stage } from "../../model/cells/command.ts";
import { wordText } from "../../model/cells/command.ts";

/** A file that a redirection of the line opens. */
export interface PlanFile {
  readonly permission: "read" | "write";
  /** Absolute. */
  readonly path: string;
}

/** Folders the line may stand in after a command, by how the command ended. */
interface Folders {
  readonly ok: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

/** Folders a line may be in at one point; more is no everyday line. */
const MAX_FOLDERS = 32;

/**
 * The files that the redirections of a plan may open, and the folders that its commands may run in.
 * Where a `cd` may or may not have worked, both possibilities are listed.
 *
 * @param cwd Absolute folder the line starts in.
 * @returns Null when there are too many possibilities to name.
 */
export function walkPlan(
  plan: CommandPlan,
  cwd: string,
): { readonly files: PlanFile[]; readonly folders: string[] } | null {
  const folders = new Set<string>([cwd]);
  const files = new Map<string, PlanFile>();
  let tooMany = false;
  const visit = (node: CommandPlan, from: ReadonlySet<string>): Folders => {
    if (from.size > MAX_FOLDERS) tooMany = true;
    if (tooMany) return { ok: from, failed: from };
    switch (node.type) {
      case "sequence": {
        let now: Folders = { ok: from, failed: from };
        for (const item of node.items) now = visit(item, union(now.ok, now.failed));
        return now;
      }
      case "and": {
        const left = visit(node.left, from);
        const right = visit(node.right, left.ok);
        return { ok: right.ok, failed: union(left.failed, right.failed) };
      }
      case "or": {
        const left = visit(node.left, from);
        const right = visit(node.right, left.failed);
        return { ok: union(left.ok, right.ok), failed: right.failed };
      }
      case "pipeline": {
        const ends = node.stages.map((stage) => visitStage(stage, from));
        const [only] = ends;
        const end = ends.length === 1 && only ? only : { ok: from, failed: from };
        return node.negated ? { ok: end.failed, failed: end.ok } : end;
      }
    }
  };
  const visitStage = (stage: Stage, from: ReadonlySet<string>): Folders => {
    for (const folder of from) folders.add(folder);
    for (const redirect of stage.redirects) {
      if (redirect.type === "duplicate" || redirect.type === "text") continue;
      const permission = redirect.type === "read" ? "read" : "write";
      for (const folder of from) {
        const path = resolvePath(folder, redirect.path);
        if (path !== "/dev/null") files.set(`${permission} ${path}`, { permission, path });
      }
    }
    if (stage.type === "group") {
      const inside = visit(stage.body, from);
      return stage.subshell ? { ok: from, failed: from } : inside;
    }
    if (stage.type === "builtin" && stage.name === "cd") {
      const [target] = stage.args;
      const to = [...from].map((folder) => target ? resolvePath(folder, wordText(target)) : cwd);
      return { ok: new Set(to), failed: from };
    }
    return { ok: from, failed: from };
  };
  visit(plan, new Set([cwd]));
  return tooMany ? null : { files: [...files.values()], folders: [...folders] };
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return a === b ? a : new Set([...a, ...b]);
}

function resolvePath(folder: string, path: string): string {
  const segments = path.startsWith("/") ? [] : folder.split("/").filter((part) => part !== "");
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return "/" + segments.join("/");
}
