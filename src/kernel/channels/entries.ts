/** Changes of `[channels.<name>]` in the text of `config.toml`. */
import { UsageError } from "../../base/app_error.ts";
import { CHANNEL_NAME, type ChannelKind } from "../../model/channels/channel.ts";
import { setKey } from "../settings/edit_config.ts";
import { addTable, hasTable, removeTable } from "../settings/edit_table.ts";
import { parseConfig } from "../settings/parse_config.ts";
import { CHANNEL_SERVICES } from "./services.ts";

const SECTION = "channels";

/** A new bot; its tokens are saved secrets of its name. */
export interface NewChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly owners: readonly string[];
  /** null: the service's own. */
  readonly apiUrl: string | null;
}

/**
 * The text with a new bot.
 *
 * @throws {UsageError} `channel.taken_name`, `channel.name`, `settings.invalid`.
 */
export function addChannel(text: string, bot: NewChannel, fileName: string): string {
  const { name, kind, owners, apiUrl } = bot;
  checkChannelName(name);
  if (hasTable(text, [SECTION, name], fileName)) throw takenChannel(name);
  return addTable(text, [SECTION, name], [
    ["kind", kind],
    ["token", "keychain"],
    ["app_token", CHANNEL_SERVICES[kind].hasAppToken ? "keychain" : undefined],
    ["owners", owners.length > 0 ? owners : undefined],
    ["api_url", apiUrl ?? undefined],
  ], fileName);
}

/** The text without a bot; null: there is none of that name. */
export function removeChannel(text: string, name: string, fileName: string): string | null {
  return removeTable(text, [SECTION, name], fileName);
}

/** The text with one more id in a list of a bot; the same text where it stands there already. */
export function letIn(
  text: string,
  { name, list, id }: {
    readonly name: string;
    readonly list: "owners" | "allow";
    readonly id: string;
  },
  fileName: string,
): string {
  const bot = parseConfig(text, fileName).file.channels[name];
  if (!bot) throw noChannel(name, []);
  if (bot[list].includes(id)) return text;
  return setKey(text, [SECTION, name, list], [...bot[list], id], fileName);
}

/** A name for a new bot of a service: the service's, with a number where that is taken. */
export function freeChannelName(kind: ChannelKind, taken: readonly string[]): string {
  for (let count = 1;; count++) {
    const name = count === 1 ? kind : `${kind}${count}`;
    if (!taken.includes(name)) return name;
  }
}

/** @throws {UsageError} `channel.name`. */
export function checkChannelName(name: string): void {
  if (CHANNEL_NAME.test(name)) return;
  throw new UsageError("channel.name", "Cannot use that name for a bot", {
    hint: "Allowed: lower-case letters, digits and _, at most 32, no _ at its beginning",
  });
}

/** What to say of a name that a bot has already. */
export function takenChannel(name: string): UsageError {
  return new UsageError("channel.taken_name", `There is a bot "${name}" already`, {
    hint: `ward channels remove ${name}, or take another name: --name`,
  });
}

/** What to say of a name that no bot has. */
export function noChannel(name: string, names: readonly string[]): UsageError {
  return new UsageError("channel.none", `There is no bot "${name}"`, {
    hint: names.length === 0
      ? "There is none; ward channels add makes one"
      : `There are ${names.join(", ")}`,
  });
}
