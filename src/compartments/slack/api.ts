import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import { SLACK_METHODS, type SlackOutcome } from "../../model/services/slack.ts";

/** One call of the Web API. */
export const callParams = lazily(() =>
  z.object({
    /** Base address, checked, with a slash at its end. */
    apiUrl: z.string(),
    token: z.string(),
    method: z.enum(SLACK_METHODS),
    args: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
);

/** One call of the Web API. */
export type CallParams = z.infer<ReturnType<typeof callParams>>;

/** How it ended; all texts but the words are from outside. */
export const callOutcome: () => z.ZodType<SlackOutcome> = lazily(() =>
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("answered"),
      answer: z.object({
        items: z.array(z.record(z.string(), z.unknown())),
        next: z.string().nullable(),
      }),
    }),
    z.object({ type: z.literal("limited"), afterS: z.number().int().nonnegative() }),
    z.object({ type: z.literal("refused"), word: z.string(), needed: z.string().nullable() }),
  ])
);
