/** A tool of Slack as a row: its arguments, and the calls that it makes. */
import * as z from "zod";
import type {
  SlackAccount,
  SlackAnswer,
  SlackArguments,
  SlackMethod,
} from "../../../model/services/slack.ts";

/** Calls as one account. */
export interface SlackCaller {
  readonly account: SlackAccount;
  call(method: SlackMethod, args: SlackArguments): Promise<SlackAnswer>;
}

/** What a call came to. */
export interface SlackFound extends SlackAnswer {
  /** What to know about it, in ward's own words. */
  readonly note?: string | undefined;
}

/** A tool of Slack. */
export interface SlackRow {
  readonly name: string;
  /** For people: what it is called. */
  readonly title: string;
  readonly description: string;
  readonly shape: z.core.$ZodLooseShape;
  /** The method that it is about, as the person is shown it. */
  readonly method: SlackMethod;
  /** Does something there in the user's name; null: it only reads. In words, with all that is sent. */
  readonly sends: ((args: unknown) => string) | null;
  run(args: unknown, caller: SlackCaller): Promise<SlackFound>;
}

/** A row with its arguments typed by their shape. */
export function slackRow<S extends z.core.$ZodLooseShape>(
  row: Omit<SlackRow, "shape" | "sends" | "run"> & {
    readonly shape: S;
    sends?(args: z.output<z.ZodObject<S>>): string;
    run(args: z.output<z.ZodObject<S>>, caller: SlackCaller): Promise<SlackFound>;
  },
): SlackRow {
  type Args = z.output<z.ZodObject<S>>;
  const { sends, run, ...rest } = row;
  return {
    ...rest,
    sends: sends ? (args) => sends(args as Args) : null,
    run: (args, caller) => run(args as Args, caller),
  };
}

/** Only what was given. */
export function given(
  args: Readonly<Record<string, string | number | boolean | undefined>>,
): SlackArguments {
  return Object.fromEntries(
    Object.entries(args).filter((one): one is [string, string | number | boolean] =>
      one[1] !== undefined
    ),
  );
}

/** Id of a channel, a group or a direct message. */
export const channelId = z.string().regex(/^[CDG][A-Z0-9]{1,24}$/, "an id such as C024BE91L");

/** Id of a user. */
export const userId = z.string().regex(/^[UW][A-Z0-9]{1,24}$/, "an id such as U023BECGF");

/** Time of a message, which is its id in its channel. */
export const timestamp = z.string().regex(/^\d{1,12}\.\d{1,6}$/, "a ts such as 1503435956.000247");

/** Where to go on, as the answer before said. */
export const cursor = z.string().min(1).max(500).optional().describe("next of the answer before");

/** How many. */
export function limit(standard: number, most: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(most).default(standard);
}

/** A time as Slack has it, or as people write it. */
export const time = z.string().transform((text, context): string => {
  if (/^\d{1,12}(\.\d{1,6})?$/.test(text)) return text;
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return (ms / 1000).toFixed(6);
  context.addIssue({ code: "custom", message: "a ts, or ISO 8601 such as 2026-11-27T09:00:00Z" });
  return z.NEVER;
});
