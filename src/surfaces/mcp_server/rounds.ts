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

/** Name of the one question of a round. */
const KEY = "answer";

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

interface Begun<T> {
  /** Of which method and name; no other call goes on with it. */
  readonly of: string;
  readonly stop: AbortController;
  /** The request that waits for it, or the last that did. */
  context: ServerContext;
  readonly result: Promise<T>;
  /** The next question, once there is one. */
  asked: PromiseWithResolvers<InputRequest>;
  answer: PromiseWithResolvers<ClientAnswer> | null;
  /** Ends the wait for the client. */
  waiting: AbortController;
}

/** Questions by return (2026-07-28); one a connection. */
export class Rounds<T> {
  readonly #begun = new Map<string, Begun<T>>();
  readonly #clock: Pick<Clock, "delay">;
  readonly #random: Pick<Random, "id">;

  /** @param parts `random`: its ids must be such as nobody guesses. */
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
    let id = state ?? null;
    if (id === null) {
      id = this.#random.id() + this.#random.id();
      this.#begin(id, of, context, work);
    }
    const begun = this.#begun.get(id);
    if (begun === undefined || begun.of !== of || (state !== undefined && begun.answer === null)) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, "There is nothing to go on with");
    }
    if (state !== undefined) {
      begun.waiting.abort();
      begun.context = context;
      const { answer } = begun;
      begun.answer = null;
      begun.asked = Promise.withResolvers();
      answer?.resolve(answerOf(mcpReq.inputResponses?.[KEY]));
    }
    const stop = () => begun.stop.abort();
    mcpReq.signal.addEventListener("abort", stop, { once: true });
    if (mcpReq.signal.aborted) stop();
    try {
      const next = await Promise.race([
        begun.result.then((result) => ({ result })),
        begun.asked.promise.then((question) => ({ question })),
      ]);
      if ("result" in next) return next.result;
      this.#await(id, begun);
      return inputRequired({ inputRequests: { [KEY]: next.question }, requestState: id });
    } finally {
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

  #begin(id: string, of: string, context: ServerContext, work: Work<T>): void {
    const stop = new AbortController();
    const ask: Asking = (question, signal) => {
      const answer = Promise.withResolvers<ClientAnswer>();
      begun.answer = answer;
      const withdraw = () => answer.resolve({ action: "cancel" });
      signal.addEventListener("abort", withdraw, { once: true });
      stop.signal.addEventListener("abort", withdraw, { once: true });
      begun.asked.resolve(
        "url" in question
          ? inputRequired.elicitUrl(question)
          : inputRequired.elicit({ message: question.message, requestedSchema: formOf(question) }),
      );
      return answer.promise;
    };
    const begun: Begun<T> = {
      of,
      stop,
      context,
      // A step later, so that `begun` is there when the work asks at once.
      result: Promise.resolve().then(() => work(ask, stop.signal, () => begun.context))
        .finally(() => this.#begun.delete(id)),
      asked: Promise.withResolvers(),
      answer: null,
      waiting: new AbortController(),
    };
    begun.result.catch(() => {});
    this.#begun.set(id, begun);
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
