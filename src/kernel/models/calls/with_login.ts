/**
 * A model that is paid by a login: before each call it has a token that is good for a while, and a
 * token that the service refuses is replaced once.
 */
import { AppError } from "../../../base/app_error.ts";
import type {
  ModelEvent,
  ModelFailure,
  ModelFailureCode,
} from "../../../model/conversation/model_stream.ts";
import type { ModelPort } from "../../ports.ts";

/** What {@linkcode withLogin} needs. */
export interface LoginDeps {
  /**
   * Gives the model's compartment a good token.
   *
   * @param refused A token that the service refused.
   * @returns The token that is in use now.
   * @throws {AppError} Family `account`.
   */
  prepare(refused?: string): Promise<string>;
  /** Command that makes the login good. */
  readonly mend: string;
}

/** A port whose calls are paid by a login. */
export function withLogin(port: ModelPort, deps: LoginDeps): ModelPort {
  return { stream: (request, options) => paidStream(port, deps, request, options) };
}

async function* paidStream(
  port: ModelPort,
  { prepare, mend }: LoginDeps,
  request: Parameters<ModelPort["stream"]>[0],
  options: Parameters<ModelPort["stream"]>[1],
): AsyncGenerator<ModelEvent> {
  let refused: string | undefined;
  for (;;) {
    let token: string;
    try {
      const prepared = await orAborted(prepare(refused), options.signal);
      if (prepared === null) return yield { type: "failed", failure: CANCELLED };
      token = prepared;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return yield { type: "failed", failure: failureOf(error) };
    }
    let isRefused = false;
    for await (const event of port.stream(request, options)) {
      // Another answer than 401 says nothing of the token: the model may not be the account's.
      if (event.type === "failed" && event.failure.code === "model.unauthorized") {
        isRefused = event.failure.status === 401 && refused === undefined;
        if (isRefused) break;
        const hint = `Log in anew: ${mend}`;
        yield { type: "failed", failure: { ...event.failure, hint } };
        return;
      }
      yield event;
    }
    if (!isRefused) return;
    refused = token;
  }
}

const CANCELLED: ModelFailure = { code: "model.cancelled", message: "The call was stopped" };

/** What comes, or null once the signal aborts: a renewal is waited for no longer, and goes on. */
async function orAborted<T>(coming: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const aborted = Promise.withResolvers<null>();
  const stop = () => aborted.resolve(null);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([coming, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    coming.catch(() => {
      // Nobody waits for it any more; the next call meets it again.
    });
  }
}

const CODES: Readonly<Record<string, ModelFailureCode>> = {
  "account.unreachable": "model.unreachable",
  "account.unavailable": "model.unavailable",
  "account.locked": "model.unavailable",
};

function failureOf({ code, message, hint }: AppError): ModelFailure {
  const kind = CODES[code] ?? "model.unauthorized";
  return { code: kind, message, ...(hint === undefined ? {} : { hint }) };
}
