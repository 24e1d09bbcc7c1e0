/**
 * Turns what went wrong in a call into a {@linkcode ModelFailure}. Response bodies are looked at
 * to tell causes apart, and never copied: services echo prompts and keys in them.
 */
import { retryAfterMs } from "../../base/retry_after.ts";
import type { ModelFailure, ModelFailureCode } from "../../model/conversation/model_stream.ts";
import { errorClass } from "./error_class.ts";

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
  "model.over_budget": "a cap of the budget forbids it",
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
    case "model.over_budget":
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
  const code = errorClass(status, type, text);
  return describeFailure(call, code, {
    status,
    type: shownType(type),
    retryAfterMs: (answer.header ? retryAfterMs(answer.header, state.nowMs) : undefined) ??
      retryDelayMs(text),
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

/** The answer in an `APIError` of an SDK or a `ServiceError`; null when the service did not answer. */
function readServiceError(error: unknown): ServiceError | null {
  if (!isRecord(error)) return null;
  const status = typeof error["status"] === "number" ? error["status"] : undefined;
  const body = error["error"];
  // Without a status it is an error event inside a stream, which has a body.
  if (status === undefined && !isRecord(body)) return null;
  const inner = isRecord(body) ? (isRecord(body["error"]) ? body["error"] : body) : {};
  const headers = error["headers"];
  const ofAws = headers instanceof Headers ? headers.get("x-amzn-errortype") : null;
  const words = [ofAws?.split(":")[0], inner["code"], inner["status"], inner["type"]];
  const type = words.find((word) => typeof word === "string" && word !== "") as string | undefined;
  return {
    // OpenRouter and Gemini put the status into an error event.
    status: status ?? (Number(inner["code"]) >= 400 ? Number(inner["code"]) : undefined),
    type: type ?? "",
    text: `${JSON.stringify(body) ?? ""} ${error instanceof Error ? error.message : ""}`,
    header: headers instanceof Headers ? (name) => headers.get(name) : null,
  };
}

/** Only a plain word is shown: a hostile service could put a key that it was sent there. */
function shownType(type: string): string | undefined {
  return /^[A-Za-z_]{1,48}$/.test(type) ? type : undefined;
}

/** Gemini says in the body how long to wait (`google.rpc.RetryInfo`). */
function retryDelayMs(text: string): number | undefined {
  const seconds = /"retryDelay":\s*"(\d+(?:\.\d+)?)s"/.exec(text)?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
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
