import { AppError, StoppedError, UsageError } from "../../base/app_error.ts";
import { type Output, paint } from "./output.ts";
import { safeJson, sanitizeTerminal } from "./sanitize_terminal.ts";

/**
 * Prints why a command failed: the message, the hint, and with `--debug` the causes.
 *
 * @param options `json`: as one object on stderr, so that stdout holds only results.
 * @returns Exit code: 2 for bad input, 130 when the user stopped it, 1 for everything else.
 */
export function reportError(
  error: unknown,
  stderr: Output,
  options: { readonly json: boolean; readonly debug: boolean },
): 1 | 2 | 130 {
  const exitCode = error instanceof UsageError ? 2 : error instanceof StoppedError ? 130 : 1;
  const { code, message, hint } = error instanceof AppError ? error : systemFailure(error) ?? {
    code: "internal",
    message: `Ward failed unexpectedly (${error instanceof Error ? error.name : typeof error})`,
    hint: "Run it again with --debug and report what it shows",
  };
  if (options.json) {
    stderr.write(safeJson({ error: { code, message, hint } }) + "\n");
  } else {
    stderr.write(`${paint(stderr, "red", "ward:")} ${sanitizeTerminal(message)}\n`);
    if (hint !== undefined) stderr.write(`  ${sanitizeTerminal(hint)}\n`);
  }
  if (options.debug) stderr.write(`${sanitizeTerminal(causes(error))}\n`);
  return exitCode;
}

/** What the system refused (errno(3)), with the way out; null for anything else. */
function systemFailure(error: unknown) {
  const failure = SYSTEM_FAILURES[String((error as { code?: unknown } | null)?.code)];
  if (!failure || !(error instanceof Error)) return null;
  // Deno ends its message with the call and the path: `…: writefile '/users/x/.ward/data/y'`.
  const path = /'(\/[^']*)'$/.exec(error.message)?.[1];
  const where = path === undefined ? "its files" : `"${path}"`;
  return {
    code: failure.code,
    message: `Cannot ${failure.verb ?? "write"} ${where}: ${failure.why}`,
    hint: failure.hint,
  };
}

/** Why the system refused, in words: `the disk is full`; null: it did not. */
export function systemReason(error: unknown): string | null {
  return SYSTEM_FAILURES[String((error as { code?: unknown } | null)?.code)]?.why ?? null;
}

const ELSEWHERE = "set WARD_HOME to a folder elsewhere";
const SYSTEM_FAILURES: Readonly<
  Record<string, { code: string; why: string; hint: string; verb?: string }>
> = {
  ENOENT: {
    code: "system.gone",
    verb: "reach",
    why: "it is gone",
    hint: "Start ward again; what was removed under it must be put back, or is made anew",
  },
  ENOSPC: {
    code: "system.disk_full",
    why: "the disk is full",
    hint: `Free some space, or ${ELSEWHERE}`,
  },
  EDQUOT: {
    code: "system.disk_full",
    why: "your disk quota is used up",
    hint: `Free some space, or ${ELSEWHERE}`,
  },
  EROFS: {
    code: "system.read_only",
    why: "the file system is read-only",
    hint: `Make it writable, or ${ELSEWHERE}`,
  },
  EACCES: {
    code: "system.denied",
    why: "permission denied",
    hint: `Check whose it is and its mode, or ${ELSEWHERE}`,
  },
};

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
