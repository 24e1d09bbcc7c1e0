import { describeBot } from "../../../kernel/channels/describe_bot.ts";
import type { BotIdentity, ChannelKind, ChannelSettings } from "../../../model/channels/channel.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** Width of the first column. */
const NAME_WIDTH = 12;

/** A bot as `ward channels list` shows it. */
export interface ChannelRow
  extends Pick<ChannelSettings, "name" | "kind" | "enabled" | "owners" | "strangers" | "groups"> {
  /** Whether its tokens are there. */
  readonly hasTokens: boolean;
  readonly guests: readonly string[];
}

/** What the service says of a bot. */
export interface ChannelCheck {
  readonly name: string;
  readonly kind: ChannelKind;
  /** null: it does not work. */
  readonly bot: BotIdentity | null;
  readonly problem: string | null;
  /** What to do about the problem. */
  readonly mend: string | null;
}

/** The bots for people. */
export function formatChannels(rows: readonly ChannelRow[], output: Output): string {
  if (rows.length === 0) return "There are no bots; ward channels add makes one\n";
  return rows.map((row) => {
    const state = !row.enabled
      ? paint(output, "yellow", "off")
      : !row.hasTokens
      ? paint(output, "red", "no token")
      : row.owners.length === 0
      ? paint(output, "yellow", "nobody owns it")
      : paint(output, "green", "ready");
    const details = [
      row.kind,
      `owners ${row.owners.join(", ") || "none"}`,
      row.guests.length > 0 && `guests ${row.guests.join(", ")}`,
      `strangers: ${row.strangers}`,
      `groups: ${row.groups}`,
    ].filter((part) => typeof part === "string").join("; ");
    const mend = !row.hasTokens
      ? `; ward secrets set channel-${row.name}-token`
      : row.owners.length === 0
      ? `; ward channels pair ${row.name}`
      : "";
    return `${row.name.padEnd(NAME_WIDTH)}${state} (${details})${mend}\n`;
  }).join("");
}

/** What the services said, for people. */
export function formatChecks(checks: readonly ChannelCheck[], output: Output): string {
  if (checks.length === 0) return "There are no bots; ward channels add makes one\n";
  return checks.map(({ name, bot, problem, mend }) => {
    const text = bot === null
      ? `${paint(output, "red", "does not work")}: ${revealHidden(problem ?? "")}` +
        (mend === null ? "" : `; ${revealHidden(mend)}`)
      : `${paint(output, "green", "works")}: ${revealHidden(describeBot(bot))}`;
    return `${name.padEnd(NAME_WIDTH)}${text}\n`;
  }).join("");
}
