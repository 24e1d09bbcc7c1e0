/** `manage_mcp` of a session. */
import type { Ward } from "../ward.ts";
import { forgetServer } from "./server_grants.ts";
import { knownServers, type SessionServers } from "./servers.ts";
import { readConfigFile } from "../../host/files/config_file.ts";
import { changeConfig, changedMeanwhile } from "../../host/files/config_writer.ts";
import { systemClock } from "../../host/process/system.ts";
import type { Tool } from "../../kernel/ports.ts";
import { withoutSecrets } from "../../kernel/mcp/entry_secrets.ts";
import { quoteWord } from "../../kernel/policy/grant_command.ts";
import { parseConfig } from "../../kernel/settings/parse_config.ts";
import { createMcpTool } from "../../kernel/tools/manage/mcp_tool.ts";
import type { McpServer } from "../../model/mcp/server.ts";

/** Makes it. */
export function manageMcpTool(ward: Ward, servers: () => Promise<SessionServers>): Tool {
  const { home, configPath } = ward.start.settings;
  const fileName = configPath.replace(/^.*\//, "");
  return createMcpTool({
    fileName,
    readText: () => readConfigFile(configPath, home).text ?? "",
    async writeText(before, after) {
      await changeConfig({ home, configPath }, systemClock, (now) => {
        // A yes was to the change of this very text.
        if (now !== before) throw changedMeanwhile(configPath);
        return after;
      });
      const aliases = (text: string) => Object.keys(parseConfig(text, fileName).file.mcpServers);
      const left = new Set(aliases(after));
      for (const alias of aliases(before).filter((one) => !left.has(one))) {
        await forgetServer(ward, { alias, from: "config" });
      }
    },
    async list() {
      const { servers: known } = await knownServers(ward);
      return known.map(({ server, approval }) => ({
        alias: server.alias,
        place: placeText(withoutSecrets(server)),
        state: !server.enabled
          ? "disabled"
          : approval === null
          ? `not used: its tools are not approved (ward mcp approve ${server.alias})`
          : `used, ${approval.tools.length} tools`,
      }));
    },
    async restart(alias) {
      const handle = (await servers()).handles().find(({ server }) => server.alias === alias);
      await handle?.restart();
      return handle !== undefined;
    },
  }) as Tool;
}

/** Its program with arguments, or its address. */
export function placeText({ transport }: Pick<McpServer, "transport">): string {
  return transport.type === "http"
    ? transport.url
    : [transport.command, ...transport.args].map(quoteWord).join(" ");
}
