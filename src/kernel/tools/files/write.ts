import * as z from "zod";
import { countLines } from "../../agent/cut_output.ts";
import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { resolveToolPath, shownPath } from "./paths.ts";
import { diffOf, fileResult, plural, textChange } from "./results.ts";

const schema = z.strictObject({ path: z.string(), content: z.string() });

/** The tool `write`: a whole file. */
export function createWriteTool(
  deps: { hands: HandsFiles; workspace: string },
): Tool<z.infer<typeof schema>> {
  return {
    name: "write",
    description: "Create or overwrite a file",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: true,
      highImpactWrite: false,
    },
    plan({ path, content }) {
      const absolute = resolveToolPath(deps.workspace, path);
      const shown = shownPath(deps.workspace, absolute);
      return {
        accesses: [{ permission: "write", path: absolute }],
        title: `write ${shown}`,
        readOnly: false,
        execute: ({ signal, leased }) =>
          fileResult(async () => {
            const change = await deps.hands.writeFile({ path: absolute, content }, {
              signal,
              leased,
            });
            const done = `${change.created ? "created" : "wrote"} ${shown}: ${
              plural(countLines(content), "line")
            }, ${plural(change.sizeBytes, "byte")}`;
            return {
              ok: true,
              content: change.atomic ? done : `${done} (in place: its folder is not writable)`,
              summary: done,
              diff: diffOf(shown, change.created, change),
              change: textChange(absolute, change.created, change),
              effects: [`write ${shown}`],
            };
          }),
      };
    },
  };
}
