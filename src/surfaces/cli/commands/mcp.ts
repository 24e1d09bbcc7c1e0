import { buildMcpServers } from "./mcp_servers.ts";
import { buildMcpLogins } from "./mcp_logins.ts";
import { buildMcpServe } from "./mcp_serve.ts";
import { buildMcpSlack } from "./mcp_slack.ts";
import type { CommandSink } from "./sink.ts";
import type { CommonFlags } from "../parsed_command.ts";
import type { ServedName } from "./mcp_serve.ts";

/** `ward mcp …`; a name is as typed, null: chosen from a menu. */
export type McpCommand =
  & CommonFlags
  & (
    | { readonly type: "mcp_list" }
    | { readonly type: "mcp_serve"; readonly server: ServedName }
    | {
      readonly type: "mcp_slack_login";
      readonly alias: string | null;
      /** null: that of an earlier login, or asked for. */
      readonly clientId: string | null;
      readonly clientSecret: string | null;
      /** Id of a workspace; null: that of an earlier login, or the one that the user chooses. */
      readonly team: string | null;
      readonly redirectUri: string | null;
      /** Also where there is a login. */
      readonly force: boolean;
      readonly browser: boolean;
    }
    | { readonly type: "mcp_slack_status"; readonly alias: string | null }
    | {
      readonly type: "mcp_slack_logout";
      readonly alias: string | null;
      readonly localOnly: boolean;
    }
    /** `yes`: without a question. `dryRun`: only show it. */
    | {
      readonly type: "mcp_install";
      readonly editor: string | null;
      readonly yes: boolean;
      readonly dryRun: boolean;
    }
    | {
      readonly type: "mcp_login";
      readonly server: string | null;
      /** Of a server that stands in no configuration of the owner; null: that of its entry. */
      readonly url: string | null;
      readonly browser: boolean;
      readonly newClient: boolean;
      /** null: those of the entry, or what the server asks for. */
      readonly scopes: readonly string[] | null;
      /** Besides those that the login has now. */
      readonly addScopes: readonly string[];
    }
    | { readonly type: "mcp_logout"; readonly server: string | null; readonly localOnly: boolean }
    | { readonly type: "mcp_status"; readonly server: string | null }
    | {
      readonly type: "mcp_add";
      readonly name: string | null;
      /** Program and arguments; empty: it has an address. */
      readonly command: readonly string[];
      readonly url: string | null;
      /** `NAME`, or `NAME=text`, as typed. */
      readonly env: readonly string[];
      readonly headers: readonly string[];
      readonly read: readonly string[];
      readonly write: readonly string[];
      readonly net: readonly string[];
      readonly cwd: string | null;
      readonly description: string | null;
      readonly enabledTools: readonly string[] | null;
      readonly timeoutS: number | null;
      /** Approve its tools without a question. */
      readonly yes: boolean;
      /** False: write the entry alone. */
      readonly connect: boolean;
    }
    | { readonly type: "mcp_test"; readonly name: string | null }
    | { readonly type: "mcp_remove"; readonly name: string | null }
    | { readonly type: "mcp_enable"; readonly name: string | null; readonly enabled: boolean }
    /** `name`: null: all that waits. */
    | { readonly type: "mcp_approve"; readonly name: string | null; readonly yes: boolean }
  );

/** `ward mcp`. */
export function buildMcp({ program, done, common, example }: CommandSink): void {
  const mcp = program.command("mcp").summary("use servers of the Model Context Protocol")
    .description(
      "Servers of the Model Context Protocol whose tools the agent uses. They stand in " +
        "[mcpServers.<alias>] of config.toml, or in the .mcp.json of the workspace once you " +
        "approved it",
    );
  example(mcp, "ward mcp list");
  example(
    mcp.command("list").summary("show the servers and whether they are used")
      .action(() => done({ type: "mcp_list", ...common() })),
    "ward mcp list --json",
  );
  buildMcpLogins(mcp, { done, common, example });
  buildMcpServers(mcp, { done, common, example });
  buildMcpServe(mcp, { done, common, example });
  buildMcpSlack(mcp, { done, common, example });
}
