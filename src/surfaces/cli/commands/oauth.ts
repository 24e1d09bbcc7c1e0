import type { CommandSink } from "./sink.ts";

/** `ward oauth`. */
export function buildOAuth({ program, done, common, example }: CommandSink): void {
  const oauth = program.command("oauth").summary("connect services for http_request")
    .description(
      "Connects services by OAuth 2; each connection is a profile of http_request. Built in are " +
        "twitter and github, others stand in [oauth.providers] of config.toml",
    );
  example(oauth, "ward oauth connect github");
  example(
    oauth.command("providers").summary("show the services that can be connected")
      .action(() => done({ type: "oauth_providers", ...common() })),
    "ward oauth providers",
  );
  example(
    oauth.command("connect").summary("connect a service by the browser")
      .description(
        "Asks for the id and the secret of your app at the service, unseen, and opens the page " +
          "where you agree. Standard input that is no terminal gives them, a line each",
      )
      .argument("[name]", "service")
      .option("--no-browser", "open no browser; show the address")
      .option("--new-client", "ask for id and secret also where they are saved")
      .action((
        name: string | undefined,
        options: { browser: boolean; newClient?: true },
      ) =>
        done({
          type: "oauth_connect",
          name: name ?? null,
          browser: options.browser,
          newClient: options.newClient ?? false,
          ...common(),
        })
      ),
    "ward oauth connect github",
  );
  example(
    oauth.command("list").summary("show the connections")
      .action(() => done({ type: "oauth_list", ...common() })),
    "ward oauth list --json",
  );
  example(
    oauth.command("refresh").summary("renew the token of a connection now")
      .argument("[name]", "service")
      .action((name: string | undefined) =>
        done({ type: "oauth_refresh", name: name ?? null, ...common() })
      ),
    "ward oauth refresh twitter",
  );
  example(
    oauth.command("remove").alias("rm").summary("give the tokens back and forget the connection")
      .argument("[name]", "service")
      .option("--yes", "ask nothing")
      .action((name: string | undefined, options: { yes?: true }) =>
        done({ type: "oauth_remove", name: name ?? null, yes: options.yes ?? false, ...common() })
      ),
    "ward oauth remove github",
  );
}
