import type { Tool } from "../../ports.ts";
import { createWebFetchTool } from "./web_fetch.ts";
import { createWebSearchTool, type WebSearchDeps } from "./web_search.ts";

/**
 * The tools that read the web (T3).
 *
 * @param deps `hosts`: of private networks, that the owner allows.
 */
export function createWebTools(deps: WebSearchDeps & { hosts: readonly string[] }): Tool[] {
  return [createWebSearchTool(deps), createWebFetchTool(deps)];
}
