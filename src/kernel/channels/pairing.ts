/** Codes by which people are let in: an owner by the terminal, others by the owner. */
import type { Clock, Random } from "../ports.ts";
import type { ChatPlace, ChatSender } from "../../model/channels/message.ts";

/** Without letters and digits that are taken for one another. */
const LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

const CODE_LETTERS = 8;

/** A code such as `K7QF-2MXA`: 40 bits, more than anybody tries in its hour. */
export function pairingCode({ fraction }: Pick<Random, "fraction">): string {
  const letters = Array.from(
    { length: CODE_LETTERS },
    () => LETTERS[Math.floor(fraction() * LETTERS.length)],
  ).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** The code in a message that is one and nothing else, however it is typed; null: it is none. */
export function codeIn(text: string): string | null {
  // Telegram's own link to a bot sends it behind this word.
  const bare = text.trim().replace(/^\/start\s{1,3}/i, "").replaceAll(/[\s-]/g, "").toUpperCase();
  const isCode = bare.length === CODE_LETTERS && [...bare].every((one) => LETTERS.includes(one));
  return isCode ? `${bare.slice(0, 4)}-${bare.slice(4)}` : null;
}

/** Somebody who may be let in. */
export interface Pairing {
  readonly code: string;
  readonly place: ChatPlace;
  readonly sender: ChatSender;
}

/** How long a code is good. */
export const PAIRING_MS = 60 * 60 * 1000;

/** Who may wait at once; more are not answered. */
const MAX_WAITING = 20;

/** Strangers who were given a code, and codes for owners of new bots. It lives with the process. */
export class Pairings {
  readonly #deps: { readonly clock: Pick<Clock, "now">; readonly random: Pick<Random, "fraction"> };
  readonly #waiting = new Map<string, Pairing & { readonly untilMs: number }>();
  /** Codes by the name of their bot. */
  readonly #owners = new Map<string, { readonly code: string; readonly untilMs: number }>();

  constructor(deps: {
    readonly clock: Pick<Clock, "now">;
    readonly random: Pick<Random, "fraction">;
  }) {
    this.#deps = deps;
  }

  /** A code for somebody; null: they have one that is good, or too many wait. */
  offer(place: ChatPlace, sender: ChatSender): Pairing | null {
    if (!this.canOffer(place.channel, sender)) return null;
    const pairing = { code: pairingCode(this.#deps.random), place, sender };
    this.#waiting.set(keyOf(place.channel, sender), { ...pairing, untilMs: this.#until() });
    return pairing;
  }

  /** Whether {@linkcode offer} would give a code. */
  canOffer(channel: string, sender: ChatSender): boolean {
    return this.list().length < MAX_WAITING && !this.#waiting.has(keyOf(channel, sender));
  }

  /** Those who wait, oldest first. */
  list(): readonly Pairing[] {
    for (const [key, { untilMs }] of this.#waiting) {
      if (untilMs <= this.#deps.clock.now()) this.#waiting.delete(key);
    }
    return [...this.#waiting.values()];
  }

  /** Takes whoever has that code out of those who wait; null: nobody has it any more. */
  take(code: string): Pairing | null {
    this.list();
    for (const [key, pairing] of this.#waiting) {
      if (pairing.code !== code) continue;
      this.#waiting.delete(key);
      return pairing;
    }
    return null;
  }

  /** A code by which whoever sends it to that bot owns it; an earlier one of the bot is void. */
  expectOwner(channel: string): string {
    const code = pairingCode(this.#deps.random);
    this.#owners.set(channel, { code, untilMs: this.#until() });
    return code;
  }

  /** Whether a text is the code of the bot's owner. */
  isOwners(channel: string, text: string): boolean {
    const expected = this.#owners.get(channel);
    return expected !== undefined && expected.untilMs > this.#deps.clock.now() &&
      codeIn(text) === expected.code;
  }

  /** The code was used. */
  foundOwner(channel: string): void {
    this.#owners.delete(channel);
  }

  #until(): number {
    return this.#deps.clock.now() + PAIRING_MS;
  }
}

function keyOf(channel: string, { id }: ChatSender): string {
  return JSON.stringify([channel, id]);
}

/** What a stranger is told. */
export function pairingText(code: string): string {
  return "This is somebody's personal agent, and it does not know you. To be let in, give its " +
    `owner this code: ${code}. It is good for one hour.`;
}
