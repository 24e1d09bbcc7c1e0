import type { WebAnswer, WebReadMode } from "../../../model/cells/web.ts";
import type { GuardRules } from "../../net/check_url.ts";
import type { Walked, WalkRequest } from "../../net/walk.ts";

/** What a request may take; what is left out is as pages have it. */
export interface WebBounds {
  /** With all its redirects, ms. */
  readonly limitMs?: number | undefined;
  /** A longer body is cut there. */
  readonly cutBytes?: number | undefined;
}

/** Connections by the same way. */
export interface WebConnect {
  /**
   * Makes a connection to the port of an address and closes it; nothing is sent.
   *
   * @param url Its scheme does not matter, nor does a path.
   * @param limitMs For all of it.
   * @throws {AppError} Families `net` and `web`.
   */
  connect(url: string, rules: GuardRules, signal: AbortSignal, limitMs: number): Promise<void>;
}

/** The web as the tools see it: requests go the guarded way of `kernel/net/walk.ts`. */
export interface WebPort {
  /**
   * Asks for an address and follows its redirects.
   *
   * @throws {AppError} Families `net` and `web`; none of their texts is from outside.
   */
  request(
    request: WalkRequest,
    read: WebReadMode,
    rules: GuardRules,
    signal: AbortSignal,
    bounds?: WebBounds,
  ): Promise<Walked<WebAnswer>>;
}
