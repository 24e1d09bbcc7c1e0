import * as z from "zod";
import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { compileGlob, namedFolders } from "./globs.ts";
import { oneLine, resolveToolPath, shownPath } from "./paths.ts";
import { fileResult, plural, READ_FLAGS, withNotes } from "./results.ts";

const schema = z.strictObject({ pattern: z.string(), path: z.string().optional() });

/** The tool `glob`: files by name, newest first. */
export function createGlobTool(
  deps: { hands: HandsFiles; workspace: string },
): Tool<z.infer<typeof schema>> {
  return {
    name: "glob",
    description: "Find files by glob, newest first",
    schema,
    flags: READ_FLAGS,
    plan({ pattern, path = "." }) {
      // A pattern may name a folder as a path does, so the same is refused in it.
      if (pattern.startsWith("~")) resolveToolPath(deps.workspace, pattern);
      const { folder, glob } = compileGlob(pattern, resolveToolPath(deps.workspace, path));
      const shown = shownPath(deps.workspace, folder);
      return {
        accesses: [{ permission: "read", path: folder }],
        title: `glob ${oneLine(pattern)} in ${shownPath(deps.workspace, folder)}`,
        readOnly: true,
        execute: ({ signal, leased }) =>
          fileResult(async () => {
            const params = { pattern: glob, path: folder, enter: namedFolders(pattern, folder) };
            const { paths, omitted, unreadable, truncated } = await deps.hands.findFiles(params, {
              signal,
              leased,
            });
            const prefix = shown === "." ? "" : `${shown}/`;
            return {
              ok: true,
              content: withNotes(paths.map((found) => oneLine(prefix + found)), [
                paths.length === 0 && "no file matches",
                omitted > 0 && plural(omitted, "older file"),
                truncated && "too many files: not all were looked at",
                unreadable > 0 && `${plural(unreadable, "folder")} could not be read`,
              ]),
              summary: `${oneLine(pattern)}: ${plural(paths.length + omitted, "file")}`,
              effects: [],
            };
          }),
      };
    },
  };
}
