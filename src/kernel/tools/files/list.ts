import * as z from "zod";
import type { FileEntry } from "../../../model/cells/hands.ts";
import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { namedFolders } from "./globs.ts";
import { oneLine, resolveToolPath, shownPath } from "./paths.ts";
import { fileResult, plural, READ_FLAGS, withNotes } from "./results.ts";

const schema = z.strictObject({ path: z.string().optional(), depth: z.int().min(1).optional() });

/** The tool `list`: what is in a folder. */
export function createListTool(
  deps: { hands: HandsFiles; workspace: string },
): Tool<z.infer<typeof schema>> {
  return {
    name: "list",
    description: "List a folder",
    schema,
    flags: READ_FLAGS,
    plan({ path = ".", depth }) {
      const absolute = resolveToolPath(deps.workspace, path);
      const shown = shownPath(deps.workspace, absolute);
      return {
        accesses: [{ permission: "read", path: absolute }],
        title: `list ${shown}`,
        readOnly: true,
        execute: ({ signal, leased }) =>
          fileResult(async () => {
            const params = { path: absolute, depth, enter: namedFolders(absolute) };
            const { entries, omitted, unreadable, truncated } = await deps.hands.listFiles(params, {
              signal,
              leased,
            });
            const prefix = shown === "." ? "" : `${shown}/`;
            return {
              ok: true,
              content: withNotes(entries.map((entry) => line(prefix, entry)), [
                entries.length === 0 && "empty folder",
                (omitted > 0 || truncated) &&
                `${plural(omitted, "more entry", "more entries")}${truncated ? " at least" : ""}`,
                unreadable > 0 && `${plural(unreadable, "folder")} could not be read`,
              ]),
              summary: `${shown}: ${plural(entries.length + omitted, "entry", "entries")}`,
              effects: [],
            };
          }),
      };
    },
  };
}

function line(prefix: string, { path, kind, sizeBytes }: FileEntry): string {
  const name = oneLine(prefix + path);
  switch (kind) {
    case "dir":
      return `${name}/`;
    case "file":
      return sizeBytes === null ? name : `${name}\t${sizeBytes}`;
    case "link":
      return `${name}\tlink`;
    case "other":
      return `${name}\tspecial`;
  }
}
