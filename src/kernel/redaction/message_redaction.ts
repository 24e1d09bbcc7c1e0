/** Redacted messages and tools of a conversation; each keeps its identity while it stays the same. */
import type { Message, SealedReasoning } from "../../model/conversation/message.ts";
import type { ModelRequest, ToolSpec } from "../../model/conversation/model_stream.ts";
import { redactJson } from "./redact_json.ts";
import { redactTools } from "./redact_tools.ts";
import type { Redactor } from "./redactor.ts";

/** What is redacted as one. */
type Redactable = string | Message | readonly ToolSpec[];

/** One of them, and what it became with what was known at that version. */
interface Redacted<T> {
  readonly raw: T;
  version: number;
  now: T;
}

/** Of one conversation. */
export class MessageRedaction {
  readonly #redactor: Redactor;
  /** By what came in and by what went out. */
  readonly #messages = new WeakMap<Message, Redacted<Message>>();
  /** By the list that came in. */
  readonly #tools = new WeakMap<readonly ToolSpec[], Redacted<readonly ToolSpec[]>>();
  #system: Redacted<string> = { raw: "", version: 0, now: "" };
  /** Reasoning that was made of placeholders. */
  readonly #sealed = new Set<string>();

  /** Knows no message yet. */
  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** The request with placeholders; of tools, what is said of them and not their names. */
  request(request: ModelRequest): ModelRequest {
    if (request.system !== this.#system.raw) this.#system = this.#first(request.system, this.#text);
    const tools = this.#tools.get(request.tools) ?? this.#first(request.tools, this.#list);
    this.#tools.set(request.tools, tools);
    // Read last, since the messages may hold what one of them named; then all are as of the end.
    const messages = this.messages(request.messages);
    return {
      ...request,
      system: this.#current(this.#system, this.#text),
      tools: this.#current(tools, this.#list),
      messages,
    };
  }

  /**
   * The messages with placeholders. A value that is named late is hidden before that too: all that is
   * new is read first, and then each is redacted again at most once, where it holds such a value.
   */
  messages(messages: readonly Message[]): readonly Message[] {
    for (const message of messages) {
      if (this.#messages.has(message)) continue;
      const redacted = this.#first(message, this.#message);
      this.#messages.set(message, redacted);
      this.#messages.set(redacted.now, redacted);
    }
    return messages.map((message) => {
      const redacted = this.#messages.get(message)!;
      const now = this.#current(redacted, this.#message);
      this.#messages.set(now, redacted);
      return now;
    });
  }

  /** Reasoning that came back for a redacted request, and so may be sent again. */
  allow(reasoning: SealedReasoning): void {
    this.#sealed.add(JSON.stringify(reasoning));
  }

  #first<T extends Redactable>(raw: T, redact: (raw: T) => T): Redacted<T> {
    const now = redact(raw);
    return { raw, version: this.#redactor.version, now };
  }

  #current<T extends Redactable>(redacted: Redacted<T>, redact: (raw: T) => T): T {
    const { version } = this.#redactor;
    if (redacted.version === version) return redacted.now;
    const isMeant = mayHold(redacted.raw, this.#redactor.valuesSince(redacted.version));
    const fresh = isMeant ? redact(redacted.raw) : redacted.now;
    if (JSON.stringify(fresh) !== JSON.stringify(redacted.now)) redacted.now = fresh;
    redacted.version = version;
    return redacted.now;
  }

  readonly #text = (text: string): string => this.#redactor.redact(text);

  readonly #list = (tools: readonly ToolSpec[]): readonly ToolSpec[] =>
    redactTools(tools, this.#redactor);

  readonly #message = (message: Message): Message => {
    const redactor = this.#redactor;
    switch (message.role) {
      case "user":
        // What an image shows cannot be looked through.
        return {
          role: "user",
          text: redactor.redact(message.text) +
            (message.images?.length ? "\n[an image was left out: redaction is on]" : ""),
        };
      case "assistant": {
        const { reasoning, ...rest } = message;
        // What was thought before redaction was on may say what is hidden now.
        const isKept = reasoning !== undefined && this.#sealed.has(JSON.stringify(reasoning));
        return {
          ...rest,
          ...(isKept ? { reasoning } : {}),
          text: redactor.redact(message.text),
          toolCalls: message.toolCalls.map((call) => ({
            ...call,
            arguments: redactJson(call.arguments, redactor),
          })),
        };
      }
      case "tool":
        return { ...message, content: redactor.redact(message.content) };
    }
  };
}

function mayHold(raw: Redactable, values: readonly string[]): boolean {
  const isIn = (text: string) => values.some((value) => text.includes(value));
  if (typeof raw === "string") return isIn(raw);
  if (!("role" in raw)) return isIn(JSON.stringify(raw));
  switch (raw.role) {
    case "user":
      return isIn(raw.text);
    case "assistant":
      // With a backslash the value may be written otherwise.
      return isIn(raw.text) ||
        raw.toolCalls.some(({ arguments: args }) => args.includes("\\") || isIn(args));
    case "tool":
      return isIn(raw.content);
  }
}
