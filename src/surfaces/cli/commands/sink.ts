import type { Command } from "commander";
import type { CommonFlags, ParsedCommand } from "../parsed_command.ts";

/** What the definition of a command needs of the command line it is part of. */
export interface CommandSink {
  readonly program: Command;
  /** Takes what was understood. */
  done(command: ParsedCommand): void;
  /** The flags that every command takes; to be called inside an action. */
  common(): CommonFlags;
  /** Adds an example to the help of a command. */
  example(command: Command, text: string): Command;
}
