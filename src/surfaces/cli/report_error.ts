import { AppError, UsageError } from "../../base/app_error.ts";
import { type Output, paint } from "./output.ts";
import { safeJson, sanitizeTerminal } from "./sanitize_terminal.ts";

/**
 * Prints why a command failed: the message, the hint, and with `--debug` the causes.
 *
 * @param options `json`: as one object on stderr, so that stdout holds only results.
 * @returns Exit code: 2 for bad input, 1 for everything else.
 */
export function reportError(
  error: unknown,
  stderr: Output,
  options: { readonly json: boolean; readonly debug: boolean },
): 1 | 2 {
  const exitCode = error instanceof UsageError ? 2 : 1;
  const isExpected = error instanceof AppError;
  const code = isExpected ? error.code : "internal";
  const message = isExpected
    ? error.message
    : `Ward failed unexpectedly (${error instanceof Error ? error.name : typeof error})`;
  const hint = isExpected ? error.hint : "Run it again with --debug and report what it shows";
  if (options.json) {
    stderr.write(safeJson({ error: { code, message, hint } }) + "\n");
  } else {
    stderr.write(`${paint(stderr, "red", "ward:")} ${sanitizeTerminal(message)}\n`);
    if (hint !== undefined) stderr.write(`  ${sanitizeTerminal(hint)}\n`);
  }
  if (options.debug) stderr.write(`${sanitizeTerminal(causes(error))}\n`);
  return exitCode;
}

function causes(error: unknown): string {
  const lines: string[] = [];
  let at: unknown = error;
  // A cause may point back at itself.
  for (let depth = 0; depth < 8 && at !== undefined; depth++) {
    lines.push(at instanceof Error ? at.stack ?? String(at) : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return lines.join("\ncaused by ");
}
