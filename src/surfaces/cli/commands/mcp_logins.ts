import type { Command } from "commander";
import type { CommandSink } from "./sink.ts";

/** `ward mcp login`, `logout` and `status`. */
export function buildMcpLogins(
  mcp: Command,
  { done, common, example }: Omit<CommandSink, "program">,
): void {
  example(
    mcp.command("login").summary("log in at a server over HTTP, by the browser")
      .description(
        "Finds the login service of the server, registers ward there where the entry names no " +
          "client, and opens the page where you agree. The tokens are kept with the saved " +
          "secrets and go to this server alone",
      )
      .option("--server <name>", "the server, as its entry is called")
      .option(
        "--url <address>",
        "its address, where it stands in the .mcp.json of a workspace alone",
      )
      .option("--no-browser", "open no browser; show the address")
      .option("--scope <words>", "what to ask for, in place of what the server asks for")
      .option("--add-scope <words>", "what to ask for besides what the login has now")
      .option("--new-client", "register anew also where that was done before")
      .action((
        options: {
          server?: string;
          url?: string;
          browser: boolean;
          scope?: string;
          addScope?: string;
          newClient?: true;
        },
      ) =>
        done({
          type: "mcp_login",
          server: options.server ?? null,
          url: options.url ?? null,
          browser: options.browser,
          newClient: options.newClient ?? false,
          scopes: options.scope === undefined ? null : words(options.scope),
          addScopes: words(options.addScope ?? ""),
          ...common(),
        })
      ),
    "ward mcp login --server notion",
  );
  example(
    mcp.command("logout").summary("give the tokens of a server back and forget them")
      .option("--server <name>", "the server, as its entry is called")
      .option("--local-only", "forget them, and ask no service")
      .action((options: { server?: string; localOnly?: true }) =>
        done({
          type: "mcp_logout",
          server: options.server ?? null,
          localOnly: options.localOnly ?? false,
          ...common(),
        })
      ),
    "ward mcp logout --server notion",
  );
  example(
    mcp.command("status").summary("show the logins at servers; no server is asked")
      .option("--server <name>", "of one server; exit code 1 where its login does not work")
      .action((options: { server?: string }) =>
        done({ type: "mcp_status", server: options.server ?? null, ...common() })
      ),
    "ward mcp status --json",
  );
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((one) => one !== "");
}
