import type { KeyInput } from "./key_input.ts";
import { type Output, paint } from "./output.ts";

/** Longest line that is taken, in characters. */
const MAX_LINE = 1_000_000;

/**
 * For a terminal that knows no sequences, and for programs: the system edits the line. Asks for
 * lines until one says so, the input ends (Ctrl-D) or the signal is aborted. Input is only read
 * while no answer is under way, so that an approval never competes for keys.
 *
 * @param parts `about`: the first line, who answers and where; null: no prompt either, for who
 * reads events. `answer` takes a line; what it throws ends the loop.
 */
export async function runLineLoop(parts: {
  readonly keys: KeyInput;
  readonly stderr: Output;
  readonly signal: AbortSignal;
  readonly about: string | null;
  answer(text: string): Promise<"go on" | "leave">;
}): Promise<void> {
  const { keys, stderr, signal, about } = parts;
  const decoder = new TextDecoder();
  let buffer = "";
  let isEnded = false;
  const say = (text: string) => {
    if (about !== null) stderr.write(text);
  };
  const keysText = "Ctrl-C stops an answer; Ctrl-D or /exit leaves; /help";
  say(paint(stderr, "dim", `${about}\n${keysText}`) + "\n");
  while (!isEnded) {
    say("> ");
    while (!buffer.includes("\n") && !isEnded && buffer.length < MAX_LINE) {
      let chunk: Uint8Array | null;
      try {
        chunk = await keys.next(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        isEnded = true;
        buffer = "";
        break;
      }
      if (chunk === null) isEnded = true;
      else buffer += decoder.decode(chunk, { stream: true });
    }
    const end = buffer.indexOf("\n");
    const line = (end === -1 ? buffer : buffer.slice(0, end)).trim();
    buffer = end === -1 ? "" : buffer.slice(end + 1);
    if (line !== "" && await parts.answer(line) === "leave") return;
    if (signal.aborted) break;
  }
  say("\n");
}
