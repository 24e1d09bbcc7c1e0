import type { Profile } from "../start/process.ts";
import type { Ward } from "../ward.ts";
import type { KeyInput } from "../../surfaces/cli/key_input.ts";
import type { Input, Output } from "../../surfaces/cli/output.ts";
import { safeJson } from "../../surfaces/cli/sanitize_terminal.ts";

/** What a command prints to and reads from. */
export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly input: Input;
  /** The one reader of `input` key by key, for questions. */
  readonly keys: KeyInput;
  /** Print JSON. */
  readonly json: boolean;
}

/** What a command works with that needs the folders of a profile and nothing more. */
export interface ProfileContext extends Streams {
  readonly profile: Profile;
}

/** What every other command works with. */
export interface CommandContext extends Streams {
  readonly ward: Ward;
}

/** Prints data: as one JSON document, or as text for people. */
export function print(context: Streams, data: unknown, text: () => string): void {
  context.stdout.write(context.json ? safeJson(data) + "\n" : text());
}
