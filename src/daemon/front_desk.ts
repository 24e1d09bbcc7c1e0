/**
 * What becomes of a message before any model sees it: who wrote it, whether it is a command, what of
 * it may be stored. Strangers are shown the door here, and tokens never get further.
 */
import { type ChatCommandName, parseChatLine, type SaidIn } from "../kernel/channels/commands.ts";
import { type Pairings, pairingText } from "../kernel/channels/pairing.ts";
import { type Reception, receptionOf } from "../kernel/channels/roles_of.ts";
import type { Clock } from "../kernel/ports.ts";
import type { ChannelSettings } from "../model/channels/channel.ts";
import type { Lane } from "../model/channels/mail.ts";
import type { ChatPlace, InboundMessage } from "../model/channels/message.ts";
import { ROLES } from "../kernel/policy/roles.ts";

/** A command that somebody gave who may. */
export interface GivenCommand {
  readonly name: ChatCommandName;
  /** What stands after it; for one with a secret as it was typed, where this process heard it. */
  readonly argument: string | null;
  readonly message: InboundMessage;
  readonly said: SaidIn;
}

/** What is said to a command, as Markdown. */
export interface DeskAnswer {
  readonly text: string;
  /** To be done once the answer is stored, such as a restart. */
  readonly after?: (() => void) | undefined;
}

/** What it works with. */
export interface FrontDeskParts {
  readonly pairings: Pairings;
  readonly clock: Pick<Clock, "now">;
  /** A bot as it is configured now; null: it is gone. */
  channelOf(name: string): ChannelSettings | null;
  /** Makes somebody an owner or a guest, in the configuration and from now on. */
  letIn(who: {
    readonly name: string;
    readonly list: "owners" | "allow";
    readonly id: string;
  }): Promise<void>;
  /** Does a command. @throws {AppError} Why it was not done. */
  run(command: GivenCommand): Promise<DeskAnswer>;
  /** Takes a message with a secret out of its chat, as far as the service lets the bot. */
  remove(which: { readonly place: ChatPlace; readonly messageId: string }): Promise<boolean>;
}

/** The desk. */
export interface FrontDesk {
  /** The line that a message waits in; null: nothing of it is kept and nothing is said. */
  laneOf(message: InboundMessage): Lane | null;
  /** The message as it may be stored: without a token in it, which this process remembers. */
  kept(message: InboundMessage): InboundMessage;
  /** Who wrote it, as the settings are now; null: it is not answered by a model any more. */
  roleOf(message: InboundMessage): SaidIn["role"] | null;
  /** What is said to a message of the lane `command`; null: nothing. */
  answer(message: InboundMessage): Promise<DeskAnswer | null>;
}

/** Tokens that are remembered at once; who sends more at a time sends them again. */
const MAX_SECRETS = 16;

const OWNER_TEXT = "Paired: what you write here is done as if you had typed it at your ward. " +
  "/help lists what you can say besides.";

/** Builds it. */
export function createFrontDesk(parts: FrontDeskParts): FrontDesk {
  const { pairings } = parts;
  /** Arguments with secrets by message, until they are used. */
  const secrets = new Map<string, string>();

  const reception = (message: InboundMessage): Reception => {
    const channel = parts.channelOf(message.place.channel);
    return channel ? receptionOf(channel, message) : { type: "ignored" };
  };

  const saidIn = (message: InboundMessage): SaidIn | null => {
    const channel = parts.channelOf(message.place.channel);
    const received = reception(message);
    if (!channel || received.type !== "answered") return null;
    return {
      kind: channel.kind,
      place: message.place,
      role: received.role,
      isSlashCommand: message.messageId === null,
    };
  };

  const removedText = async ({ place, messageId }: InboundMessage): Promise<string> => {
    if (messageId === null) return "No message shows it: only you saw what you typed.";
    return await parts.remove({ place, messageId })
      ? "Your message was deleted."
      : "Your message could not be deleted: delete it yourself, and renew the token if others " +
        "could read it.";
  };

  const visits = new Visits(parts.clock);

  const isOwnersCode = ({ place, sender, text }: InboundMessage) =>
    place.kind === "direct" && !sender.isBot && pairings.isOwners(place.channel, text);

  return {
    laneOf(message) {
      if (isOwnersCode(message)) return "command";
      const { place, sender, text, files } = message;
      const received = reception(message);
      if (received.type === "ignored") return null;
      if (received.type === "pairing") {
        return pairings.canOffer(place.channel, sender) ? "command" : null;
      }
      const perHour = parts.channelOf(place.channel)?.guestsPerHour ?? 0;
      if (received.role !== "owner" && !visits.take(guestKey(message), perHour)) return null;
      const line = parseChatLine(text, saidIn(message)!);
      if (line.type !== "message") return "command";
      // Of whoever sends no files a message that is nothing else says nothing.
      const isEmpty = text.trim() === "" && (files.length === 0 || !ROLES[received.role].filesIn);
      return isEmpty && !message.quotes?.length ? null : "turn";
    },

    kept(message) {
      const said = saidIn(message);
      if (said === null) return message;
      const line = parseChatLine(message.text, said);
      const name = line.type === "command" ? line.name : null;
      const hasSecret = name === "connect" || (line.type === "refused" && line.hasSecret);
      if (!hasSecret) return message;
      if (line.type === "command") {
        const [oldest] = secrets.keys();
        if (secrets.size === MAX_SECRETS && oldest !== undefined) secrets.delete(oldest);
        secrets.set(secretKey(message), line.argument);
      }
      return { ...message, text: message.text.trimStart().split(/\s/)[0] ?? "" };
    },

    roleOf: (message) => saidIn(message)?.role ?? null,

    async answer(message) {
      const { place, sender, text } = message;
      if (isOwnersCode(message)) {
        await parts.letIn({ name: place.channel, list: "owners", id: sender.id });
        pairings.foundOwner(place.channel);
        return { text: OWNER_TEXT };
      }
      const said = saidIn(message);
      if (said === null) {
        if (reception(message).type !== "pairing") return null;
        const offered = pairings.offer(place, sender);
        return offered && { text: pairingText(offered.code) };
      }
      const line = parseChatLine(text, said);
      if (line.type === "message") return null;
      if (line.type === "refused") {
        if (!line.hasSecret) return { text: line.text };
        return { text: `${line.text} ${await removedText(message)}` };
      }
      const { name } = line;
      const isSecret = name === "connect";
      const argument = isSecret ? secrets.get(secretKey(message)) ?? null : line.argument;
      secrets.delete(secretKey(message));
      const removed = isSecret ? await removedText(message) : null;
      const answer = await parts.run({ name, argument, message, said });
      return removed === null ? answer : { ...answer, text: `${answer.text}\n\n${removed}` };
    },
  };
}

function secretKey({ place, eventId }: InboundMessage): string {
  return JSON.stringify([place.channel, eventId]);
}

function guestKey({ place, sender }: InboundMessage): string {
  return JSON.stringify([place.channel, sender.id]);
}

const HOUR_MS = 60 * 60 * 1000;

/** People whose messages are counted at once; beyond that the oldest are forgotten. */
const MAX_VISITORS = 1_000;

/** Messages of each visitor in the hour that began with the first of them. */
class Visits {
  readonly #clock: Pick<Clock, "now">;
  readonly #counts = new Map<string, { readonly untilMs: number; count: number }>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Counts one more. @returns Whether it is within the limit. */
  take(key: string, perHour: number): boolean {
    const now = this.#clock.now();
    const known = this.#counts.get(key);
    if (known && known.untilMs > now) return ++known.count <= perHour;
    this.#counts.delete(key);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size >= MAX_VISITORS && oldest !== undefined) this.#counts.delete(oldest);
    this.#counts.set(key, { untilMs: now + HOUR_MS, count: 1 });
    return perHour >= 1;
  }
}
