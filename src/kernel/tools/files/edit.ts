import * as z from "zod";
import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { resolveToolPath, shownPath } from "./paths.ts";
import { diffOf, fileResult, plural, textChange } from "./results.ts";

const schema = z.strictObject({
  path: z.string(),
  edits: z.array(z.strictObject({
    old: z.string(),
    new: z.string(),
    all: z.boolean().optional(),
  })),
});

/** The tool `edit`: exact replacements, all or nothing. */
export function createEditTool(
  deps: { hands: HandsFiles; workspace: string },
): Tool<z.infer<typeof schema>> {
  return {
    name: "edit",
    description: "Replace exact text in a file; old must occur once unless all",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ path, edits }) {
      const absolute = resolveToolPath(deps.workspace, path);
      const shown = shownPath(deps.workspace, absolute);
      return {
        accesses: [
          { permission: "read", path: absolute },
          { permission: "write", path: absolute },
        ],
        title: `edit ${shown}`,
        readOnly: false,
        execute: ({ signal, leased }) =>
          fileResult(async () => {
            const change = await deps.hands.editFile({
              path: absolute,
              edits: edits.map((edit) => ({
                oldText: edit.old,
                newText: edit.new,
                replaceAll: edit.all,
              })),
            }, { signal, leased });
            const done = `edited ${shown}: ${plural(change.replacements, "replacement")}`;
            return {
              ok: true,
              content: change.atomic ? done : `${done} (in place: its folder is not writable)`,
              summary: done,
              diff: diffOf(shown, false, change),
              change: textChange(absolute, false, change),
              effects: [`write ${shown}`],
            };
          }),
      };
    },
  };
}
