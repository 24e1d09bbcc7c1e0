/** What the daemon runs side by side: the bots, the HTTP API, webhooks. */

/** A part of the daemon that runs for as long as it does. */
export interface DaemonService {
  /** Shown to the user and written to the log, such as `channel:telegram`. */
  readonly name: string;
  /**
   * Runs until the signal aborts, and then returns once what it had begun is done or stored. When
   * it returns before that or throws, it is run again after a while.
   *
   * @throws {AppError} Why it can't go on; the words are shown in `ward status`.
   */
  run(signal: AbortSignal): Promise<void>;
}
