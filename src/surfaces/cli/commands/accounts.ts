import type { CommandSink } from "./sink.ts";

/** `ward auth`, `connect` and `disconnect`. */
export function buildAccounts(sink: CommandSink): void {
  buildAuth(sink);
  buildConnect(sink);
}

function buildConnect({ program, done, common, example }: CommandSink): void {
  const connect = program.command("connect").summary("connect a model service")
    .description(
      "Logs in to a service, or saves its key: claude, copilot, chatgpt, or a provider. " +
        "Without a name it is a menu",
    )
    .argument("[name]", "service or provider")
    .option("--no-browser", "open no browser; show the address")
    .action((name: string | undefined, { browser }: { browser: boolean }) =>
      done({ type: "connect", name: name ?? null, browser, ...common() })
    );
  example(connect, "ward connect copilot");
  example(
    connect.command("status").alias("list").summary("show what is connected")
      .action(() => done({ type: "connect_status", ...common() })),
    "ward connect status",
  );
  example(
    program.command("disconnect").summary("end a login, or remove a saved key")
      .description("Ends a login, or removes a saved key. Without a name it is a menu")
      .argument("[name]", "what is connected, or all")
      .option("--yes", "ask nothing")
      .action((name: string | undefined, options: { yes?: true }) =>
        done({ type: "disconnect", name: name ?? null, yes: options.yes ?? false, ...common() })
      ),
    "ward disconnect copilot",
  );
}

function buildAuth({ program, done, common, example }: CommandSink): void {
  const auth = program.command("auth").summary("log in to model services")
    .description("Logs in with the subscription of a model service, in place of a key");
  example(auth, "ward auth claude login");
  const claude = auth.command("claude").summary("the login of Claude Pro, Max and Team")
    .action(() => done({ type: "auth_claude_status", ...common() }));
  example(claude, "ward auth claude status");
  example(
    claude.command("login").summary("log in by the browser")
      .option("--no-browser", "show the address, and take the code that the page shows")
      .action(({ browser }: { browser: boolean }) =>
        done({ type: "auth_claude_login", browser, ...common() })
      ),
    "ward auth claude login --no-browser",
  );
  example(
    claude.command("status").summary("show whose login it is and when it ends")
      .action(() => done({ type: "auth_claude_status", ...common() })),
    "ward auth claude status --json",
  );
  example(
    claude.command("logout").summary("give the login back and forget it")
      .action(() => done({ type: "auth_claude_logout", ...common() })),
    "ward auth claude logout",
  );
  const codex = auth.command("codex").summary("the login that the Codex CLI made")
    .action(() => done({ type: "auth_codex_status", ...common() }));
  example(codex, "ward auth codex status");
  example(
    codex.command("status").summary("show whose login it is and when it ends")
      .action(() => done({ type: "auth_codex_status", ...common() })),
    "ward auth codex status",
  );
  example(
    codex.command("refresh").summary("renew it now, in the CLI's own file")
      .action(() => done({ type: "auth_codex_refresh", ...common() })),
    "ward auth codex refresh",
  );
}
