import * as z from "zod";
import type { OverviewResult } from "../../../model/cells/hands.ts";
import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { oneLine, resolveToolPath, shownPath } from "./paths.ts";
import { fileResult, plural, READ_FLAGS, withNotes } from "./results.ts";

const schema = z.strictObject({ path: z.string().optional() });

/** The tool `overview`: a project at a glance. */
export function createOverviewTool(
  deps: { hands: HandsFiles; workspace: string },
): Tool<z.infer<typeof schema>> {
  return {
    name: "overview",
    description: "Summarize a project: file types, manifests, folders, readme",
    schema,
    flags: READ_FLAGS,
    plan({ path = "." }) {
      const absolute = resolveToolPath(deps.workspace, path);
      const shown = shownPath(deps.workspace, absolute);
      return {
        accesses: [{ permission: "read", path: absolute }],
        title: `overview of ${shown}`,
        readOnly: true,
        execute: ({ signal, leased }) =>
          fileResult(async () => {
            const found = await deps.hands.overview({ path: absolute }, { signal, leased });
            return {
              ok: true,
              content: format(found),
              summary: `${shown}: ${plural(found.files, "file")}`,
              effects: [],
            };
          }),
      };
    },
  };
}

function format(found: OverviewResult): string {
  const sums = ({ files, bytes }: { files: number; bytes: number }) =>
    `${plural(files, "file")}, ${bytes} bytes`;
  return withNotes([
    `${plural(found.files, "file")}, ${plural(found.dirs, "folder")}, ${found.totalBytes} bytes`,
    ...section(
      "Types",
      found.byExtension,
      (item) => `${oneLine(item.extension) || "no extension"}: ${sums(item)}`,
    ),
    ...section("Folders", found.topFolders, (item) => `${oneLine(item.name)}/: ${sums(item)}`),
    ...section("Notable", found.notable, oneLine),
    ...(found.readmeHead === "" ? [] : ["Readme:", found.readmeHead]),
  ], [
    found.unreadable > 0 && `${plural(found.unreadable, "folder")} could not be read`,
    found.truncated && "too many files: not all were counted",
  ]);
}

function section<T>(title: string, items: readonly T[], line: (item: T) => string): string[] {
  return items.length === 0 ? [] : [`${title}:`, ...items.map((item) => `  ${line(item)}`)];
}
