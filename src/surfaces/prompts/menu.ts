/** A list to choose from, as pure state: keys move it, and it is drawn as lines. */
import { revealHidden } from "../cli/sanitize_terminal.ts";
import type { Key } from "../terminal/editor/keys.ts";
import { cutToWidth, textWidth } from "../../base/text_width.ts";

/** One thing that can be chosen. */
export interface MenuItem<T> {
  readonly value: T;
  readonly label: string;
  /** Shown dim behind the label. */
  readonly detail?: string | undefined;
  /** The way on where nothing else fits: whatever is typed leaves it. @default false */
  readonly isAlways?: boolean | undefined;
}

/** A menu as it stands. */
export interface Menu<T> {
  readonly items: readonly MenuItem<T>[];
  /** Text that an item's label or detail must hold. */
  readonly filter: string;
  /** Position among the items that the filter leaves. */
  readonly at: number;
}

/** Most items on the screen at once. */
const MOST_SHOWN = 10;

/** Lines of a screen that are not items: title, filter, what is above and below, the hint. */
const OTHER_LINES = 4;

/** A menu with nothing typed. @param at Which item is marked. */
export function menu<T>(items: readonly MenuItem<T>[], at = 0): Menu<T> {
  return { items, filter: "", at: Math.min(Math.max(at, 0), Math.max(items.length - 1, 0)) };
}

/** Items that the filter leaves. */
export function shownItems<T>({ items, filter }: Menu<T>): readonly MenuItem<T>[] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === "") return items;
  const matches = ({ label, detail = "" }: MenuItem<T>) =>
    `${label} ${detail}`.toLowerCase().includes(wanted);
  // What fits comes first: it is what Enter takes.
  const others = items.filter((item) => item.isAlways && !matches(item));
  return [...items.filter(matches), ...others];
}

/** The marked item; null when the filter leaves none. */
export function markedItem<T>(menu: Menu<T>): MenuItem<T> | null {
  return shownItems(menu)[menu.at] ?? null;
}

/** The menu after a key. A digit marks an item by its number while nothing else is typed. */
export function moveMenu<T>(menu: Menu<T>, key: Key): Menu<T> {
  const last = Math.max(shownItems(menu).length - 1, 0);
  const to = (at: number): Menu<T> => ({ ...menu, at: Math.min(Math.max(at, 0), last) });
  if (key.type !== "press") {
    if (menu.filter === "" && /^\d+$/.test(key.text)) {
      const number = Number(key.text);
      if (number >= 1 && number <= menu.items.length) return to(number - 1);
    }
    return { ...menu, filter: menu.filter + key.text.replace(/\s+/g, " "), at: 0 };
  }
  switch (key.name) {
    case "up":
    case "ctrl-p":
      return to(menu.at === 0 ? last : menu.at - 1);
    case "down":
    case "ctrl-n":
      return to(menu.at === last ? 0 : menu.at + 1);
    case "home":
      return to(0);
    case "end":
      return to(last);
    case "backspace":
      return { ...menu, filter: [...menu.filter].slice(0, -1).join(""), at: 0 };
    case "ctrl-u":
    case "escape":
      return { ...menu, filter: "", at: 0 };
    default:
      return menu;
  }
}

/** A line of a drawn menu. */
export interface MenuLine {
  readonly text: string;
  readonly tone: "plain" | "marked" | "dim";
}

/** Draws the items, at most so many columns wide that the terminal breaks no line. */
export function drawMenu<T>(
  menu: Menu<T>,
  { columns, rows }: { columns: number; rows: number },
): MenuLine[] {
  const shown = shownItems(menu);
  const room = Math.min(MOST_SHOWN, Math.max(1, rows - OTHER_LINES));
  const from = Math.min(
    Math.max(0, menu.at - (room >> 1)),
    Math.max(0, shown.length - room),
  );
  const visible = shown.slice(from, from + room);
  const width = Math.max(...visible.map(({ label }) => textWidth(revealHidden(label))), 0);
  const lines = visible.map((item, index): MenuLine => {
    const isMarked = from + index === menu.at;
    const number = `${menu.items.indexOf(item) + 1}`.padStart(`${menu.items.length}`.length);
    const label = revealHidden(item.label);
    const detail = item.detail === undefined ? "" : "  " +
      " ".repeat(Math.max(0, Math.min(width, 32) - textWidth(label))) + revealHidden(item.detail);
    return {
      text: cutToWidth(`${isMarked ? ">" : " "} ${number}  ${label}${detail}`, columns - 1),
      tone: isMarked ? "marked" : "plain",
    };
  });
  const left = shown.length - visible.length;
  if (visible.length === 0) lines.push({ text: "  nothing matches", tone: "dim" });
  if (left > 0) lines.push({ text: `  … ${left} more`, tone: "dim" });
  return lines;
}
