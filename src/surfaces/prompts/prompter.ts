/**
 * Asks in a terminal: a menu, a line, a hidden line, yes or no. Drawn on stderr, so that stdout
 * stays data. A dumb terminal gets numbered lists and no cursor movement.
 */
import { StoppedError } from "../../base/app_error.ts";
import type { KeyInput } from "../cli/key_input.ts";
import { type Output, paint } from "../cli/output.ts";
import { revealHidden } from "../cli/sanitize_terminal.ts";
import type { Key } from "../terminal/editor/keys.ts";
import { cutToWidth } from "../../base/text_width.ts";
import { editLine, lineEdit, lineText } from "./line_edit.ts";
import { drawMenu, markedItem, menu, type MenuItem, moveMenu } from "./menu.ts";

/** Asks a person; every question throws {@linkcode StoppedError} on Ctrl-C and Ctrl-D. */
export interface Prompter {
  /**
   * One of a list.
   *
   * @param question `at`: which item is marked first. `hidesTyped`: what is typed is not shown,
   * because it may be a key that was pasted a question too early.
   */
  choose<T>(question: {
    title: string;
    items: readonly MenuItem<T>[];
    at?: number | undefined;
    hidesTyped?: boolean | undefined;
  }): Promise<T>;
  /** A line, with a text in it to begin with. */
  text(question: LineQuestion & { initial?: string | undefined }): Promise<string>;
  /** A line that is not shown. */
  hidden(question: LineQuestion): Promise<string>;
  /** Yes or no; only keys pressed after the question stands there count. */
  confirm(question: { title: string; initial?: boolean | undefined }): Promise<boolean>;
}

/** A question for a line. */
export interface LineQuestion {
  readonly title: string;
  /** What is wrong with a value; it is asked for again then. Null: nothing. */
  check?(value: string): string | null;
}

/** What a {@linkcode Prompter} works with. */
export interface PrompterParts {
  readonly keys: KeyInput;
  readonly output: Output;
  /** No cursor movement: TERM is `dumb` or not set. */
  readonly isDumb: boolean;
  /** Size of the terminal now. */
  size(): { columns: number; rows: number };
}

const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/** Builds one; it reads nothing until something is asked. */
export function createPrompter(parts: PrompterParts): Prompter {
  const { keys, output, isDumb } = parts;
  const never = new AbortController().signal;
  const nextKey = async (): Promise<Key> => {
    for (;;) {
      const [key, ...rest] = keys.typedAhead;
      keys.typedAhead = rest;
      if (key && isOneOf(key, "ctrl-c", "ctrl-d")) throw stopped();
      if (key) return key;
      const chunk = await keys.nextKeys(never);
      if (chunk === null) throw stopped();
      keys.typedAhead = chunk.keys;
    }
  };
  const title = (text: string) => paint(output, "bold", revealHidden(text));

  /** Runs with keys one by one; the terminal is put back whatever happens. */
  const inRaw = <T>(on: string, off: string, ask: () => Promise<T>): Promise<T> =>
    keys.withRawKeys(async () => {
      if (!isDumb) output.write(on);
      try {
        return await ask();
      } catch (error) {
        output.write("\n");
        throw error;
      } finally {
        if (!isDumb) output.write(off);
      }
    });

  const line = async (
    question: LineQuestion,
    initial: string,
    show: (text: { before: string; after: string }) => string,
  ): Promise<string> => {
    for (;;) {
      const value = await inRaw(PASTE_ON, PASTE_OFF, async () => {
        let now = lineEdit(initial);
        for (let isFirst = true;; isFirst = false) {
          const shown = show({ before: now.before.join(""), after: now.after.join("") });
          if (!isDumb) output.write(`\r\x1b[K${title(question.title)}: ${shown}`);
          else if (isFirst) output.write(`${title(question.title)}: ${shown}`);
          const key = await nextKey();
          if (isOneOf(key, "enter", "ctrl-j")) return lineText(now);
          const before = now;
          now = editLine(now, key);
          // Without cursor movement only what is added at the end can be shown.
          if (isDumb && key.type !== "press" && before.after.length === 0) {
            output.write(show({ before: key.text, after: "" }));
          }
        }
      });
      output.write("\n");
      const text = value.trim();
      const wrong = question.check?.(text) ?? null;
      if (wrong === null) return text;
      output.write(`${paint(output, "red", "!")} ${revealHidden(wrong)}\n`);
    }
  };

  const numbered = async <T>(
    heading: string,
    items: readonly MenuItem<T>[],
    at: number,
  ): Promise<T> => {
    const rows = items.map(({ label, detail }, index) =>
      `  ${index + 1}) ${revealHidden(label)}${detail ? `: ${revealHidden(detail)}` : ""}\n`
    );
    output.write(`${title(heading)}\n${rows.join("")}`);
    const chosen = (text: string) =>
      text === ""
        ? items[at]
        : items[Number(text) - 1] ?? items.find((item) => item.label === text);
    const answer = await line(
      {
        title: `Number or name [${at + 1}]`,
        check: (text) => chosen(text) ? null : `Allowed: 1 to ${items.length}, or a name`,
      },
      "",
      ({ before }) => revealHidden(before),
    );
    return chosen(answer)!.value;
  };

  return {
    async choose({ title: heading, items, at = 0, hidesTyped = false }) {
      if (items.length === 0) throw new RangeError("A menu needs items");
      if (isDumb) return await numbered(heading, items, at);
      return await inRaw(HIDE_CURSOR, SHOW_CURSOR, async () => {
        let now = menu(items, at);
        let drawn = 0;
        const erase = () => output.write(`${drawn > 0 ? `\x1b[${drawn}A` : ""}\r\x1b[J`);
        for (;;) {
          const { columns, rows } = parts.size();
          erase();
          const typed = hidesTyped ? "what was typed" : `"${revealHidden(now.filter)}"`;
          const filter = now.filter === "" ? "" : ` (matching ${typed})`;
          const lines = [
            title(cutToWidth(heading + filter, columns - 1)),
            ...drawMenu(now, { columns, rows }).map(({ text, tone }) =>
              tone === "plain" ? text : paint(output, tone === "dim" ? "dim" : "green", text)
            ),
            paint(
              output,
              "dim",
              cutToWidth("arrows or a number, Enter; type to filter", columns - 1),
            ),
          ];
          output.write(lines.map((one) => `${one}\n`).join(""));
          drawn = lines.length;
          const key = await nextKey();
          const marked = markedItem(now);
          if (marked && isOneOf(key, "enter", "ctrl-j")) {
            erase();
            output.write(`${title(heading)}: ${revealHidden(marked.label)}\n`);
            return marked.value;
          }
          now = moveMenu(now, key);
        }
      });
    },
    text(question) {
      return line(question, question.initial ?? "", ({ before, after }) => {
        // The window follows the cursor: a line that wraps could not be drawn over itself.
        const room = Math.max(8, parts.size().columns - question.title.length - 6);
        const start = revealHidden([...before].slice(-room).join(""));
        if (isDumb || after === "") return start;
        const rest = Math.max(0, room - [...before].length);
        return `${start}\x1b7${revealHidden([...after].slice(0, rest).join(""))}\x1b8`;
      });
    },
    hidden: (question) => line(question, "", () => ""),
    async confirm({ title: heading, initial = false }) {
      keys.typedAhead = [];
      const answer = await inRaw("", "", async () => {
        await keys.drain(never);
        output.write(`${title(heading)} ${initial ? "[Y/n]" : "[y/N]"} `);
        for (;;) {
          const key = await nextKey();
          if (isOneOf(key, "enter", "ctrl-j")) return initial;
          if (key.type === "text" && /^y(es)?$/i.test(key.text)) return true;
          if (key.type === "text" && /^no?$/i.test(key.text)) return false;
        }
      });
      output.write(answer ? "yes\n" : "no\n");
      return answer;
    },
  };
}

function isOneOf(key: Key, ...names: readonly string[]): boolean {
  return key.type === "press" && names.includes(key.name);
}

function stopped(): StoppedError {
  return new StoppedError("cli.stopped", "Stopped; nothing more was changed");
}
