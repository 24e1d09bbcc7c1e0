/**
 * The typed calls between the kernel and a compartment: the same few messages over a worker's
 * port and over a cell's pipe. Both ends live here so that they cannot drift apart.
 *
 * Invariant: every call ends with exactly one `result` or `error`; when the channel closes, all
 * open calls fail. What is only told has no answer. This file imports nothing from npm, because the `hands` cell loads it.
 */
import { AppError } from "../base/app_error.ts";
import { probe } from "./probe.ts";

/** Kernel to compartment. */
export type Inbound =
  | { readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly tell: string; readonly params: unknown }
  | { readonly id: number; readonly cancel: true };

/** Compartment to kernel. */
export type Outbound =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError };

/** A failure as it crosses. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** One end of a pipe of messages. */
export interface Channel {
  send(message: unknown, transfer?: Transferable[]): void;
  /** Set once, before the first message. */
  receive(onMessage: (message: unknown) => void): void;
}

/** What a handler may use. */
export interface CallContext {
  /** Aborted when the kernel cancels the call. */
  readonly signal: AbortSignal;
  /** Sends an event of this call. */
  emit(event: unknown): void;
}

/** Methods of a compartment. */
// deno-lint-ignore no-explicit-any
export type Handlers = Record<string, (params: any, context: CallContext) => unknown>;

/**
 * Answers calls inside a compartment. Each one also answers `probe`, with which `ward doctor
 * --prove` tries from inside what must fail.
 *
 * @param channel The compartment's end.
 * @param own What it can do; an unknown method is an error.
 */
export function serve(channel: Channel, own: Handlers): void {
  const handlers: Handlers = { ...own, probe };
  const running = new Map<number, AbortController>();
  const send = (message: Outbound) => channel.send(message);
  channel.receive((raw) => {
    const message = raw as Inbound;
    if ("cancel" in message) {
      running.get(message.id)?.abort(new AppError("wire.cancelled", "The call was cancelled"));
      return;
    }
    const controller = new AbortController();
    if ("tell" in message) {
      const context = { signal: controller.signal, emit: () => {} };
      const told = Object.hasOwn(handlers, message.tell) ? handlers[message.tell] : undefined;
      Promise.resolve().then(() => told?.(message.params, context)).catch(() => {});
      return;
    }
    const { id, method, params } = message;
    running.set(id, controller);
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    Promise.resolve().then(() => {
      if (!handler) throw new AppError("wire.unknown_method", `No method "${method}"`);
      return handler(params, {
        signal: controller.signal,
        emit: (event) => send({ id, event }),
      });
    }).then(
      (result) => send({ id, result: result ?? null }),
      (error) => send({ id, error: toWireError(error) }),
    ).finally(() => running.delete(id));
  });
}

/** A failure in the form that crosses; anything unexpected keeps only its name and message. */
export function toWireError(error: unknown): WireError {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  if (error instanceof Error) {
    return { code: "internal." + error.name, message: error.message };
  }
  return { code: "internal.thrown", message: String(error) };
}

/** The kernel's end of a compartment. */
export class Client {
  readonly #channel: Channel;
  readonly #open = new Map<
    number,
    { resolve(value: unknown): void; reject(error: unknown): void; onEvent?(event: unknown): void }
  >();
  #nextId = 1;
  #dropped = 0;
  #closed: AppError | null = null;

  /** Starts to listen on the channel. */
  constructor(channel: Channel) {
    this.#channel = channel;
    channel.receive((raw) => this.#receive(raw));
  }

  /** Calls under way. */
  get openCalls(): number {
    return this.#open.size;
  }

  /** Messages that belonged to no open call. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Why it is closed, or null. */
  get closed(): AppError | null {
    return this.#closed;
  }

  /**
   * Calls a method and waits for its result, which the caller parses.
   *
   * @throws {AppError} What the compartment answered, or why the channel closed.
   */
  async call(
    method: string,
    params: unknown,
    options: {
      signal?: AbortSignal | undefined;
      onEvent?: ((event: unknown) => void) | undefined;
      transfer?: Transferable[] | undefined;
    } = {},
  ): Promise<unknown> {
    if (this.#closed) throw this.#closed;
    options.signal?.throwIfAborted();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#open.set(id, {
      resolve,
      reject,
      ...(options.onEvent ? { onEvent: options.onEvent } : {}),
    });
    const cancel = () => this.#channel.send({ id, cancel: true });
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      this.#channel.send({ id, method, params }, options.transfer);
      return await promise;
    } finally {
      options.signal?.removeEventListener("abort", cancel);
      this.#open.delete(id);
    }
  }

  /**
   * Calls a method of a thread without waiting: nothing says whether it failed, and one message is
   * saved. Not for cells, whose relay counts the calls under way.
   */
  tell(method: string, params: unknown, transfer?: Transferable[]): void {
    if (!this.#closed) this.#channel.send({ tell: method, params }, transfer);
  }

  /** Fails all open calls and every later one with `reason`. */
  close(reason: AppError): void {
    if (this.#closed) return;
    this.#closed = reason;
    for (const call of this.#open.values()) call.reject(reason);
    this.#open.clear();
  }

  #receive(raw: unknown): void {
    // Messages of a form we do not know are dropped: in a cell any program can write to the pipe.
    const message = (typeof raw === "object" && raw !== null ? raw : {}) as Partial<
      Record<"id" | "event" | "result" | "error", unknown>
    >;
    const call = typeof message.id === "number" ? this.#open.get(message.id) : undefined;
    if (!call) {
      this.#dropped++;
      return;
    }
    if ("event" in message) call.onEvent?.(message.event);
    else if ("result" in message) call.resolve(message.result);
    else if ("error" in message) call.reject(fromWireError(message.error));
  }
}

/** Characters of a failure's text that are kept: in a cell any program can write one. */
const MAX_ERROR_TEXT = 4000;

function fromWireError(raw: unknown): AppError {
  const error = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const text = (value: unknown, otherwise: string) =>
    typeof value === "string" ? value.slice(0, MAX_ERROR_TEXT) : otherwise;
  return new AppError(
    text(error["code"], "wire.malformed"),
    text(error["message"], "The compartment failed without a message"),
    { hint: typeof error["hint"] === "string" ? text(error["hint"], "") : undefined },
  );
}

/**
 * The channel inside a worker. Make it before the first `await` of the entry: Deno delivers
 * messages while the entry still awaits an import, and drops them where nothing listens.
 */
export function workerScopeChannel(): Channel {
  const scope = globalThis as unknown as {
    postMessage(message: unknown, transfer?: Transferable[]): void;
    onmessage: ((event: MessageEvent) => void) | null;
  };
  const early: unknown[] = [];
  scope.onmessage = (event) => early.push(event.data);
  return {
    send: (message, transfer) => scope.postMessage(message, transfer ?? []),
    receive: (onMessage) => {
      scope.onmessage = (event) => onMessage(event.data);
      for (const message of early.splice(0)) onMessage(message);
    },
  };
}

/** The channel of a worker, seen from the thread that started it. */
export function workerChannel(worker: Worker): Channel {
  return {
    send: (message, transfer) => worker.postMessage(message, transfer ?? []),
    receive: (onMessage) => {
      worker.addEventListener("message", (event) => onMessage((event as MessageEvent).data));
    },
  };
}
