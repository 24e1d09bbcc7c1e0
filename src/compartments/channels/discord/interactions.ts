/**
 * Answers to those who pressed a button or gave a slash command. Discord takes the first within
 * three seconds and more within fifteen minutes, by a token that each interaction brings and that
 * stays in this thread.
 * Source: Discord's documentation, "Receiving and Responding to Interactions".
 */
import type { Clock } from "../../../kernel/ports.ts";
import type { RestClient } from "./rest/rest_client.ts";

/** How long answers are taken, ms, and how many interactions are remembered. */
const ANSWERED_MS = 15 * 60_000;
const MAX_KNOWN = 500;

/** Kinds of first answers. */
const SAID = 4;
const NOTED = 6;

/** For whoever pressed, and nobody else. */
const EPHEMERAL = 1 << 6;

interface Known {
  readonly token: string;
  readonly application: string;
  readonly command: string | null;
  readonly atMs: number;
  isNoted: boolean;
}

/** Interactions of one bot. */
export class Interactions {
  readonly #rest: RestClient;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  /**
   * @param rest Answers.
   * @param clock For how long an answer is taken.
   */
  constructor(rest: RestClient, clock: Clock) {
    this.#rest = rest;
    this.#clock = clock;
  }

  /** One came. `command`: its name, when it is a slash command. */
  came(id: string, about: Pick<Known, "token" | "application" | "command">): void {
    if (this.#known.has(id)) return;
    if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value ?? "");
    this.#known.set(id, { ...about, atMs: this.#clock.monotonic(), isNoted: false });
  }

  /** It is on the disk: Discord is told that it arrived. */
  async stored(id: string): Promise<void> {
    const known = this.#known.get(id);
    if (!known || known.isNoted) return;
    known.isNoted = true;
    const content = `Received \`/${known.command}\``;
    await this.#rest.ask({
      method: "POST",
      path: `interactions/${id}/${encodeURIComponent(known.token)}/callback`,
      withToken: false,
      body: known.command === null
        ? { type: NOTED }
        : { type: SAID, data: { content, flags: EPHEMERAL, allowed_mentions: { parse: [] } } },
    });
  }

  /** Says something to whoever pressed; too late, it is lost. */
  async answer(id: string, text: string): Promise<void> {
    const known = this.#known.get(id);
    if (!known || this.#clock.monotonic() - known.atMs > ANSWERED_MS) return;
    await this.stored(id);
    await this.#rest.ask({
      method: "POST",
      path: `webhooks/${known.application}/${encodeURIComponent(known.token)}`,
      withToken: false,
      body: { content: text, flags: EPHEMERAL, allowed_mentions: { parse: [] } },
    });
  }
}
