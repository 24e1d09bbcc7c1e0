import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import type { McpEnd } from "../../model/mcp/session.ts";

/** Messages that no answer is, from one answer to the next; progress and logs of one call stay far below. */
const MAX_BETWEEN = 5_000;

/** Lines that are no messages: some programs print a greeting, or log where they must not. */
const MAX_MALFORMED = 200;

/** Counts what a server says, and ends one that floods. */
export class Traffic {
  #between = 0;
  #malformed = 0;
  readonly #end: (why: McpEnd) => void;

  constructor(end: (why: McpEnd) => void) {
    this.#end = end;
  }

  /** A message came. */
  received(message: JSONRPCMessage): void {
    const isAnswer = "id" in message && !("method" in message);
    this.#between = isAnswer ? 0 : this.#between + 1;
    if (this.#between > MAX_BETWEEN) this.#end("flood");
  }

  /** Something came that is no message. */
  malformed(): void {
    if (++this.#malformed > MAX_MALFORMED) this.#end("malformed");
  }
}
