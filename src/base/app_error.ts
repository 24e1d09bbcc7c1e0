/** Options for {@linkcode AppError}. */
export interface AppErrorOptions extends ErrorOptions {
  /** What the user can do next, as one imperative sentence. */
  hint?: string | undefined;
}

/**
 * A failure the program expects and can explain.
 *
 * `code` is for machines and never changes once released; `message` is for people and may.
 * Neither may hold a secret, a prompt or a response body.
 */
export class AppError extends Error {
  /** Stable identifier, `part.reason`. */
  readonly code: string;
  /** What the user can do next, if anything. */
  readonly hint: string | undefined;

  /**
   * Builds the error.
   *
   * @param code Stable identifier, `part.reason`.
   * @param message What was being done and the state that stopped it, no full stop.
   * @param options The cause and a hint.
   */
  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** Bad input of the user: the process ends with exit code 2. */
export class UsageError extends AppError {}

/** The user stopped it, by Ctrl-C at a question: the process ends with exit code 130. */
export class StoppedError extends AppError {}

/** Never returns: a `switch` over a closed union that reaches this misses a case. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
