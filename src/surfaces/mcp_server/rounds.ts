/**
 * Questions to the user of the client, in both revisions. By 2025-11-25 the server asks while the
 * call waits. By 2026-07-28 a server sends no requests: the call is answered with what is asked, and
 * the client calls again with the answer (multi round-trip requests). The work itself does not begin
 * anew for that; it goes on where it waited, found by a word that nobody can guess.
 */
import {
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequest,
  inputRequired,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Clock, Random } from "../../kernel/ports.ts";
import type { ClientAnswer, FormQuestion, UrlQuestion } from "./served.ts";

/** How long a question by return waits for the client to come back, ms. */
const ABANDONED_MS = 15 * 60_000;

/** Longest a timer can be: the bound of a question is whoever asks it. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const answered = z.object({
  action: z.enum(["accept", "decline", "cancel"]),
  content: z.record(z.string(), z.unknown()).optional(),
});

/** Either form of a question. */
export type Question = FormQuestion | UrlQuestion;

/** Asks the user of the client. */
export type Asking = (question: Question, signal: AbortSignal) => Promise<ClientAnswer>;

const offered = z.object({
  elicitation: z.object({ form: z.unknown(), url: z.unknown() }).partial().optional(),
});

/** What a client that came with these capabilities can ask its user. */
export function abilities(
  capabilities: unknown,
): { readonly form: boolean; readonly url: boolean } {
  const elicitation = offered.safeParse(capabilities).data?.elicitation;
  if (elicitation === undefined) return { form: false, url: false };
  const { form, url } = elicitation;
  // One without modes is of before they were told apart, and means forms.
  return { form: form !== undefined || url === undefined, url: url !== undefined };
}

/** The capabilities that a request of 2026-07-28 came with. */
export function capabilitiesOf({ mcpReq }: ServerContext): unknown {
  const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
  return envelope[CLIENT_CAPABILITIES_META_KEY];
}

/** Asks while the call waits (2025-11-25). */
export function askDirectly({ mcpReq }: ServerContext, random: Pick<Random, "id">): Asking {
  return async (question, signal) => {
    const params = "url" in question
      ? { mode: "url" as const, ...question, elicitationId: random.id() }
      : { mode: "form" as const, message: question.message, requestedSchema: formOf(question) };
    // Who asks bounds the wait; the SDK's own minute is too short for a person.
    const options = { signal, timeout: LONGEST_TIMER_MS };
    return answerOf(await mcpReq.elicitInput(params, options));
  };
}

/**
 * Work that may outlast the request that began it.
 *
 * @param current The request that waits for it now.
 */
export type Work<T> = (
  ask: Asking,
  signal: AbortSignal,
  current: () => ServerContext,
) => Promise<T>;

/** A question that waits for its answer. */
interface Open {
  /** Its name in this round, which no other question of the same work has. */
  readonly key: string;
  readonly request: InputRequest;
  readonly answer: PromiseWithResolvers<ClientAnswer>;
}

interface Begun<T> {
  /** Of which method and name; no other call goes on with it. */
  readonly of: string;
  readonly stop: AbortController;
  /** The request that waits for it, or the last that did. */
  context: ServerContext;
  isWaitedFor: boolean;
  readonly result: Promise<T>;
  open: Open | null;
  /** Resolves once there is an open question. */
  asked: PromiseWithResolvers<void>;
  /** Ends the wait for the client. */
  waiting: AbortController;
}

/** Questions by return (2026-07-28); one a connection. */
export class Rounds<T> {
  readonly #begun = new Map<string, Begun<T>>();
  readonly #clock: Pick<Clock, "delay">;
  readonly #random: Pick<Random, "id">;

  /** @param parts `random`: two of its ids are more than anybody guesses. */
  constructor(parts: { clock: Pick<Clock, "delay">; random: Pick<Random, "id"> }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /**
   * Begins the work of a request, or goes on with what an earlier one began.
   *
   * @throws {ProtocolError} The request goes on with something that is not there (any more).
   */
  async run(
    of: string,
    context: ServerContext,
    work: Work<T>,
  ): Promise<T | InputRequiredResult> {
    const { mcpReq } = context;
    const state = mcpReq.requestState<string>();
    const id = state ?? this.#begin(of, context, work);
    const begun = this.#begun.get(id);
    if (begun === undefined || begun.of !== of || begun.isWaitedFor) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, "There is nothing to go on with");
    }
    begun.context = context;
    begun.isWaitedFor = true;
    begun.waiting.abort();
    // Only an answer to the very question that is open counts: that one may have been withdrawn, and
    // another asked, while the client was away.
    const { open } = begun;
    const given = open === null ? undefined : mcpReq.inputResponses?.[open.key];
    if (given !== undefined) this.#close(begun, open, answerOf(given));
    const stop = () => begun.stop.abort();
    mcpReq.signal.addEventListener("abort", stop, { once: true });
    if (mcpReq.signal.aborted) stop();
    try {
      for (;;) {
        const next = await Promise.race([
          begun.result.then((result) => ({ result })),
          begun.asked.promise,
        ]);
        if (next !== undefined) return next.result;
        if (begun.open === null) continue;
        this.#await(id, begun);
        const { key, request } = begun.open;
        return inputRequired({ inputRequests: { [key]: request }, requestState: id });
      }
    } finally {
      begun.isWaitedFor = false;
      mcpReq.signal.removeEventListener("abort", stop);
    }
  }

  /** Ends what waits for a client that is gone. */
  end(): void {
    for (const { stop, waiting } of this.#begun.values()) {
      waiting.abort();
      stop.abort();
    }
  }

  /** @returns The word by which a later request goes on with it. */
  #begin(of: string, context: ServerContext, work: Work<T>): string {
    const id = this.#random.id() + this.#random.id();
    const stop = new AbortController();
    let count = 0;
    const ask: Asking = (question, signal) => {
      const open: Open = {
        key: `question-${++count}`,
        request: "url" in question
          ? inputRequired.elicitUrl(question)
          : inputRequired.elicit({ message: question.message, requestedSchema: formOf(question) }),
        answer: Promise.withResolvers(),
      };
      const withdraw = () => this.#close(begun, open, { action: "cancel" });
      for (const one of [signal, stop.signal]) {
        one.addEventListener("abort", withdraw, { once: true });
        if (one.aborted) return Promise.resolve({ action: "cancel" });
      }
      begun.open = open;
      begun.asked.resolve();
      return open.answer.promise;
    };
    const begun: Begun<T> = {
      of,
      stop,
      context,
      isWaitedFor: false,
      // A step later, so that `begun` is there when the work asks at once.
      result: Promise.resolve().then(() => work(ask, stop.signal, () => begun.context))
        .finally(() => this.#begun.delete(id)),
      open: null,
      asked: Promise.withResolvers(),
      waiting: new AbortController(),
    };
    begun.result.catch(() => {});
    this.#begun.set(id, begun);
    return id;
  }

  /** The question is answered, or withdrawn. */
  #close(begun: Begun<T>, open: Open | null, answer: ClientAnswer): void {
    if (open !== null && begun.open === open) {
      begun.open = null;
      begun.asked = Promise.withResolvers();
    }
    open?.answer.resolve(answer);
  }

  /** A client that never comes back leaves nothing running. */
  #await(id: string, begun: Begun<T>): void {
    begun.waiting = new AbortController();
    this.#clock.delay(ABANDONED_MS, begun.waiting.signal).then(() => {
      begun.stop.abort();
      this.#begun.delete(id);
    }, () => {});
  }
}

type Form = Exclude<
  Parameters<typeof inputRequired.elicit>[0]["requestedSchema"],
  { "~standard": unknown }
>;

function formOf({ fields }: FormQuestion): Form {
  // As MCP has it: an object of plain fields, without the words of JSON Schema around it.
  const { $schema: _, additionalProperties: __, ...schema } = z.toJSONSchema(fields, {
    io: "input",
  });
  return schema as Form;
}

/** What a client says that its user did; anything else is no answer. */
function answerOf(value: unknown): ClientAnswer {
  const { data } = answered.safeParse(value);
  if (data === undefined) return { action: "cancel" };
  return data.action === "accept"
    ? { action: "accept", content: data.content ?? {} }
    : { action: data.action };
}
