/** The words of a message, and whether they are for the bot. */
import type { Reader } from "./read_update.ts";
import type { TelegramEntity } from "./updates.ts";

/** What {@linkcode readWords} finds. */
export interface Words {
  /** Without the mention at its beginning; `/name@bot` is `/name`. */
  readonly text: string;
  readonly isAddressed: boolean;
  /** It begins with a command for another bot. */
  readonly isForOther: boolean;
}

/**
 * Reads them.
 *
 * @param text As it was written.
 * @param entities Their offsets count UTF-16 units.
 */
export function readWords(text: string, entities: readonly TelegramEntity[], by: Reader): Words {
  const name = `@${by.me.username}`.toLowerCase();
  const start = text.length - text.trimStart().length;
  let rest = text;
  let isAddressed = false;
  for (const entity of entities) {
    const { type, offset, length, user } = entity;
    const part = text.slice(offset, offset + length).toLowerCase();
    const isFirst = offset === start;
    if (type === "bot_command") {
      const at = part.indexOf("@");
      if (at !== -1 && part.slice(at) !== name) {
        if (isFirst) return { text, isAddressed: false, isForOther: true };
        continue;
      }
      // Without a name it is for every bot, and comes only to those that it may be meant for.
      if (at === -1) isAddressed ||= isFirst && !by.seesAll;
      else isAddressed = true;
      if (at !== -1 && isFirst) {
        rest = text.slice(offset, offset + at) + text.slice(offset + length);
      }
    } else if (
      (type === "mention" && part === name) ||
      (type === "text_mention" && user !== undefined && String(user.id) === by.me.id)
    ) {
      isAddressed = true;
      if (isFirst) rest = withoutSeparator(text.slice(offset + length));
    }
  }
  return { text: rest.trim(), isAddressed, isForOther: false };
}

/** `@bot, do it` and `@bot: do it` say `do it`. */
function withoutSeparator(text: string): string {
  return /^[,:]/.test(text) ? text.slice(1) : text;
}
