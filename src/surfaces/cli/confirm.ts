import type { KeyInput } from "./key_input.ts";
import type { Output } from "./output.ts";
import { sanitizeTerminal } from "./sanitize_terminal.ts";

/**
 * Asks for one key in a terminal; only `y` is a yes, and only when it is pressed after the question
 * stands there.
 */
export async function confirm(
  question: string,
  { keys, stderr }: { readonly keys: KeyInput; readonly stderr: Output },
): Promise<boolean> {
  const never = new AbortController().signal;
  const key = await keys.withRawKeys(async () => {
    await keys.drain(never);
    stderr.write(`${sanitizeTerminal(question)} [y]es [n]o `);
    return await keys.next(never);
  });
  const isYes = key !== null && new TextDecoder().decode(key).toLowerCase() === "y";
  stderr.write(isYes ? "yes\n" : "no\n");
  return isYes;
}
