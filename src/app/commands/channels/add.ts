/** `ward channels add`: by questions in a terminal, by flags and standard input elsewhere. */
import { print, type ProfileContext } from "../context.ts";
import { botPlace, configuredFile, pairWith, tokensOf } from "./channels.ts";
import { identifyBot } from "../../channels/bot.ts";
import { keepBot, newBot } from "../../channels/keep_bot.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { secretProblem } from "../../../host/keys/secrets.ts";
import { describeBot } from "../../../kernel/channels/describe_bot.ts";
import {
  checkChannelName,
  freeChannelName,
  type NewChannel,
  takenChannel,
} from "../../../kernel/channels/entries.ts";
import { CHANNEL_SERVICES, channelSteps } from "../../../kernel/channels/services.ts";
import { isSafeAddress } from "../../../kernel/http/safe_address.ts";
import {
  type BotIdentity,
  CHANNEL_KINDS,
  type ChannelKind,
  type ChannelTokens,
} from "../../../model/channels/channel.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { readPiped } from "../../../surfaces/cli/read_message.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

type Command = Extract<ParsedCommand, { type: "channels_add" }>;

/** Most that is read of piped tokens, in bytes. */
const MAX_PIPED_BYTES = 16_384;

/** How often a token that the service refuses is asked for anew. */
const TRIES = 3;

/** Adds a bot. */
export async function channelsAdd(command: Command, context: ProfileContext): Promise<number> {
  const { stderr } = context;
  const file = configuredFile(context);
  checkAddress(command.apiUrl);
  const kind = await argumentOr<ChannelKind>(context, command.kind, {
    name: "<service>",
    usage: "ward channels add telegram|slack|discord",
    ask: (prompter) =>
      prompter.choose({
        title: "Which service",
        items: CHANNEL_KINDS.map((one) => ({ value: one, label: CHANNEL_SERVICES[one].title })),
      }),
  });
  checkOwners(kind, command.owners);
  const name = command.name ?? freeChannelName(kind, Object.keys(file.channels));
  checkChannelName(name);
  // Before a token is asked for.
  if (Object.hasOwn(file.channels, name)) throw takenChannel(name);
  const bot: NewChannel = { name, kind, owners: command.owners, apiUrl: command.apiUrl };
  const { tokens, as } = await checkedTokens(bot, context);
  const known = Object.entries(await tokensOf(file, context))
    .find(([, { token }]) => token !== null && token === tokens.token);
  if (known) {
    throw new UsageError("channel.known", `That bot is added already, as "${known[0]}"`, {
      hint: "Two of them would take each other's messages",
    });
  }
  stderr.write(`This is ${revealHidden(describeBot(as))}\n`);
  await keepBot(botPlace(context), bot, tokens);
  const owner = command.pair && command.owners.length === 0
    ? await pairWith(newBot(bot), tokens, as, context)
    : null;
  const owners = owner === null ? command.owners : [owner.id];
  print(
    context,
    { name, kind, bot: as, owners },
    () =>
      `Added ${name}. ` +
      (owners.length > 0
        ? "ward start connects it; one that runs does so after /reload\n"
        : `Nobody owns it yet: ward channels pair ${name}\n`),
  );
  return 0;
}

/** Tokens that the service knows, and whose they are; asked for again where it does not. */
async function checkedTokens(
  bot: NewChannel,
  context: ProfileContext,
): Promise<{ readonly tokens: ChannelTokens; readonly as: BotIdentity }> {
  const { stderr } = context;
  const canAsk = prompterOf(context) !== null;
  if (canAsk) stderr.write(channelSteps(bot.kind));
  for (let tries = 1;; tries++) {
    const tokens = await readTokens(bot.kind, context);
    try {
      const as = await identifyBot(newBot(bot), tokens, context.profile.form);
      return { tokens, as };
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === "channel.token";
      if (!isRefused || !canAsk || tries === TRIES) throw error;
      stderr.write(`! ${revealHidden(error.message)}\n`);
    }
  }
}

async function readTokens(kind: ChannelKind, context: ProfileContext): Promise<ChannelTokens> {
  const { hasAppToken, title } = CHANNEL_SERVICES[kind];
  const prompter = prompterOf(context);
  if (prompter) {
    const ask = (what: string) =>
      prompter.hidden({
        title: `${what} (not shown)`,
        check: (text) => {
          const problem = secretProblem(text.trim());
          return problem && `Cannot use that: ${problem}`;
        },
      });
    const token = (await ask(`Token of your bot at ${title}`)).trim();
    return {
      token,
      appToken: hasAppToken ? (await ask("App-level token, for Socket Mode")).trim() : null,
    };
  }
  if (context.input.isTerminal) {
    throw new UsageError("channel.no_value", "Cannot ask for the token here", {
      hint: "Write it to standard input: ward channels add " + `${kind} --owner <id> < token.txt`,
    });
  }
  const [token = "", appToken = ""] = (await readPiped(Deno.stdin.readable, MAX_PIPED_BYTES))
    .split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  for (
    const [what, value] of [["token", token], ...(hasAppToken ? [["app token", appToken]] : [])]
  ) {
    const problem = secretProblem(value ?? "");
    if (problem === null) continue;
    throw new UsageError("channel.no_value", `Cannot use the ${what}: ${problem}`, {
      hint: hasAppToken
        ? "Standard input has the bot's token on its first line, the app's on its second"
        : "Standard input has the token and nothing else",
    });
  }
  return { token, appToken: hasAppToken ? appToken : null };
}

function checkAddress(address: string | null): void {
  if (address === null || isSafeAddress(address)) return;
  throw new UsageError("channel.address", "Cannot send a token to that address", {
    hint: "It is an https:// address, or an http:// one of this machine",
  });
}

function checkOwners(kind: ChannelKind, owners: readonly string[]): void {
  const { personId, personIdText, title } = CHANNEL_SERVICES[kind];
  const wrong = owners.find((id) => !personId.test(id));
  if (wrong === undefined) return;
  throw new UsageError(
    "channel.owner",
    `${JSON.stringify(wrong)} is no id of a person at ${title}`,
    {
      hint: `It is ${personIdText}; names are not taken, because others can take them`,
    },
  );
}
