/** `ward channels`: the bots, whether they work, and who owns them. */
import { print, type ProfileContext } from "../context.ts";
import { identifyBot, withBot } from "../../channels/bot.ts";
import { type BotPlace, forgetBot, keepLetIn } from "../../channels/keep_bot.ts";
import { pairOwner } from "../../channels/pair_owner.ts";
import type { ChannelStart } from "../../daemon/channel_thread.ts";
import { secretsOf } from "../../keys/secrets.ts";
import { argumentOr } from "../../prompting.ts";
import { AppError } from "../../../base/app_error.ts";
import type { Secrets } from "../../../host/keys/secrets.ts";
import { systemClock, systemRandom } from "../../../host/process/system.ts";
import { noChannel } from "../../../kernel/channels/entries.ts";
import { pairingCode } from "../../../kernel/channels/pairing.ts";
import { CHANNEL_SERVICES } from "../../../kernel/channels/services.ts";
import {
  channelSecrets,
  configuredChannels,
  configuredTokens,
} from "../../../kernel/settings/channel_settings.ts";
import type { FileSettings } from "../../../kernel/settings/schema/schema.ts";
import type {
  BotIdentity,
  ChannelSettings,
  ChannelTokens,
} from "../../../model/channels/channel.ts";
import type { ChatSender } from "../../../model/channels/message.ts";
import {
  type ChannelCheck,
  formatChannels,
  formatChecks,
} from "../../../surfaces/cli/format/format_channels.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

type Command = Exclude<
  Extract<ParsedCommand, { type: `channels_${string}` }>,
  { type: "channels_add" }
>;

/** Runs one of them. */
export async function channels(command: Command, context: ProfileContext): Promise<number> {
  switch (command.type) {
    case "channels_list":
      return list(context);
    case "channels_test":
      return await test(command.name, context);
    case "channels_pair":
      return await pair(command.name, context);
    case "channels_remove":
      return await remove(command.name, context);
  }
}

async function list(context: ProfileContext): Promise<number> {
  const file = configuredFile(context);
  const tokens = await tokensOf(file, context);
  const rows = configuredChannels(file).map((bot) => ({
    name: bot.name,
    kind: bot.kind,
    enabled: bot.enabled,
    hasTokens: !lacksToken(bot, tokens[bot.name]),
    owners: bot.owners,
    guests: bot.allow,
    strangers: bot.strangers,
    groups: bot.groups,
  }));
  print(context, rows, () => formatChannels(rows, context.stdout));
  return 0;
}

/** @returns 1 where one does not work. */
async function test(given: string | null, context: ProfileContext): Promise<number> {
  const file = configuredFile(context);
  const all = configuredChannels(file);
  const names = all.map(({ name }) => name);
  const chosen = given === null ? all : all.filter(({ name }) => name === given);
  if (given !== null && chosen.length === 0) throw noChannel(given, names);
  const tokens = await tokensOf(file, context);
  const checks = await Promise.all(chosen.map(async (bot): Promise<ChannelCheck> => {
    const { name, kind } = bot;
    try {
      const as = await identifyBot(bot, tokens[name] ?? NO_TOKENS, context.profile.form);
      return { name, kind, bot: as, problem: null, mend: null };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { name, kind, bot: null, problem: error.message, mend: error.hint ?? null };
    }
  }));
  print(context, checks, () => formatChecks(checks, context.stdout));
  return checks.every(({ problem }) => problem === null) ? 0 : 1;
}

async function pair(given: string | null, context: ProfileContext): Promise<number> {
  const file = configuredFile(context);
  const bot = await botOr(given, "pair", file, context);
  const tokens = (await tokensOf(file, context))[bot.name] ?? NO_TOKENS;
  const as = await identifyBot(bot, tokens, context.profile.form);
  const owner = await pairWith(bot, tokens, as, context);
  print(
    context,
    { name: bot.name, owner: owner.id },
    () => `Paired ${bot.name}; a ward that runs takes it in by /reload, or when it starts\n`,
  );
  return 0;
}

async function remove(given: string | null, context: ProfileContext): Promise<number> {
  const file = configuredFile(context);
  const { name } = await botOr(given, "remove", file, context);
  await forgetBot(botPlace(context), name);
  print(
    context,
    { removed: name },
    () => `Removed ${name} and its tokens here; the bot itself stays at its service\n`,
  );
  return 0;
}

/** Shows a code, waits for it, and makes whoever sends it an owner. */
export async function pairWith(
  bot: ChannelStart,
  tokens: ChannelTokens,
  as: BotIdentity,
  context: ProfileContext,
): Promise<ChatSender> {
  const { stderr, profile: { form } } = context;
  const code = pairingCode(systemRandom);
  const notice = (text: string) => stderr.write(`! ${revealHidden(text)}\n`);
  const isTelegram = bot.kind === "telegram";
  const link = isTelegram
    ? `\n  or open https://t.me/${encodeURIComponent(as.username)}?start=${code}`
    : "";
  stderr.write(
    `Now send this to @${revealHidden(as.username)}, in a direct message:\n  ${code}${link}\n` +
      "Whoever sends it owns this ward. Waiting; Ctrl-C leaves the bot without an owner\n",
  );
  const owner = await withBot(
    bot,
    tokens,
    form,
    (client) => pairOwner({ client, clock: systemClock, code, notice }),
  );
  await keepLetIn(botPlace(context).config, { name: bot.name, list: "owners", id: owner.id });
  stderr.write(`Paired with ${revealHidden(owner.name)} (id ${owner.id})\n`);
  return owner;
}

/** The configuration as it is. @throws What is wrong with it. */
export function configuredFile({ profile: { config } }: ProfileContext): FileSettings {
  if (!config.ok) throw config.error;
  return config.parsed.file;
}

/** Where bots of the profile are kept. */
export function botPlace({ profile }: ProfileContext): BotPlace & { readonly secrets: Secrets } {
  const { home, configPath } = profile.paths;
  return { config: { home, configPath }, secrets: secretsOf(profile) };
}

const NO_TOKENS: ChannelTokens = { token: null, appToken: null };

function lacksToken({ kind }: ChannelSettings, tokens: ChannelTokens = NO_TOKENS): boolean {
  return tokens.token === null || (CHANNEL_SERVICES[kind].hasAppToken && tokens.appToken === null);
}

/** The tokens of all bots, as far as they are there. */
export async function tokensOf(
  file: FileSettings,
  { profile }: ProfileContext,
): Promise<Readonly<Record<string, ChannelTokens>>> {
  const secrets = secretsOf(profile);
  const { variables } = profile.environment;
  const values = new Map<string, string | null>();
  for (const { channel, key, setting, savedAs } of channelSecrets(file)) {
    const value = setting.type === "saved"
      ? await secrets.get(setting.name ?? savedAs)
      : setting.type === "variable"
      ? variables[setting.name] ?? null
      : null;
    values.set(`${channel} ${key}`, value);
  }
  return configuredTokens(file, ({ channel, key }) => values.get(`${channel} ${key}`) ?? null);
}

async function botOr(
  given: string | null,
  verb: string,
  file: FileSettings,
  context: ProfileContext,
): Promise<ChannelSettings> {
  const all = configuredChannels(file);
  const names = all.map(({ name }) => name);
  const name = await argumentOr(context, given, {
    name: "<name>",
    usage: `ward channels ${verb} <name>`,
    ask: (prompter) => {
      if (names.length === 0) throw noChannel("", names);
      return prompter.choose({
        title: "Which bot",
        items: names.map((one) => ({ value: one, label: one })),
      });
    },
  });
  const bot = all.find((one) => one.name === name);
  if (!bot) throw noChannel(name, names);
  return bot;
}
