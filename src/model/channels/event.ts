import type { BotIdentity } from "./channel.ts";
import type { ButtonPress, InboundMessage } from "./message.ts";

/** What the thread of a bot tells of its connection. */
export type ChannelEvent =
  /**
   * `seq` counts from 1; nothing is confirmed to the service before `stored` names it. `cursor`: how
   * far the service's own order is read with it; null: the service has none.
   */
  | {
    readonly type: "message";
    readonly seq: number;
    readonly cursor: string | null;
    readonly message: InboundMessage;
  }
  | {
    readonly type: "press";
    readonly seq: number;
    readonly cursor: string | null;
    readonly press: ButtonPress;
  }
  /** A chat has another id from now on; what went on there goes on. May come more than once. */
  | {
    readonly type: "moved";
    readonly seq: number;
    readonly cursor: string | null;
    readonly from: string;
    readonly to: string;
  }
  /** Nothing for ward; only the cursor moves. */
  | { readonly type: "skip"; readonly seq: number; readonly cursor: string }
  /** `note`: what its owner should know of it, safe to show, such as a scope that it has not. */
  | { readonly type: "connected"; readonly as: BotIdentity; readonly note?: string | undefined }
  /** Not connected; it tries again by itself after `waitMs`. `why` is safe to show. */
  | { readonly type: "waiting"; readonly why: string; readonly waitMs: number };
