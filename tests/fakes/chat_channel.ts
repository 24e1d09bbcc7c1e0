import type { ChannelPort } from "../../src/daemon/channel_port.ts";
import type { ChannelEvent } from "../../src/model/channels/event.ts";
import type { ChatPlace, InboundMessage, SendOutcome } from "../../src/model/channels/message.ts";

/** A message as it stands in a chat. */
export interface Shown {
  readonly id: string;
  readonly key: string;
  readonly chat: string;
  readonly replyTo: string | null;
  text: string;
  /** Data of its buttons. */
  buttons: string[];
}

/** What the service does with a request; `null`: what it should. */
export type Trouble = SendOutcome | "lost answer" | null;

/** A chat service whose chats a test looks at. It cannot tell whether a key arrived, unless told so. */
export class ChatChannel implements ChannelPort {
  readonly shown: Shown[] = [];
  /** Each request, such as `send 7: hello` or `edit 1: hello you`. */
  readonly log: string[] = [];
  readonly confirmed: number[] = [];
  readonly pressAnswers: string[] = [];
  /** Asked before each request. */
  trouble: (request: string) => Trouble | Promise<Trouble> = () => null;
  canFind = false;
  #seq = 0;
  #onEvent: ((event: ChannelEvent) => void) | null = null;
  #watchers: { is(): boolean; done(): void }[] = [];
  #receiving = Promise.withResolvers<void>();
  /** Cursors that were asked from. */
  readonly cursors: (string | null)[] = [];

  receive(
    { cursor }: { cursor: string | null },
    onEvent: (event: ChannelEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.cursors.push(cursor);
    this.#onEvent = onEvent;
    this.#receiving.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
    return promise;
  }

  /** Resolves when somebody receives. */
  get receiving(): Promise<void> {
    return this.#receiving.promise;
  }

  /** Delivers an event. @returns Its number. */
  tell(
    event:
      | { readonly type: "message"; readonly message: InboundMessage }
      | Omit<Extract<ChannelEvent, { type: "press" }>, "seq" | "cursor">
      | Omit<Extract<ChannelEvent, { type: "moved" }>, "seq" | "cursor">,
  ): number {
    const seq = ++this.#seq;
    this.#onEvent?.({ ...event, seq, cursor: String(seq) });
    return seq;
  }

  stored({ seq }: { seq: number }): void {
    this.confirmed.push(seq);
    this.#look();
  }

  async send(sent: Parameters<ChannelPort["send"]>[0]): Promise<SendOutcome> {
    const { place, part, isPlain, key, replyTo } = sent;
    const text = isPlain ? part.plain : part.text;
    const request = `send ${place.chat}: ${text}`;
    const trouble = await this.trouble(request);
    this.log.push(request);
    if (trouble !== null && trouble !== "lost answer") return this.#looked(trouble);
    const id = String(this.shown.length + 1);
    const buttons = (part.buttons ?? []).flat().map(({ data }) => data);
    this.shown.push({ id, key, chat: place.chat, replyTo, text, buttons });
    return this.#looked(
      trouble === null
        ? { type: "sent", messageId: id }
        : { type: "failed", isUnsure: true, why: "no answer" },
    );
  }

  async edit(edited: Parameters<ChannelPort["edit"]>[0]): Promise<SendOutcome> {
    const { messageId, part, isPlain } = edited;
    const text = isPlain ? part.plain : part.text;
    const request = `edit ${messageId}: ${text}`;
    const trouble = await this.trouble(request);
    this.log.push(request);
    if (trouble !== null && trouble !== "lost answer") return this.#looked(trouble);
    const message = this.shown.find(({ id }) => id === messageId);
    if (!message) {
      return this.#looked({ type: "refused", cause: "gone", word: "message to edit not found" });
    }
    message.text = text;
    message.buttons = (part.buttons ?? []).flat().map(({ data }) => data);
    return this.#looked({ type: "sent", messageId });
  }

  find({ key }: { key: string }): ReturnType<ChannelPort["find"]> {
    const found = this.shown.find((one) => one.key === key);
    if (!this.canFind) return Promise.resolve({ type: "unknown" });
    return Promise.resolve(
      found ? { type: "found", messageId: found.id } : { type: "absent" },
    );
  }

  typing(): Promise<void> {
    return Promise.resolve();
  }

  answerPress({ text }: { text: string }): Promise<void> {
    this.pressAnswers.push(text);
    this.#look();
    return Promise.resolve();
  }

  /** Resolves when that holds; looked at after each request. */
  until(is: () => boolean): Promise<void> {
    if (is()) return Promise.resolve();
    return new Promise((done) => this.#watchers.push({ is, done }));
  }

  /** Texts of a chat, from top to bottom. */
  texts(chat: string): string[] {
    return this.shown.filter((one) => one.chat === chat).map(({ text }) => text);
  }

  #looked(outcome: SendOutcome): SendOutcome {
    this.#look();
    return outcome;
  }

  #look(): void {
    const done = this.#watchers.filter(({ is }) => is());
    this.#watchers = this.#watchers.filter((one) => !done.includes(one));
    for (const one of done) one.done();
  }
}

/** A place of the bot `telegram`. */
export function direct(chat: string): ChatPlace {
  return { channel: "telegram", chat, thread: null, kind: "direct" };
}

/** A message of its owner. */
export function written(
  event: string,
  text: string,
  place: ChatPlace = direct("7"),
): InboundMessage {
  return {
    eventId: event,
    place,
    sender: { id: "1", name: "Ada", isBot: false },
    messageId: `m${event}`,
    text,
    isAddressed: true,
    files: [],
    atMs: 0,
  };
}
