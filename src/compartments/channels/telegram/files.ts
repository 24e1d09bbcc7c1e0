import { AppError } from "../../../base/app_error.ts";
import { type BotApi, TooLarge } from "./bot_api.ts";
import { withinLimit } from "./identify.ts";
import { troubleOf } from "./trouble.ts";
import { filePlace } from "./updates.ts";

/** Longest time for a file, ms. */
const DOWNLOAD_MS = 5 * 60_000;

/**
 * Fetches a file of a message. Telegram gives bots none above 20 MB.
 *
 * @throws {AppError} `channel.too_large`; else what the requests throw.
 */
export async function readFile(
  api: BotApi,
  { ref, limitBytes }: { readonly ref: string; readonly limitBytes: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    const { file_path: path } = filePlace.parse(
      await api.methods.getFile({ file_id: ref }, withinLimit(signal)),
    );
    if (path === undefined) {
      throw new AppError("channel.gone", "Telegram has this file no more");
    }
    return await api.download(path, limitBytes, withinLimit(signal, DOWNLOAD_MS));
  } catch (error) {
    if (error instanceof TooLarge) throw tooLarge(`more than ${limitBytes} bytes`);
    if (error instanceof AppError) throw error;
    const trouble = troubleOf(error);
    if (trouble.type === "refused" && trouble.word.includes("file is too big")) {
      throw tooLarge("more than the 20 MB that Telegram gives to bots");
    }
    throw error;
  }
}

function tooLarge(why: string): AppError {
  return new AppError("channel.too_large", `The file is too large: ${why}`);
}
