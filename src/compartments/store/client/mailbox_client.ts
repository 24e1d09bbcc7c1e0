/** The kernel's end of the mailbox; see `client.ts`. */
import * as z from "zod";
import { lazily } from "../../../base/lazily.ts";
import type { Mailbox } from "../../../kernel/mail_ports.ts";
import type { InboundRow, MailCounts, OutboundRow } from "../../../model/channels/mail.ts";
import { inboundMessage, outboundPart } from "../../channels/api.ts";
import type { Client } from "../../wire.ts";

const inboundRow: () => z.ZodType<InboundRow> = lazily(() =>
  z.object({
    id: z.number(),
    key: z.string(),
    message: inboundMessage(),
    lane: z.enum(["turn", "command"]),
    sessionId: z.string().nullable(),
    attempts: z.number(),
  })
);

const outboundRow: () => z.ZodType<OutboundRow> = lazily(() =>
  z.object({
    id: z.number(),
    key: z.string(),
    kind: z.enum(["live", "question", "plain"]),
    place: z.object({
      channel: z.string(),
      chat: z.string(),
      thread: z.string().nullable(),
      kind: z.enum(["direct", "group", "public"]),
    }),
    part: outboundPart(),
    replyTo: z.string().nullable(),
    messageId: z.string().nullable(),
    revision: z.number(),
    isUnsure: z.boolean(),
    isRepeat: z.boolean(),
    sinceMs: z.number(),
  })
);

const counts: () => z.ZodType<MailCounts> = lazily(() =>
  z.object({ inbound: z.number(), outbound: z.number() })
);

const takenUp = lazily(() => z.object({ attempts: z.number(), sessionId: z.string() }));

const nothing = z.null().transform(() => undefined);

/** Methods of {@linkcode Mailbox} over the wire; arguments travel as an array. */
export function createMailboxClient(client: Client): Mailbox {
  const ask = async <T>(schema: z.ZodType<T>, method: keyof Mailbox, ...args: unknown[]) =>
    schema.parse(await client.call(method, args));
  return {
    acceptInbound: (given) =>
      ask(z.enum(["taken", "last", "known", "full", "none"]), "acceptInbound", given),
    readCursor: (channel) => ask(z.string().nullable(), "readCursor", channel),
    nextInbound: (which) => ask(z.array(inboundRow()), "nextInbound", which),
    waitingInbound: (which) => ask(z.array(inboundRow()), "waitingInbound", which),
    takeUpInbound: (taken) => ask(takenUp(), "takeUpInbound", taken),
    findChat: (key) => ask(z.string().nullable(), "findChat", key),
    moveChat: (moved) => ask(nothing, "moveChat", moved),
    leaveChat: (key) => ask(nothing, "leaveChat", key),
    chosenModel: (key) => ask(z.string().nullable(), "chosenModel", key),
    chooseModel: (chosen) => ask(nothing, "chooseModel", chosen),
    beginInbound: (begun) => ask(nothing, "beginInbound", begun),
    finishInbound: (...end) => ask(nothing, "finishInbound", ...end),
    parkInbound: (parked) => ask(nothing, "parkInbound", parked),
    putOutbound: (message) => ask(z.number(), "putOutbound", message),
    changeOutbound: (change) => ask(nothing, "changeOutbound", change),
    liveOutbound: (id) => ask(z.number().nullable(), "liveOutbound", id),
    sentAs: (id) =>
      ask(z.object({ messageId: z.string(), revision: z.number() }).nullable(), "sentAs", id),
    takeOutbound: (which) => ask(z.array(outboundRow()), "takeOutbound", which),
    markSent: (sent) => ask(nothing, "markSent", sent),
    putBack: (which) => ask(nothing, "putBack", which),
    giveUpOutbound: (which) => ask(nothing, "giveUpOutbound", which),
    openQuestions: () => ask(z.array(outboundRow()), "openQuestions"),
    countMail: () => ask(counts(), "countMail"),
    sweepMail: (before) => ask(nothing, "sweepMail", before),
  };
}
