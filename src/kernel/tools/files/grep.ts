import * as z from "zod";
import type { SearchResult } from "../../../model/cells/hands.ts";
import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { compileInclude, namedFolders } from "./globs.ts";
import { oneLine, resolveToolPath, shownPath } from "./paths.ts";
import { fileResult, plural, READ_FLAGS, withNotes } from "./results.ts";

const schema = z.strictObject({
  pattern: z.string().min(1).max(2000),
  path: z.string().optional(),
  include: z.string().optional(),
  ignore_case: z.boolean().optional(),
});

/** The tool `grep`: lines that match a regular expression. */
export function createGrepTool(
  deps: { hands: HandsFiles; workspace: string },
): Tool<z.infer<typeof schema>> {
  return {
    name: "grep",
    description: "Search file contents by JS regex; include is a glob",
    schema,
    flags: READ_FLAGS,
    plan({ pattern, path = ".", include, ignore_case: ignoreCase }) {
      const absolute = resolveToolPath(deps.workspace, path);
      const shown = shownPath(deps.workspace, absolute);
      const params = {
        pattern,
        path: absolute,
        ignoreCase,
        include: include === undefined ? undefined : compileInclude(include),
        enter: namedFolders(absolute, include ?? ""),
      };
      return {
        accesses: [{ permission: "read", path: absolute }],
        title: `grep ${oneLine(pattern)} in ${shown}`,
        readOnly: true,
        execute: ({ signal, leased }) =>
          fileResult(async () => {
            const found = await deps.hands.searchFiles(params, { signal, leased });
            return {
              ok: true,
              content: format(found, shown),
              summary: `${plural(found.matches.length, "match", "matches")} in ${
                plural(found.filesSearched, "file")
              }`,
              effects: [],
            };
          }),
      };
    },
  };
}

function format(found: SearchResult, root: string): string {
  const lines = found.matches.map(({ path, line, text }) => {
    const file = path === "" ? root : root === "." ? path : `${root}/${path}`;
    return `${oneLine(file)}:${line}: ${text}`;
  });
  return withNotes(lines, [
    lines.length === 0 && `no match in ${plural(found.filesSearched, "file")}`,
    found.literal && "the pattern is no valid regex and was searched for as text",
    found.more && "there are more matches: narrow the pattern or the path",
    found.skippedBinary > 0 && `${plural(found.skippedBinary, "binary file")} skipped`,
    found.skippedLarge > 0 && `${plural(found.skippedLarge, "file")} over 10 MB skipped`,
    found.unreadable > 0 &&
    `${plural(found.unreadable, "file or folder", "files or folders")} could not be read`,
    found.longLines > 0 &&
    `of ${plural(found.longLines, "very long line")} only the beginning was searched`,
    found.truncated && "too many files: not all were searched",
  ]);
}
