/**
 * Names of people and kinds of channels, which events leave out. Asked for once an hour at most; what
 * cannot be had is not waited for, because an envelope has to be acknowledged within three seconds.
 */
import * as z from "zod";
import type { ChatPlace } from "../../../model/channels/message.ts";
import type { ThreadTime } from "../thread_time.ts";
import type { SlackLine } from "./line.ts";

/** Longest wait for an answer, ms. */
const ASK_MS = 1_000;
/** How long an answer is good, and how long is not asked anew after none, ms. */
const KNOWN_MS = 3_600_000;
const UNKNOWN_MS = 300_000;
/** Answers that are kept. */
const MAX_KNOWN = 2_000;

const userInfo = z.object({
  user: z.object({
    name: z.string().optional(),
    real_name: z.string().optional(),
    profile: z.object({ display_name: z.string().optional(), real_name: z.string().optional() })
      .optional(),
  }),
}).transform(({ user: { name, real_name, profile } }) =>
  profile?.display_name || profile?.real_name || real_name || name || null
);

const conversationInfo = z.object({
  channel: z.object({
    is_im: z.boolean().optional(),
    is_mpim: z.boolean().optional(),
    is_private: z.boolean().optional(),
    is_ext_shared: z.boolean().optional(),
  }),
}).transform(({ channel: { is_im, is_mpim, is_private, is_ext_shared } }): ChatPlace["kind"] =>
  is_im ? "direct" : is_ext_shared || !(is_mpim || is_private) ? "public" : "group"
);

/** Looks up. */
export interface Directory {
  /** Shown name of a person; their id where it cannot be had. */
  nameOf(userId: string): Promise<string>;
  /** What a channel is; `public`, which trusts least, where it cannot be had. */
  kindOf(chat: string): Promise<ChatPlace["kind"]>;
}

/** Makes an empty one. */
export function createDirectory(line: SlackLine, { clock }: Pick<ThreadTime, "clock">): Directory {
  const known = new Map<string, { readonly value: unknown; readonly untilMs: number }>();
  async function ask<T>(method: string, args: Record<string, string>, schema: z.ZodType<T | null>) {
    const key = `${method} ${Object.values(args)}`;
    const kept = known.get(key);
    if (kept && kept.untilMs > clock.now()) return kept.value as T | null;
    const limit = AbortSignal.timeout(ASK_MS);
    const reply = await line.call(method, args, limit).catch(() => null);
    const read = reply?.type === "answered" ? schema.safeParse(reply.body) : null;
    const value = read?.success ? read.data : null;
    known.delete(key);
    known.set(key, { value, untilMs: clock.now() + (value === null ? UNKNOWN_MS : KNOWN_MS) });
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
    return value;
  }
  return {
    nameOf: async (user) => await ask("users.info", { user }, userInfo) ?? user,
    kindOf: async (channel) =>
      await ask("conversations.info", { channel }, conversationInfo) ?? "public",
  };
}
