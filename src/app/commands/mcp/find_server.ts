import { argumentOr } from "../../prompting.ts";
import { type KnownServer, knownServers } from "../../mcp/servers.ts";
import { placeText } from "../../mcp/manage_mcp.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../../../base/app_error.ts";
import { nearest } from "../../../kernel/settings/nearest.ts";

/**
 * The server of that name; one that was left out is chosen from a menu.
 *
 * @param verb Of the command, for its usage.
 * @throws {UsageError} `mcp.unknown`, `cli.missing_argument`.
 */
export async function serverOr(
  context: CommandContext,
  given: string | null,
  verb: string,
): Promise<KnownServer> {
  const { servers } = await knownServers(context.ward);
  const names = servers.map(({ server }) => server.alias);
  const unknown = (message: string, hint: string) =>
    new UsageError("mcp.unknown", message, { hint });
  const name = await argumentOr(context, given, {
    name: "<alias>",
    usage: `ward mcp ${verb} <alias>`,
    ask(prompter) {
      if (servers.length === 0) {
        throw unknown("No MCP server is set up", "ward mcp add <alias> adds one");
      }
      return prompter.choose({
        title: "Which server",
        items: servers.map(({ server }) => ({
          value: server.alias,
          label: server.alias,
          detail: placeText(server),
        })),
      });
    },
  });
  const found = servers.find(({ server }) => server.alias === name);
  if (found) return found;
  const near = nearest(name, names);
  throw unknown(
    `There is no MCP server "${name}"${near === null ? "" : `; did you mean "${near}"?`}`,
    names.length === 0 ? "ward mcp add <alias> adds one" : `There are ${names.join(", ")}`,
  );
}
