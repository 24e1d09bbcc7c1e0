import type { Command } from "commander";
import type { CommandSink } from "./sink.ts";

/** `ward mcp slack`. */
export function buildMcpSlack(
  mcp: Command,
  { done, common, example }: Omit<CommandSink, "program">,
): void {
  const slack = mcp.command("slack").summary("log in at workspaces of Slack, as yourself")
    .description(
      "A login gives the agent tools that read and post at Slack as you, and writes an entry of " +
        "Slack's own MCP server into the configuration. You bring an app of your own; docs/slack.md " +
        "says how to register one",
    );
  example(slack, "ward mcp slack login acme");
  example(
    slack.command("login").summary("log in at a workspace, by the browser")
      .description(
        "Asks for the id and secret of your app unseen, once; later logins of this name take them " +
          "from there. From a script write them to standard input, a line each",
      )
      .argument("[alias]", "what the workspace is called here")
      .option("--client-id <id>", "client id of your app")
      .option(
        "--client-secret <secret>",
        "its secret; what stands in a command line others can see, so better leave it out",
      )
      .option("--team <id>", "id of the workspace, such as T024JJ69R")
      .option("--redirect-uri <url>", "address registered in the app, a page that leads to ward's")
      .option("--force", "log in anew also where there is a login")
      .option("--no-browser", "open no browser; show the address")
      .action((alias: string | undefined, options: LoginOptions) =>
        done({
          type: "mcp_slack_login",
          alias: alias ?? null,
          clientId: options.clientId ?? null,
          clientSecret: options.clientSecret ?? null,
          team: options.team ?? null,
          redirectUri: options.redirectUri ?? null,
          force: options.force ?? false,
          browser: options.browser,
          ...common(),
        })
      ),
    "ward mcp slack login acme --team T024JJ69R",
  );
  example(
    slack.command("status").summary("show the logins; Slack is not asked")
      .argument("[alias]", "of one workspace; exit code 1 where its login does not work")
      .action((alias: string | undefined) =>
        done({ type: "mcp_slack_status", alias: alias ?? null, ...common() })
      ),
    "ward mcp slack status --json",
  );
  example(
    slack.command("logout").summary("have Slack take the token back, and forget it")
      .argument("[alias]", "what the workspace is called here")
      .option("--local-only", "forget it, and do not ask Slack")
      .action((alias: string | undefined, options: { localOnly?: true }) =>
        done({
          type: "mcp_slack_logout",
          alias: alias ?? null,
          localOnly: options.localOnly ?? false,
          ...common(),
        })
      ),
    "ward mcp slack logout acme",
  );
}

interface LoginOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly team?: string;
  readonly redirectUri?: string;
  readonly force?: true;
  readonly browser: boolean;
}
