/** Text inside a block: emphasis, code, links. */
import { Lexer, type Token } from "marked";
import type { Span, Style } from "./rows.ts";

/** How things look; without styles their marks stay. */
export interface InlineLook {
  readonly hasStyle: boolean;
}

const BOLD = "1";
const DIM = "2";
const ITALIC = "3";
const UNDERLINE = "4";
const STRUCK = "9";
const CODE = "36";

/** Characters that may begin or end something. */
const SPECIAL =
  /[`[\]<\\]|~~|&(?:amp|lt|gt|quot|nbsp|#39);|\*(?!\s)|\S\*|_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_/u;

/** Longest text that waits for the end of something that has begun. */
const MAX_OPEN = 4_000;

/** Whether a text that ends at a word's end can be shown: nothing in it may still be going on. */
export function isSettled(text: string): boolean {
  if (!SPECIAL.test(text) || text.length > MAX_OPEN) return true;
  return settled(Lexer.lexInline(text));
}

function settled(tokens: readonly Token[]): boolean {
  // What the lexer left as text is looked at whole: it is cut at what might have been something.
  let text = "";
  for (const token of tokens) {
    if (token.type === "text" || token.type === "escape") {
      text += token.type === "text" ? token.raw : "";
    } else if (isOpen(text)) return false;
    else text = "";
  }
  return !isOpen(text);
}

function isOpen(text: string): boolean {
  if (/`|~~/.test(text)) return true;
  if (/<[A-Za-z/!]/.test(text.slice(text.lastIndexOf(">") + 1))) return true;
  // An emphasis that has begun: its mark stands before a word.
  if (/(?:^|[\s\p{P}])[*_](?=[^\s*_])/u.test(text)) return true;
  return text.lastIndexOf("[") > text.lastIndexOf("]") ||
    text.lastIndexOf("](") > text.lastIndexOf(")");
}

/** Spans of a text. */
export function inlineSpans(text: string, base: Style, look: InlineLook): Span[] {
  if (!SPECIAL.test(text)) return [{ text, style: base }];
  return spansOf(Lexer.lexInline(text), base, look);
}

/** Spans of tokens that the lexer made. */
export function spansOf(tokens: readonly Token[], base: Style, look: InlineLook): Span[] {
  const { hasStyle } = look;
  return tokens.flatMap((token): Span[] => {
    // As it was written: the lexer makes characters of numbered entities, an escape of `&#27;` too.
    const inner = (style: Style) =>
      "tokens" in token && token.tokens
        ? spansOf(token.tokens, add(base, style), look)
        : [{ text: plain(token.raw), style: add(base, style) }];
    const marked = (style: Style, mark: string) =>
      hasStyle ? inner(style) : [
        { text: mark, style: base },
        ...inner(style),
        { text: mark, style: base },
      ];
    switch (token.type) {
      case "strong":
        return marked(BOLD, "**");
      case "em":
        return marked(ITALIC, "*");
      case "del":
        return marked(STRUCK, "~~");
      case "codespan": {
        const code = { text: String(token["text"]), style: add(base, CODE) };
        const mark = { text: "`", style: base };
        return hasStyle ? [code] : [mark, code, mark];
      }
      case "br":
        return [{ text: "\n", style: base }];
      case "link":
      case "image": {
        const href = String(token["href"]);
        const label = inner(UNDERLINE);
        const shown = label.map((span) => span.text).join("");
        // The address is always seen: a text can say another one.
        if (shown === href || `mailto:${shown}` === href || `http://${shown}` === href) {
          return label;
        }
        return [...label, { text: ` (${href})`, style: add(base, DIM) }];
      }
      case "html":
        return [{ text: token.raw, style: base }];
      case "escape":
        return [{ text: String(token["text"]), style: base }];
      case "checkbox":
        return [{ text: token.raw, style: base }];
      default:
        return inner("");
    }
  });
}

/** Entities as characters. Numbers stay as they are: one could name a control character. */
function plain(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name: string) => ENTITIES[name] ?? "");
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: " ",
  "#39": "'",
};

function add(base: Style, style: Style): Style {
  return base === "" ? style : style === "" ? base : `${base};${style}`;
}
