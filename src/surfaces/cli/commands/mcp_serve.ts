import { type Command, InvalidArgumentError } from "commander";
import { EDITORS } from "../../../kernel/editors/editor_table.ts";
import type { CommandSink } from "./sink.ts";

/** Servers that `ward mcp serve` knows. */
export const SERVED_NAMES = ["self", "slack"] as const;

/** One of {@linkcode SERVED_NAMES}. */
export type ServedName = typeof SERVED_NAMES[number];

const EDITOR_NAMES = EDITORS.map(({ name }) => name).join(", ");

/** `ward mcp serve` and `install`. */
export function buildMcpServe(
  mcp: Command,
  { done, common, example }: Omit<CommandSink, "program">,
): void {
  example(
    mcp.command("serve").summary("serve ward to an editor or another agent")
      .description(
        "Speaks the Model Context Protocol over standard input and output, for a program that " +
          "starts it; docs/editors.md has the block for each editor. What needs approval is asked " +
          "through the client, or refused with the command that allows it",
      )
      .argument(
        "<server>",
        "self: ward's own state, and its agent; slack: the workspaces of ward mcp slack",
        servedName,
      )
      .action((server: ServedName) => done({ type: "mcp_serve", server, ...common() })),
    "ward mcp serve self",
  );
  example(
    mcp.command("install").summary("write ward into the MCP servers of an editor")
      .description(
        "Shows what would change in the editor's file and asks first. Comments stay, and the file " +
          "as it was is kept beside it. Give -w for the folder that the agent is to work in",
      )
      .argument("[editor]", EDITOR_NAMES)
      .option("--yes", "ask nothing")
      .option("--dry-run", "only show the change")
      .action((editor: string | undefined, options: { yes?: true; dryRun?: true }) =>
        done({
          type: "mcp_install",
          editor: editor ?? null,
          yes: options.yes ?? false,
          dryRun: options.dryRun ?? false,
          ...common(),
        })
      ),
    "ward mcp install cursor",
  );
}

function servedName(text: string): ServedName {
  const name = SERVED_NAMES.find((one) => one === text);
  if (name !== undefined) return name;
  throw new InvalidArgumentError(`Allowed: ${SERVED_NAMES.join(", ")}.`);
}
