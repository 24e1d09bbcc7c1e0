/**
 * Turns what went wrong in a call into a {@linkcode ModelFailure}. Response bodies are looked at
 * to tell causes apart, and never copied: services echo prompts and keys in them.
 */
import { retryAfterMs } from "../../base/retry_after.ts";
import type { ModelFailure, ModelFailureCode } from "../../model/model_stream.ts";

/** The call that failed, for messages. */
export interface FailedCall {
  /** Provider as configured. */
  readonly provider: string;
  readonly model: string;
  readonly keySource: string | null;
}

/** What is known of a failure. */
export interface FailureFacts {
  readonly status?: number | undefined;
  /** The service's own word for it, such as `overloaded_error`. */
  readonly type?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** A cause in words, when there is no status. */
  readonly detail?: string | undefined;
}

/** Builds a failure with its message and hint. */
export function describeFailure(
  call: FailedCall,
  code: ModelFailureCode,
  facts: FailureFacts = {},
): ModelFailure {
  const cause = [
    facts.detail ?? CAUSES[code],
    facts.status === undefined ? null : `HTTP ${facts.status}`,
    facts.type ?? null,
  ].filter((part) => part !== null).join(", ");
  const hint = hintOf(call, code);
  return {
    code,
    message: `Cannot get an answer from "${call.provider}": ${cause}`,
    ...(hint === undefined ? {} : { hint }),
    ...(facts.status === undefined ? {} : { status: facts.status }),
    ...(facts.retryAfterMs === undefined ? {} : { retryAfterMs: facts.retryAfterMs }),
  };
}

const CAUSES: Readonly<Record<ModelFailureCode, string>> = {
  "model.unauthorized": "the key was refused",
  "model.rate_limited": "too many requests",
  "model.not_found": "no such model or address",
  "model.rejected": "the request was not accepted",
  "model.context_overflow": "the conversation is longer than the model's window",
  "model.no_credit": "the account has no credit left",
  "model.unavailable": "the service is down or overloaded",
  "model.timeout": "no answer within the time limit",
  "model.unreachable": "could not connect",
  "model.cut": "the answer broke off before its end",
  "model.malformed": "the answer was not of the protocol's form",
  "model.cancelled": "the call was stopped",
};

function hintOf(call: FailedCall, code: ModelFailureCode): string | undefined {
  switch (code) {
    case "model.unauthorized":
      return call.keySource === null
        ? "Set WARD_API_KEY, or api_key of this provider in the configuration"
        : `Check the key in ${call.keySource}, and that it may use model "${call.model}"`;
    case "model.not_found":
      return `Check the model "${call.model}" (WARD_MODEL) and the address (WARD_API_BASE)`;
    case "model.context_overflow":
      return "Start a new session, or ask for less at once";
    case "model.no_credit":
      return "Add credit to the account, or choose another provider with WARD_PROVIDER";
    case "model.rate_limited":
    case "model.unavailable":
      return "Try again later, or choose another provider with WARD_PROVIDER";
    case "model.timeout":
    case "model.unreachable":
      return "Check the network and the address (WARD_API_BASE)";
    case "model.cut":
      return "Ask again; what was said so far is incomplete";
    case "model.rejected":
    case "model.malformed":
      return "Check that the address (WARD_API_BASE) speaks the protocol of this provider";
    case "model.cancelled":
      return undefined;
  }
}

/** Failure of an error thrown by an SDK or by `fetch` under it. */
export function failureOfError(
  call: FailedCall,
  error: unknown,
  state: {
    /** Whether the kernel cancelled the call. */
    aborted: boolean;
    /** Whether the response had begun. */
    started: boolean;
    /** Current time, milliseconds since the epoch. */
    nowMs: number;
  },
): ModelFailure {
  if (state.aborted) return describeFailure(call, "model.cancelled");
  const causes = causesOf(error);
  if (causes.some((cause) => cause instanceof ResponseTooLarge)) {
    return describeFailure(call, "model.malformed", { detail: "the answer is too large" });
  }
  if (causes.some((cause) => cause instanceof SyntaxError)) {
    return describeFailure(call, "model.malformed");
  }
  const answer = readServiceError(error);
  if (answer === null) return failureOfConnection(call, causes, state.started);
  const { status, type, text } = answer;
  const code = codeOf(status, type, text);
  return describeFailure(call, code, {
    status,
    type: shownType(type),
    retryAfterMs: answer.header ? retryAfterMs(answer.header, state.nowMs) : undefined,
    ...(status !== undefined && status < 400
      ? { detail: "the address answers with a redirect, which ward does not follow" }
      : {}),
  });
}

/** Thrown by the transport when a response passes its bound. */
export class ResponseTooLarge extends Error {}

interface ServiceError {
  readonly status: number | undefined;
  /** Code or type as the service wrote it. */
  readonly type: string;
  /** All of the body as text: for telling causes apart only. */
  readonly text: string;
  readonly header: ((name: string) => string | null) | null;
}

/** The answer in an `APIError` of either SDK; null when the service did not answer. */
function readServiceError(error: unknown): ServiceError | null {
  if (!isRecord(error)) return null;
  const status = typeof error["status"] === "number" ? error["status"] : undefined;
  const body = error["error"];
  // Without a status it is an error event inside a stream, which has a body.
  if (status === undefined && !isRecord(body)) return null;
  const inner = isRecord(body) ? (isRecord(body["error"]) ? body["error"] : body) : {};
  const type = [inner["code"], inner["type"]].find((word) => typeof word === "string") as
    | string
    | undefined;
  const headers = error["headers"];
  return {
    status,
    type: type ?? "",
    text: `${JSON.stringify(body) ?? ""} ${error instanceof Error ? error.message : ""}`,
    header: headers instanceof Headers ? (name) => headers.get(name) : null,
  };
}

const OVERFLOW =
  /context[_ ](length|window|size|limit)|exceed[s_]?\w* (the )?(\w+ )?context|prompt is too long|maximum context|request_too_large/i;
const NO_CREDIT = /insufficient_quota|billing_error|credit balance|insufficient balance/i;

function codeOf(status: number | undefined, type: string, text: string): ModelFailureCode {
  if (status === undefined) return codeOfType(type, text);
  if (status === 402) return "model.no_credit";
  if (status === 429) return NO_CREDIT.test(text) ? "model.no_credit" : "model.rate_limited";
  if (status === 401 || status === 403) return "model.unauthorized";
  if (status === 404) return "model.not_found";
  if (status === 408) return "model.timeout";
  if (status >= 500) return "model.unavailable";
  if (status === 413 || OVERFLOW.test(text)) return "model.context_overflow";
  if (NO_CREDIT.test(text)) return "model.no_credit";
  return "model.rejected";
}

/** An error event inside a stream has no status; its type says the same. */
function codeOfType(type: string, text: string): ModelFailureCode {
  if (OVERFLOW.test(text)) return "model.context_overflow";
  if (NO_CREDIT.test(text)) return "model.no_credit";
  if (/rate_limit/.test(type)) return "model.rate_limited";
  if (/authentication|permission/.test(type)) return "model.unauthorized";
  if (/not_found/.test(type)) return "model.not_found";
  if (/invalid_request/.test(type)) return "model.rejected";
  if (/timeout/.test(type)) return "model.timeout";
  return "model.unavailable";
}

/** Only a plain word is shown: a hostile service could put a key that it was sent there. */
function shownType(type: string): string | undefined {
  return /^[a-z_]{1,48}$/.test(type) ? type : undefined;
}

function failureOfConnection(
  call: FailedCall,
  causes: readonly Error[],
  started: boolean,
): ModelFailure {
  if (causes.some((cause) => cause.name === "NotCapable")) {
    return describeFailure(call, "model.rejected", {
      detail: "the runtime refused the address: it is outside this compartment's grant",
    });
  }
  // Deno names the phase in the message: `client error (Connect)` or `(SendRequest)`.
  const sent = causes.some((cause) => cause.message.includes("(SendRequest)"));
  if (started || sent) return describeFailure(call, "model.cut");
  const why = CONNECTING.find(([pattern]) => causes.some(({ message }) => pattern.test(message)));
  return describeFailure(
    call,
    "model.unreachable",
    why ? { detail: `${CAUSES["model.unreachable"]}, ${why[1]}` } : {},
  );
}

/** What Deno's connector (hyper, rustls) says of a failure, and what it means. */
const CONNECTING: readonly (readonly [RegExp, string])[] = [
  [/dns error|lookup address/, "the name of the host is not known (DNS)"],
  [/os error 111|[Cc]onnection refused/, "nothing listens there (connection refused)"],
  [/invalid peer certificate/, "its certificate is not trusted (TLS)"],
  [/corrupt message|tls|handshake|close_notify/, "it does not speak TLS as it should"],
  [/[Nn]etwork is unreachable|[Nn]o route to host/, "there is no network to it"],
];

/** The SDKs wrap what `fetch` throws. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  return causes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
