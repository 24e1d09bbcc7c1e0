import * as z from "zod";
import type { Tool } from "../ports.ts";
import type { LoadedTools } from "./loaded_tools.ts";

const schema = z.strictObject({
  query: z.string().max(200),
  server: z.string().max(64).optional(),
});

/** Tools that one search gives. */
const COUNT = 8;
/** Characters of a description in the list. */
const MAX_LINE = 160;

/** Name of the tool. */
export const FIND_TOOL = "mcp_find";

/**
 * The tool `mcp_find`: looks for served tools whose schemas do not go with each request, and has
 * those it finds go along from then on.
 *
 * @param servers Names of the servers with what each is for.
 */
export function createFindTool(
  loaded: LoadedTools,
  servers: () => readonly {
    readonly alias: string;
    readonly about: string;
    readonly count: number;
  }[],
): Tool<z.infer<typeof schema>> {
  return {
    name: FIND_TOOL,
    get description() {
      const list = servers().map(({ alias, about, count }) =>
        `${alias} (${count} tools${about === "" ? "" : `: ${about}`})`
      );
      return "Find tools of MCP servers by words; those found can be called from then on. " +
        `Servers: ${list.join("; ")}`;
    },
    schema,
    flags: {
      readOnly: true,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: true,
      highImpactWrite: false,
    },
    isOffered: () => loaded.isDeferred,
    plan: ({ query, server }) => ({
      accesses: [],
      title: `find tools: ${query.replace(/\s+/g, " ")}`,
      readOnly: true,
      execute() {
        const found = loaded.find(query, server ?? null, COUNT);
        loaded.load(found.map(({ name }) => name));
        const lines = found.map(({ name, description }) =>
          `${name}: ${description.replace(/\s+/g, " ").slice(0, MAX_LINE)}`
        );
        const summary = `${found.length} tool${found.length === 1 ? "" : "s"} found`;
        const content = found.length === 0
          ? "No tool found; try other words, or the name of a server alone"
          : `These can be called now:\n${lines.join("\n")}`;
        return Promise.resolve({ ok: true, content, summary, effects: [] });
      },
    }),
  };
}
