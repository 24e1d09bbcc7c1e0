/**
 * Rows → messages. A message ends where a paragraph does, or else a line; within a block of code only
 * where nothing else is near. What goes on in the next one is opened again there.
 */
import { graphemes } from "../../../base/text_width.ts";
import { type Dialect, plainRow } from "./dialect.ts";
import { isSameBlock, isSameLook, type Row, type Span, tidySpans } from "./row.ts";

/** Part of a message, from its end, in which it is looked for a good place to end. */
const LOOK_BACK = 0.5;

/** How much of a message something takes, marked up and as plain text. */
interface Size {
  readonly units: number;
  readonly plain: number;
  readonly entities: number;
}

const NOTHING: Size = { units: 0, plain: 0, entities: 0 };

/** Rows of each message; none where nothing would be seen. */
export function pack(rows: readonly Row[], dialect: Dialect): Row[][] {
  const messages: Row[][] = [];
  let message: Row[] = [];
  let sizes: Size[] = [];
  let total = NOTHING;
  const add = (row: Row): void => {
    const size = sizeAfter(row, message.at(-1), dialect);
    message.push(row);
    sizes.push(size);
    total = sum(total, size);
  };
  for (const row of rows.flatMap((one) => fitting(one, dialect))) {
    if (
      message.length > 0 && load(sum(total, sizeAfter(row, message.at(-1), dialect)), dialect) > 1
    ) {
      const at = breakBefore([...message, row], sizes, dialect);
      const rest = [...message.slice(at), row];
      const last = message[at - 1]!;
      messages.push(message.slice(0, at));
      [message, sizes, total] = [[], [], NOTHING];
      headOf(rest[0]!, last).forEach(add);
      rest.forEach(add);
    } else add(row);
  }
  messages.push(message);
  return messages.filter((one) => one.some((row) => /[^\s>│•]/.test(plainRow(row))));
}

/** What is written again when a block goes on in the next message. */
function headOf(row: Row, before: Row): Row[] {
  if (row.type !== "code" || !isSameBlock(before, row)) return [];
  return row.head.map((text) => ({ ...row, text }));
}

/** The row, or the rows that it takes when it is too long for one message. */
function fitting(row: Row, dialect: Dialect): Row[] {
  const loadOf = (one: Row) =>
    load(sum(headSize(one, dialect), sizeAfter(one, undefined, dialect)), dialect);
  if (loadOf(row) <= 1) return [row];
  const atoms = atomsOf(row);
  const pieces: Row[] = [];
  for (let from = 0; from < atoms.length;) {
    const piece = (to: number): Row => rowOf(row, atoms.slice(from, to), pieces.length === 0);
    let to = from;
    // Written, it is never shorter than it is.
    for (let units = 0; to < atoms.length && units <= dialect.limit; to++) {
      units += atoms[to]!.text.length;
    }
    for (let over = loadOf(piece(to)); over > 1 && to > from + 1; over = loadOf(piece(to))) {
      to = from + Math.max(1, Math.floor((to - from) / over * 0.98));
    }
    // A word is not cut when it has a beginning near.
    if (to < atoms.length && !isBlank(atoms[to]!) && !isBlank(atoms[to - 1]!)) {
      let space = to - 1;
      while (space > from && !isBlank(atoms[space]!)) space--;
      if (space > from + (to - from) * LOOK_BACK) to = space + 1;
    }
    pieces.push(piece(to));
    from = to;
  }
  return pieces;
}

function headSize(row: Row, dialect: Dialect): Size {
  if (row.type !== "code") return NOTHING;
  return row.head.map((text) => sizeAfter({ ...row, text }, row, dialect)).reduce(sum, NOTHING);
}

const isBlank = ({ text }: Span): boolean => text.trim() === "";

/** Words and the spaces between them; long words as what is seen as one character each. */
function atomsOf(row: Row): Span[] {
  const spans: readonly Span[] = row.type === "code" ? [{ text: row.text }] : row.spans;
  return spans.flatMap((span) =>
    (span.text.match(/\s+|\S+/g) ?? []).flatMap((word) =>
      word.length <= MAX_WORD ? [word] : graphemes(word)
    )
      .flatMap((one) => one.length <= MAX_WORD ? [one] : [...one])
      .map((text): Span => ({ ...span, text }))
  );
}

const MAX_WORD = 40;

function rowOf(row: Row, atoms: readonly Span[], isFirst: boolean): Row {
  const gap = row.gap && isFirst;
  if (row.type === "code") return { ...row, gap, text: atoms.map(({ text }) => text).join("") };
  const spans: Span[] = [];
  for (const atom of atoms) {
    const last = spans.at(-1);
    if (last && isSameLook(last, atom)) {
      spans[spans.length - 1] = { ...last, text: last.text + atom.text };
    } else spans.push(atom);
  }
  return {
    ...row,
    gap,
    spans: tidySpans(spans),
    lead: isFirst ? row.lead : " ".repeat(row.lead.length),
  };
}

/** Where the rows are best cut, before one of them. The last one is what no longer fits. */
function breakBefore(rows: readonly Row[], sizes: readonly Size[], dialect: Dialect): number {
  let best = rows.length - 1;
  let badness = badnessOf(rows, best);
  let size = sizes.reduce((all, one) => all + one.units, 0);
  for (let at = rows.length - 2; at > 0; at--) {
    size -= sizes[at]!.units;
    if (size < dialect.limit * LOOK_BACK) break;
    const found = badnessOf(rows, at);
    if (found < badness) [best, badness] = [at, found];
  }
  return best;
}

function badnessOf(rows: readonly Row[], at: number): number {
  const [before, after] = [rows[at - 1]!, rows[at]!];
  // A title belongs to what stands below it.
  if (before.type === "text" && before.heading > 0) return 3;
  if (isSameBlock(before, after)) return after.type === "code" ? 2 : after.gap ? 0 : 1;
  return after.gap ? 0 : 1;
}

/** What a row adds to a message. */
function sizeAfter(row: Row, before: Row | undefined, dialect: Dialect): Size {
  const { open, close } = dialect.fence(row);
  const joins = before !== undefined && isSameBlock(before, row);
  const written = dialect.row(row);
  const lineEnds = before === undefined ? 0 : row.gap ? 2 : 1;
  const fence = joins ? "" : open + close;
  return {
    units: dialect.units(written) + dialect.units(fence) + lineEnds,
    plain: dialect.units(dialect.plain(plainRow(row))) + lineEnds,
    entities: dialect.entities(written) + dialect.entities(fence),
  };
}

function sum(one: Size, other: Size): Size {
  return {
    units: one.units + other.units,
    plain: one.plain + other.plain,
    entities: one.entities + other.entities,
  };
}

/** How full a message of that size is; more than 1: it is too much. */
function load({ units, plain, entities }: Size, { limit, maxEntities }: Dialect): number {
  return Math.max(units / limit, plain / limit, entities / maxEntities);
}
