import type {
  SlackAccount,
  SlackAnswer,
  SlackArguments,
  SlackMethod,
} from "../../../model/services/slack.ts";

/** Slack, as its tools use it. */
export interface SlackPort {
  /** Accounts that somebody logged in to, sorted by alias. */
  readonly accounts: readonly SlackAccount[];
  /** Base address of the Web API, with a slash at its end. */
  readonly apiUrl: string;
  /**
   * One call, with the token of an account. A 429 is waited for within bounds.
   *
   * @throws {AppError} Family `slack`; `mcp.auth_required`: the login does not work any more.
   */
  call(
    alias: string,
    method: SlackMethod,
    args: SlackArguments,
    signal: AbortSignal,
  ): Promise<SlackAnswer>;
}
