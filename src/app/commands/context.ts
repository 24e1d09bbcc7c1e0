import type { Ward } from "../ward.ts";
import type { Input, Output } from "../../surfaces/cli/output.ts";
import { safeJson } from "../../surfaces/cli/sanitize_terminal.ts";

/** What every command works with. */
export interface CommandContext {
  readonly ward: Ward;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly input: Input;
  /** Print JSON. */
  readonly json: boolean;
}

/** Prints data: as one JSON document, or as text for people. */
export function print(context: CommandContext, data: unknown, text: () => string): void {
  context.stdout.write(context.json ? safeJson(data) + "\n" : text());
}
