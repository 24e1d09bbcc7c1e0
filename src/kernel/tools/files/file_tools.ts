import type { Tool } from "../../ports.ts";
import type { HandsFiles } from "../hands_port.ts";
import { createEditTool } from "./edit.ts";
import { createGlobTool } from "./glob.ts";
import { createGrepTool } from "./grep.ts";
import { createListTool } from "./list.ts";
import { createOverviewTool } from "./overview.ts";
import { createReadTool } from "./read.ts";
import { createWriteTool } from "./write.ts";

/**
 * The file tools (T1). Their descriptions are part of every request: each word costs.
 *
 * @param deps `workspace`: absolute real path; relative paths are resolved against it.
 */
export function createFileTools(deps: { hands: HandsFiles; workspace: string }): Tool[] {
  return [
    createReadTool(deps),
    createWriteTool(deps),
    createEditTool(deps),
    createListTool(deps),
    createGlobTool(deps),
    createGrepTool(deps),
    createOverviewTool(deps),
  ];
}
