/** A model's answer as messages of a chat service. */
import type { ChannelKind } from "../../../model/channels/channel.ts";
import type { OutboundPart } from "../../../model/channels/message.ts";
import { type Dialect, plainRow } from "./dialect.ts";
import { DISCORD } from "./discord.ts";
import { pack } from "./pack.ts";
import { readMarkdown } from "./read_markdown.ts";
import { isSameBlock, type Row, type Span, textRow } from "./row.ts";
import { SLACK } from "./slack.ts";
import { TELEGRAM } from "./telegram.ts";

const DIALECTS: Readonly<Record<ChannelKind, Dialect>> = {
  telegram: TELEGRAM,
  slack: SLACK,
  discord: DISCORD,
};

/** Stands where an answer is not over yet. */
const GOES_ON = " …";

/**
 * Messages of an answer: each within the service's limit and in its markup, and none that calls
 * somebody, hides a character or fetches an image. None: there is nothing to see in it.
 *
 * @param markdown GitHub Flavored Markdown, whole.
 */
export function formatAnswer(kind: ChannelKind, markdown: string): OutboundPart[] {
  const dialect = DIALECTS[kind];
  return pack(readMarkdown(markdown, dialect.tableColumns), dialect).map((rows) =>
    partOf(rows, dialect)
  );
}

/**
 * The first message of an answer that still grows, as it is so far; what no longer fits into it comes
 * with the whole answer.
 *
 * @param note What is being done now, as the last line. @default a sign that it goes on
 * @returns null: there is nothing to see yet.
 */
export function draftPart(
  kind: ChannelKind,
  markdown: string,
  note: readonly Span[] = [],
): OutboundPart | null {
  const dialect = DIALECTS[kind];
  const more = textRow(note.length > 0 ? note : [{ text: GOES_ON.trim() }], note.length > 0);
  // Marks may take more than what they mark, but not without end.
  const near = markdown.slice(0, dialect.limit * 4);
  const smaller = { ...dialect, limit: dialect.limit - dialect.row(more).length - 2 };
  const rows = pack(readMarkdown(near, dialect.tableColumns), smaller)[0];
  const last = rows?.at(-1);
  if (!rows || !last) return note.length > 0 ? partOf([more], dialect) : null;
  if (note.length > 0 || last.type === "code") return partOf([...rows, more], dialect);
  const spans = [...last.spans, { text: GOES_ON }];
  return partOf([...rows.slice(0, -1), { ...last, spans }], dialect);
}

/**
 * A message of rows that are made by hand, so that nothing in them is markup.
 *
 * @returns null: it is too long for one.
 */
export function rowsPart(kind: ChannelKind, rows: readonly Row[]): OutboundPart | null {
  const [only, ...others] = pack(rows, DIALECTS[kind]);
  return only && others.length === 0 ? partOf(only, DIALECTS[kind]) : null;
}

function partOf(rows: readonly Row[], dialect: Dialect): OutboundPart {
  return {
    text: written(rows, { fence: dialect.fence, row: dialect.row }),
    plain: written(rows, {
      fence: () => ({ open: "", close: "" }),
      row: (row) => dialect.plain(plainRow(row)),
    }),
  };
}

function written(rows: readonly Row[], { fence, row }: Pick<Dialect, "fence" | "row">): string {
  let out = "";
  for (const [index, one] of rows.entries()) {
    const before = rows[index - 1];
    const joins = before !== undefined && isSameBlock(before, one);
    if (before) out += (joins ? "" : fence(before).close) + (one.gap ? "\n\n" : "\n");
    out += (joins ? "" : fence(one).open) + row(one);
  }
  const last = rows.at(-1);
  return last ? out + fence(last).close : out;
}
