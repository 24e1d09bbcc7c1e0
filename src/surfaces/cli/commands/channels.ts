import { InvalidArgumentError } from "commander";
import type { CommandSink } from "./sink.ts";
import { CHANNEL_KINDS, type ChannelKind } from "../../../model/channels/channel.ts";
import type { CommonFlags } from "../parsed_command.ts";

/** `ward channels` and what is below it. */
export type ChannelsCommand =
  & CommonFlags
  & (
    | { readonly type: "channels_list" }
    | {
      readonly type: "channels_add";
      /** null: asked for. */
      readonly kind: ChannelKind | null;
      /** null: the service's name. */
      readonly name: string | null;
      /** Ids of owners; none: one is paired. */
      readonly owners: readonly string[];
      readonly pair: boolean;
      readonly apiUrl: string | null;
    }
    /** `name` null: all of them. */
    | { readonly type: "channels_test"; readonly name: string | null }
    | { readonly type: "channels_pair"; readonly name: string | null }
    | { readonly type: "channels_remove"; readonly name: string | null }
  );

/** `ward channels`. */
export function buildChannels({ program, done, common, example }: CommandSink): void {
  const channels = program.command("channels").summary("reach ward from Telegram, Slack, Discord")
    .description(
      "Bots of chat services by which ward is reached. They stand in [channels.<name>] of " +
        "config.toml, their tokens in the keychain; ward start connects them",
    )
    .action(() => done({ type: "channels_list", ...common() }));
  example(channels, "ward channels");
  example(
    channels.command("list").summary("show the bots; no service is asked")
      .action(() => done({ type: "channels_list", ...common() })),
    "ward channels list --json",
  );
  example(
    channels.command("add").summary("add a bot: check its token, and pair you with it")
      .description(
        "Takes the token unseen, asks the service whose it is, saves it, and waits for a code in " +
          "a direct message to the bot, by which it knows you. From a script write the token to " +
          "standard input (for Slack the app token on a second line), and name the owner",
      )
      .argument("[service]", "telegram, slack or discord", kindOf)
      .option("--name <name>", "name of the bot here; left out: that of the service")
      .option("--owner <id...>", "your id at the service; then nothing is paired")
      .option("--no-pair", "pair nobody; nobody owns the bot then")
      .option("--api-url <url>", "another address of the service's API")
      .action((service: ChannelKind | undefined, options: AddOptions) =>
        done({
          type: "channels_add",
          kind: service ?? null,
          name: options.name ?? null,
          owners: options.owner ?? [],
          pair: options.pair,
          apiUrl: options.apiUrl ?? null,
          ...common(),
        })
      ),
    "ward channels add telegram",
  );
  example(
    channels.command("test").summary("ask the service who a bot is")
      .argument("[name]", "one bot; left out: all. Exit code 1 where one does not work")
      .action((name: string | undefined) =>
        done({ type: "channels_test", name: name ?? null, ...common() })
      ),
    "ward channels test telegram",
  );
  example(
    channels.command("pair").summary("make somebody an owner by a code in a direct message")
      .description(
        "Shows a code and waits until somebody sends it to the bot: whoever does owns this ward. " +
          "A ward that runs with the bot has to be stopped meanwhile",
      )
      .argument("[name]", "the bot")
      .action((name: string | undefined) =>
        done({ type: "channels_pair", name: name ?? null, ...common() })
      ),
    "ward channels pair telegram",
  );
  example(
    channels.command("remove").alias("rm").summary("take a bot and its tokens away")
      .argument("[name]", "the bot")
      .action((name: string | undefined) =>
        done({ type: "channels_remove", name: name ?? null, ...common() })
      ),
    "ward channels remove telegram",
  );
}

interface AddOptions {
  readonly name?: string;
  readonly owner?: readonly string[];
  readonly pair: boolean;
  readonly apiUrl?: string;
}

function kindOf(service: string): ChannelKind {
  const kind = CHANNEL_KINDS.find((one) => one === service.toLowerCase());
  if (!kind) throw new InvalidArgumentError(`Allowed: ${CHANNEL_KINDS.join(", ")}.`);
  return kind;
}
