/** Text inside a block: emphasis, code, links. */
import { Lexer, type Token } from "marked";
import { isSameAddress, type Look, MAX_ADDRESS, type Span } from "./row.ts";

/** Longest text that is read at once: the lexer's time grows with its square. */
const MAX_PIECE = 2_000;

/** Addresses of a text's reference links. */
export type References = Lexer["tokens"]["links"];

/** Spans of a text; line ends are in them. */
export function inlineSpans(text: string, references: References): Span[] {
  return pieces(text).flatMap((piece) => {
    const lexer = new Lexer();
    lexer.tokens.links = references;
    return spansOf(lexer.inlineTokens(piece), {});
  });
}

/** Cut where a line or a word ends. */
function pieces(text: string): string[] {
  const cut: string[] = [];
  let rest = text;
  while (rest.length > MAX_PIECE) {
    const near = rest.slice(0, MAX_PIECE);
    const end = Math.max(near.lastIndexOf("\n"), near.lastIndexOf(" "));
    // Not between the halves of a surrogate pair.
    const hard = /[\ud800-\udbff]$/.test(near) ? MAX_PIECE - 1 : MAX_PIECE;
    const at = end > MAX_PIECE / 2 ? end + 1 : hard;
    cut.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...cut, rest];
}

function spansOf(tokens: readonly Token[], look: Look): Span[] {
  return tokens.flatMap((token): Span[] => {
    // As it was written: the lexer makes characters of numbered entities, an escape of `&#27;` too.
    const inner = (more: Look): Span[] =>
      "tokens" in token && token.tokens
        ? spansOf(token.tokens, { ...look, ...more })
        : [{ ...look, ...more, text: decoded(token.raw) }];
    switch (token.type) {
      case "strong":
        return inner({ bold: true });
      case "em":
        return inner({ italic: true });
      case "del":
        return inner({ struck: true });
      case "codespan":
        return look.link === undefined
          ? [{ code: true, text: String(token["text"]) }]
          : [{ ...look, text: String(token["text"]) }];
      case "br":
        return [{ text: "\n" }];
      case "html":
        return [{ ...look, text: /^<br\s?\/?>$/i.test(token.raw) ? "\n" : token.raw }];
      case "link":
      case "image":
        return linked(inner({}), decoded(String(token["href"])), look);
      case "escape":
        return [{ ...look, text: String(token["text"]) }];
      case "checkbox":
        return [];
      default:
        return inner({});
    }
  });
}

/** A link is only written as one when its text cannot be taken for another address. */
function linked(label: readonly Span[], href: string, look: Look): Span[] {
  const shown = label.map(({ text }) => text).join("");
  const address = safeAddress(href);
  const isNamed = isSameAddress(shown, href) || (address !== null && isSameAddress(shown, address));
  if (address === null) return isNamed ? [...label] : [...label, { ...look, text: ` (${href})` }];
  if (shown.trim() === "") return [{ ...look, text: address, link: address }];
  if (isNamed || !ADDRESS_LIKE.test(shown)) {
    return label.map(({ code: _, ...span }) => ({ ...span, link: address }));
  }
  return [...label, { ...look, text: " (" }, { ...look, text: address, link: address }, {
    ...look,
    text: ")",
  }];
}

/** `bank.example/login`, `https://…`. */
const ADDRESS_LIKE = /:\/\/|[\p{L}\p{N}]\.\p{L}{2,63}(?![\p{L}\p{N}(])/u;

function safeAddress(href: string): string | null {
  const url = URL.parse(href);
  if (!url || !["http:", "https:", "mailto:", "tel:"].includes(url.protocol)) return null;
  // Such a host is none; what else is no letter or digit of an address may be a mark of a service.
  if (!/^[\w.:[\]-]*$/.test(url.host)) return null;
  const address = url.href.replaceAll("`", "%60");
  return address.length <= MAX_ADDRESS ? address : null;
}

/** Entities as characters. Numbers stay as they are: one could name a control character. */
function decoded(text: string): string {
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
