import { UsageError } from "../../base/app_error.ts";
import type { UserMessage } from "../../model/conversation/message.ts";

/** Most that piped input may bring, in bytes. */
const MAX_PIPED_BYTES = 1_000_000;

/**
 * Reads what was piped into ward.
 *
 * @param stream Standard input; it is no terminal.
 * @param maxBytes Bound; reading stops there. @default {1_000_000}
 * @throws {UsageError} `cli.input_too_large`, `cli.input_not_text`.
 */
export async function readPiped(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number = MAX_PIPED_BYTES,
): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new UsageError(
        "cli.input_too_large",
        `Cannot attach standard input: it is larger than ${maxBytes} bytes`,
        { hint: `Pipe less, for example through tail -c ${maxBytes}` },
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  text += decoder.decode();
  if (text.includes("\0")) {
    throw new UsageError("cli.input_not_text", "Cannot attach standard input: it is not text", {
      hint: "Put the file into the workspace and name it in the message",
    });
  }
  return text;
}

/**
 * The message of a one-shot: what `-m` says with the piped text as a block after it, which is then
 * no word of the user's own; or the piped text alone.
 *
 * @throws {UsageError} `cli.no_message` when both are empty.
 */
export function composeMessage(message: string | null, piped: string | null): UserMessage {
  const asked = message?.trim() ?? "";
  const attached = piped?.trimEnd() ?? "";
  if (attached === "") {
    if (asked !== "") return { text: asked };
    throw new UsageError("cli.no_message", "Nothing to answer: the message is empty", {
      hint: 'Say what you want: ward agent -m "what is in this folder?"',
    });
  }
  if (asked === "") return { text: attached };
  // A fence longer than any in the text, so that the text cannot end its own block.
  const longest = Math.max(2, ...[...attached.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return { text: `${asked}\n\nStandard input:\n${fence}\n${attached}\n${fence}`, own: asked };
}
