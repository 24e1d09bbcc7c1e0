/** Messages that go ahead of the line: commands, and strangers who ask to be let in. */
import type { DaemonBots } from "../bots.ts";
import { AppError } from "../../../base/app_error.ts";
import type { DeskAnswer, FrontDesk } from "../../../daemon/front_desk.ts";
import { formatAnswer } from "../../../kernel/channels/format/format_answer.ts";
import type { Mailbox } from "../../../kernel/mail_ports.ts";
import type { Log } from "../../../kernel/ports.ts";
import type { InboundRow } from "../../../model/channels/mail.ts";

/** Works commands off; see `DispatcherParts.work`. One that is cut off is run again. */
export function createCommandWork(parts: {
  readonly mailbox: Mailbox;
  readonly bots: DaemonBots;
  readonly desk: Pick<FrontDesk, "answer">;
  readonly log: Log;
}): (row: InboundRow) => Promise<void> {
  const { mailbox, bots, desk, log } = parts;
  return async ({ id, message }) => {
    const bot = bots.get(message.place.channel);
    const answer = await desk.answer(message).catch((error): DeskAnswer => {
      if (!(error instanceof AppError) || isOfStore(error)) throw error;
      log.write("warn", "chat_command", { id, code: error.code });
      return { text: error.hint ? `${error.message}. ${error.hint}` : error.message };
    });
    const replies = bot && answer ? formatAnswer(bot.settings.kind, answer.text) : [];
    await mailbox.finishInbound({ id, turn: null, liveId: null, replies });
    bot?.outbox.wake();
    // What ends ward is not begun again by its own message: that is done.
    answer?.after?.();
  };
}

/** Whether a failure is of the store or on the way to it: the message stays as it is then. */
export function isOfStore(error: unknown): boolean {
  return error instanceof AppError && /^(store|compartment|wire)\./.test(error.code);
}
