/**
 * An approval as a message of a chat with buttons. What it says of the call is in letters of code and
 * is never read as markup, so that nothing in it passes for another row; hidden characters are shown
 * as escapes. A question that does not fit into one message has no yes: nobody agrees to what they
 * did not see.
 */
import {
  ANSWERS,
  type Asked,
  buttonData,
  isOffered,
  type Settled,
} from "../../kernel/channels/answers.ts";
import { rowsPart } from "../../kernel/channels/format/format_answer.ts";
import { type Row, type Span, textRow } from "../../kernel/channels/format/row.ts";
import type { ChannelKind } from "../../model/channels/channel.ts";
import type { ChatButton, OutboundPart } from "../../model/channels/message.ts";
import { shownWhole, usualWidth, warnings } from "../cli/approval_question.ts";

const LABELS: Readonly<Record<(typeof ANSWERS)[number], string>> = {
  once: "Once",
  session: "This session",
  always: "Always",
  deny: "Deny",
};

/** How it ended, for whoever reads the chat later. */
const OUTCOMES: Readonly<Record<Settled, string>> = {
  once: "✅ Allowed once",
  session: "✅ Allowed for this session",
  always: "✅ Allowed always",
  deny: "⛔ Denied",
  late: "⌛ Denied: no answer in time",
  stopped: "⏹ Not run: it was stopped",
  void: "⌛ No longer valid: ward was started again",
};

/** Characters of a title, or of what was asked about, that an outcome repeats. */
const MAX_TITLE = 200;

/** The question, with a button for each answer that it has. */
export function approvalPart(kind: ChannelKind, asked: Asked, id: string): OutboundPart {
  const part = rowsPart(kind, [...questionRows(asked)]);
  if (!part) return { ...tooLong(kind, asked), buttons: [[button(id, "deny")]] };
  const yes = ANSWERS.filter((one) => one !== "deny" && isOffered(asked, one));
  return { ...part, buttons: [yes.map((one) => button(id, one)), [button(id, "deny")]] };
}

/** What stands there when it was answered, or cannot be any more. */
export function settledPart(kind: ChannelKind, asked: Asked, how: Settled): OutboundPart {
  const rows = [
    textRow([{ text: OUTCOMES[how], bold: true }]),
    textRow([code(cut(asked.title))]),
    ...isTwice(asked) ? [] : [textRow([code(cut(asked.exact))])],
  ];
  return rowsPart(kind, rows)!;
}

/**
 * What stands there when ward was started again before it was answered; it has no buttons.
 *
 * @param sent What it said; an empty text: that is not known.
 */
export function voidPart(kind: ChannelKind, sent: OutboundPart): OutboundPart {
  const note = rowsPart(kind, [textRow([{ text: OUTCOMES.void, bold: true }])])!;
  if (sent.text === "") return note;
  return { text: `${note.text}\n\n${sent.text}`, plain: `${note.plain}\n\n${sent.plain}` };
}

function button(id: string, answer: (typeof ANSWERS)[number]): ChatButton {
  return { label: LABELS[answer], data: buttonData(id, answer) };
}

function* questionRows(asked: Asked): Generator<Row> {
  const { title, exact, grant, why, layer } = asked;
  const width = usualWidth(grant);
  const covers = width.covers === "" ? [] : [{ text: ": " }, code(width.covers)];
  yield textRow([{ text: "Allow?", bold: true }, { text: " " }, code(title)]);
  if (!isTwice(asked)) {
    yield { type: "code", gap: false, block: 0, language: "", head: [], text: shownWhole(exact) };
  }
  yield labelled("What", [
    code(`${grant.permission} ${width.value} (${grant.compartment})`),
    ...covers,
  ]);
  yield labelled("Why", [code(why)]);
  yield labelled("Risk", [{ text: width.risk, bold: true }]);
  yield labelled("Touches", [code(grant.touches)]);
  yield labelled("Held by", [code(layer)]);
  for (const warning of warnings(exact)) yield textRow([{ text: `⚠ ${shownWhole(warning)}` }]);
}

function tooLong(kind: ChannelKind, { title, exact, grant }: Asked): OutboundPart {
  const { command } = usualWidth(grant);
  return rowsPart(kind, [
    textRow([{ text: "Too long to be allowed here", bold: true }]),
    textRow([code(cut(title))]),
    textRow([{
      text:
        `${exact.length.toLocaleString("en")} characters do not fit into one message, and what ` +
        "you cannot see whole should not be allowed. Ask for it in smaller steps, or do it in a terminal.",
    }]),
    ...command === "" || command.length > MAX_TITLE ? [] : [labelled("Or run", [code(command)])],
  ])!;
}

function isTwice({ title, exact }: Asked): boolean {
  return title === exact;
}

function labelled(label: string, spans: readonly Span[]): Row {
  return textRow([{ text: `${label}: ` }, ...spans]);
}

function code(text: string): Span {
  return { text: shownWhole(text), code: true };
}

function cut(text: string): string {
  return text.length <= MAX_TITLE ? text : `${text.slice(0, MAX_TITLE - 1)}…`;
}
