/** A model service (aimock) that answers by a script: what it says follows from what it was sent. */
import { LLMock } from "@copilotkit/aimock";
import { canaries } from "../../fakes/canaries.ts";

/** One answer of the script. */
export interface ScriptStep {
  readonly content?: string;
  readonly calls?: readonly { readonly name: string; readonly arguments: unknown }[];
  /** What it says that the answer took. @default {it counts} */
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
  /** An HTTP error in place of the answer: always, or for the first `times` tries. */
  readonly fail?: {
    readonly status: number;
    readonly type: string;
    /** Seconds, sent as `Retry-After`. */
    readonly retryAfter?: number;
    readonly times?: number;
  };
  /** The connection ends after so many pieces of the answer. */
  readonly cutAfter?: number;
}

/** How a service is started. */
export interface ScriptOptions {
  /** What its variables make ward speak. @default {"openai"} */
  readonly protocol?: "openai" | "anthropic";
  /** Answers to every later message of the session. @default {[]} */
  readonly laterTurns?: readonly ScriptStep[];
  /**
   * What it says when it is asked to judge an answer, one a request; the last one again and again.
   * @default {[]}
   */
  readonly judgements?: readonly string[];
  /** The script itself names keys, which later requests then hold. @default {false} */
  readonly saysKeys?: boolean;
  /** Called with each request's number from 1, before it is answered. */
  onRequest?(count: number): void | Promise<void>;
}

/** The service and what it received. */
export interface ScriptedService extends AsyncDisposable {
  /** Address for WARD_API_BASE or ANTHROPIC_BASE_URL. */
  readonly url: string;
  /** Bodies of the model calls, in order, as JSON text by the OpenAI protocol. */
  bodies(): string[];
  /** When each model call came, ms since the epoch. */
  times(): number[];
  /** Variables that point ward at it. */
  readonly env: Record<string, string>;
}

/** What a failing service says; must never be shown. */
export const SERVICE_SECRET = "echo-of-the-prompt-4711";

/**
 * Starts it. The n-th model call of a turn gets the n-th step: the number is counted from the
 * answers of the assistant in the request, so that retries get the same one.
 */
export async function startScriptedService(
  steps: readonly ScriptStep[],
  options: ScriptOptions = {},
): Promise<ScriptedService> {
  const { protocol = "openai", laterTurns = [], judgements = [] } = options;
  const mock = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 7 });
  // Kept here: the mock's own journal leaves large bodies out.
  const seen: { body: string; atMs: number }[] = [];
  const scripts = [steps, laterTurns];
  scripts.forEach((script, turn) =>
    script.forEach((step, index) => {
      let failures = step.fail?.times ?? Infinity;
      mock.on(
        {
          predicate: (request) => {
            const messages = request.messages ?? [];
            if (isJudging(messages)) return false;
            const users = messages.filter((message) => message.role === "user").length;
            const lastUser = messages.findLastIndex((message) => message.role === "user");
            const answers = messages.slice(lastUser)
              .filter((message) => message.role === "assistant").length;
            return Math.min(users - 1, 1) === turn && answers === index;
          },
        },
        async (request) => {
          seen.push({ body: JSON.stringify(request), atMs: Date.now() });
          await options.onRequest?.(seen.length);
          const { fail } = step;
          if (fail && failures-- > 0) {
            return {
              error: { message: SERVICE_SECRET, type: fail.type },
              status: fail.status,
              ...(fail.retryAfter === undefined ? {} : { retryAfter: fail.retryAfter }),
            };
          }
          return answerOf(step, `${turn}_${index}`);
        },
        step.cutAfter === undefined ? {} : { truncateAfterChunks: step.cutAfter, latency: 5 },
      );
    })
  );
  let judged = 0;
  mock.on({ predicate: ({ messages = [] }) => isJudging(messages) }, async (request) => {
    seen.push({ body: JSON.stringify(request), atMs: Date.now() });
    await options.onRequest?.(seen.length);
    return { content: judgements[Math.min(judged++, judgements.length - 1)] ?? "" };
  });
  await mock.start();
  const key = `key-canary-${crypto.randomUUID()}`;
  const checkRequests = canaries.watchService({
    takesBodies: options.saysKeys ?? false,
    get requests() {
      // The mock keeps no key headers; the key itself is planted by the run that gets it.
      return seen.map(({ body }) => ({ path: "", headers: new Headers(), body }));
    },
  });
  return {
    url: mock.url,
    bodies: () => seen.map(({ body }) => body),
    times: () => seen.map(({ atMs }) => atMs),
    env: protocol === "anthropic" ? { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: mock.url } : {
      WARD_PROVIDER: "openai",
      WARD_API_BASE: `${mock.url}/v1`,
      WARD_API_KEY: key,
      WARD_MODEL: "mock",
    },
    [Symbol.asyncDispose]: async () => {
      await mock.stop();
      checkRequests();
    },
  };
}

/** Whether a request asks for a judgement. */
function isJudging(messages: readonly { readonly content?: unknown }[]): boolean {
  return messages.some(({ content }) =>
    typeof content === "string" && content.startsWith("You judge the work")
  );
}

function answerOf(step: ScriptStep, id: string) {
  const { content = "", calls, usage } = step;
  if (!calls) return { content, ...usage && { usage } };
  return {
    content,
    toolCalls: calls.map((call, n) => ({
      id: `call_${id}_${n}`,
      name: call.name,
      arguments: JSON.stringify(call.arguments),
    })),
  };
}
