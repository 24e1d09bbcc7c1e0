/** `/connect`: a bot that is added from a chat. */
import type { CommandHost } from "./command_host.ts";
import { describeBot } from "../../../kernel/channels/describe_bot.ts";
import { freeChannelName, type NewChannel } from "../../../kernel/channels/entries.ts";
import { inlineName } from "../../../kernel/channels/inline_name.ts";
import { CHANNEL_SERVICES } from "../../../kernel/channels/services.ts";
import { CHANNEL_KINDS } from "../../../model/channels/channel.ts";
import type { InboundMessage } from "../../../model/channels/message.ts";

const USAGE = "Say `/connect telegram <token>`, `/connect discord <token>` or " +
  "`/connect slack <bot token> <app-level token>`.";

/**
 * Adds it. Whoever owns the bot that this is said to owns the new one, where ids are the same
 * service's; elsewhere by a code, because an id says nothing there.
 *
 * @param argument null: this process did not hear it.
 * @returns What to say.
 * @throws {AppError} Why it cannot be added.
 */
export async function connectBot(
  argument: string | null,
  { place }: InboundMessage,
  host: CommandHost,
): Promise<string> {
  if (argument === null) {
    return `ward was started anew before it was done, and tokens are not kept. ${USAGE}`;
  }
  const [service = "", token = "", appToken = "", ...rest] = argument.split(/\s+/);
  const kind = CHANNEL_KINDS.find((one) => one === service.toLowerCase());
  const { hasAppToken } = CHANNEL_SERVICES[kind ?? "telegram"];
  if (!kind || token === "" || rest.length > 0 || hasAppToken !== (appToken !== "")) return USAGE;
  const configured = host.channels();
  const asking = configured.find(({ name }) => name === place.channel);
  const owners = asking?.kind === kind ? asking.owners : [];
  const name = freeChannelName(kind, configured.map((one) => one.name));
  const bot: NewChannel = {
    name,
    kind,
    owners,
    // A bot of one's own server is of no other.
    apiUrl: asking?.kind === kind && asking.apiUrl !== CHANNEL_SERVICES[kind].apiUrl
      ? asking.apiUrl
      : null,
  };
  const tokens = { token, appToken: hasAppToken ? appToken : null };
  const as = await host.identify(bot, tokens);
  const same = host.bots().find(({ channel, as: other }) =>
    channel.kind === kind && other?.id === as.id && other.team === as.team
  );
  if (same) return `That bot is connected already, as ${same.channel.name}.`;
  await host.addBot(bot, tokens);
  const who = inlineName(describeBot(as));
  if (owners.length > 0) return `Connected ${name}: ${who}. Its owners are those of this bot.`;
  const code = host.pairings.expectOwner(name);
  return `Connected ${name}: ${who}. To own it, send it this code in a direct message: \`${code}\`. ` +
    "It is good for one hour.";
}
