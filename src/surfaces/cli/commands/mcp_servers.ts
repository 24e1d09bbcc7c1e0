import { type Command, Option } from "commander";
import { wholeNumber } from "./arguments.ts";
import type { CommandSink } from "./sink.ts";

/** `ward mcp add`, `approve`, `test`, `remove`, `enable` and `disable`. */
export function buildMcpServers(mcp: Command, sink: Omit<CommandSink, "program">): void {
  const { done, common, example } = sink;
  const each = (value: string, before: readonly string[]) => [...before, value];
  const many = (flags: string, description: string) =>
    new Option(flags, description).argParser(each).default([], "none");
  example(
    mcp.command("add").summary("add a server, look at its tools and approve them")
      .description(
        "Adds a server to config.toml, connects to it, shows what its tools say of themselves and " +
          "asks whether the agent may use them. A process runs in a cell: it reads, writes and " +
          "reaches nothing but what you name here",
      )
      .argument("[alias]", "name of the server here")
      .argument("[command...]", "program with its arguments; put -- before it")
      .option("--url <address>", "address of a server over Streamable HTTP")
      .addOption(
        many("--env <name[=text]>", "variable for the process; a name alone is a saved secret"),
      )
      .addOption(
        many("--header <name[=text]>", "header of each request; a name alone is a saved secret"),
      )
      .addOption(many("--read <folder>", "folder that the process may read"))
      .addOption(many("--write <folder>", "folder that the process may write"))
      .addOption(many("--net <host>", "host that the process may reach"))
      .option("--cwd <folder>", "folder that the process starts in")
      .option("--description <text>", "what it is for; stands before each tool's description")
      .option("--tools <names>", "tools that may be used, with commas between")
      .addOption(new Option("--timeout <seconds>", "longest time of a call").argParser(wholeNumber))
      .option("--no-connect", "write the entry and do not connect")
      .option("--yes", "approve its tools without a question")
      .action((name: string | undefined, command: string[], options: AddOptions) =>
        done({
          type: "mcp_add",
          name: name ?? null,
          command,
          url: options.url ?? null,
          env: options.env,
          headers: options.header,
          read: options.read,
          write: options.write,
          net: options.net,
          cwd: options.cwd ?? null,
          description: options.description ?? null,
          enabledTools: options.tools === undefined
            ? null
            : options.tools.split(",").map((one) => one.trim()).filter((one) => one !== ""),
          timeoutS: options.timeout ?? null,
          yes: options.yes ?? false,
          connect: options.connect,
          ...common(),
        })
      ),
    "ward mcp add files --cwd . --read . --net registry.example -- npx -y @modelcontextprotocol/server-filesystem .",
  );
  buildNamed(mcp, sink);
}

/** Commands on one server by its name. */
function buildNamed(
  mcp: Command,
  { done, common, example }: Omit<CommandSink, "program">,
): void {
  example(
    mcp.command("approve").summary("look at what waits for your word and approve it")
      .description(
        "Shows the .mcp.json of the workspace, and what tools of servers say of themselves, where " +
          "that is new or changed since you approved it, and asks",
      )
      .argument("[alias]", "one server; left out: all that waits")
      .option("--yes", "approve without a question")
      .action((name: string | undefined, options: { yes?: true }) =>
        done({ type: "mcp_approve", name: name ?? null, yes: options.yes ?? false, ...common() })
      ),
    "ward mcp approve github",
  );
  example(
    mcp.command("test").summary("connect to a server and show its tools")
      .argument("[alias]", "server")
      .action((name: string | undefined) =>
        done({ type: "mcp_test", name: name ?? null, ...common() })
      ),
    "ward mcp test github --json",
  );
  example(
    mcp.command("remove").alias("rm").summary("take a server out of config.toml")
      .argument("[alias]", "server")
      .action((name: string | undefined) =>
        done({ type: "mcp_remove", name: name ?? null, ...common() })
      ),
    "ward mcp remove github",
  );
  for (const enabled of [true, false]) {
    const verb = enabled ? "enable" : "disable";
    example(
      mcp.command(verb).summary(enabled ? "use a server again" : "keep a server, and do not use it")
        .argument("[alias]", "server")
        .action((name: string | undefined) =>
          done({ type: "mcp_enable", name: name ?? null, enabled, ...common() })
        ),
      `ward mcp ${verb} github`,
    );
  }
}

interface AddOptions {
  url?: string;
  env: string[];
  header: string[];
  read: string[];
  write: string[];
  net: string[];
  cwd?: string;
  description?: string;
  tools?: string;
  timeout?: number;
  connect: boolean;
  yes?: true;
}
