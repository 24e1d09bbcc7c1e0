import type { WebAnswer, WebReadMode } from "../../../model/cells/web.ts";
import type { GuardRules } from "../../net/check_url.ts";
import type { Walked, WalkRequest } from "../../net/walk.ts";

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
  ): Promise<Walked<WebAnswer>>;
}
