/**
 * Telegram's HTML, as strict as its documentation: what the servers let pass all the same (a bare
 * `&`) is refused here, too. Source: core.telegram.org/bots/api, "HTML style".
 */

/** An entity of a parsed text. */
export interface HtmlEntity {
  readonly type: string;
  /** UTF-16 units, as the length. */
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
}

/** What is wrong with it, in the servers' words. */
export class HtmlProblem extends Error {}

const TAGS: Readonly<Record<string, string>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  span: "spoiler",
  "tg-spoiler": "spoiler",
  "tg-emoji": "custom_emoji",
  a: "text_link",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};

/** Attributes that a tag may have, and what may stand in them. */
const ATTRIBUTES: Readonly<Record<string, RegExp>> = {
  "a href": /^(?:https?|tg|mailto|tel|ton):[^\s]+$/,
  "span class": /^tg-spoiler$/,
  "tg-emoji emoji-id": /^\d+$/,
  "code class": /^language-[^\s]+$/,
  "blockquote expandable": /^$/,
};

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/**
 * Parses it.
 *
 * @throws {HtmlProblem}
 */
export function parseTelegramHtml(html: string): { text: string; entities: HtmlEntity[] } {
  let text = "";
  const entities: HtmlEntity[] = [];
  const open: { tag: string; offset: number; attributes: Map<string, string> }[] = [];
  let at = 0;
  while (at < html.length) {
    const char = html[at]!;
    if (char === "&") {
      const [whole, body = ""] =
        /^&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{1,8});/i.exec(html.slice(at, at + 12)) ?? [];
      if (whole === undefined) throw new HtmlProblem(`Unescaped "&" at offset ${at}`);
      text += decoded(body, at);
      at += whole.length;
    } else if (char === "<") {
      const close = html.indexOf(">", at);
      if (close === -1) throw new HtmlProblem(`Unclosed start tag at byte offset ${at}`);
      const inside = html.slice(at + 1, close);
      if (inside.startsWith("/")) {
        const last = open.pop();
        const name = inside.slice(1).trim().toLowerCase();
        if (!last) throw new HtmlProblem(`Unexpected end tag at byte offset ${at}`);
        if (last.tag !== name) {
          throw new HtmlProblem(
            `Unmatched end tag at byte offset ${at}, expected "</${last.tag}>", found "</${name}>"`,
          );
        }
        const length = text.length - last.offset;
        if (length > 0) entities.push(entityOf(last.tag, last.offset, length, last.attributes));
      } else {open.push({
          ...startTag(
            inside,
            at,
            open.map(({ tag }) => tag),
          ),
          offset: text.length,
        });}
      at = close + 1;
    } else if (char === ">") {
      throw new HtmlProblem(`Unescaped ">" at offset ${at}`);
    } else {
      text += char;
      at++;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) {
    throw new HtmlProblem(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
  }
  return { text, entities: entities.sort((a, b) => a.offset - b.offset) };
}

function decoded(body: string, at: number): string {
  if (!body.startsWith("#")) {
    const named = NAMED[body];
    if (named === undefined) {
      throw new HtmlProblem(`Unsupported entity "&${body};" at offset ${at}`);
    }
    return named;
  }
  const code = /^#x/i.test(body) ? parseInt(body.slice(2), 16) : parseInt(body.slice(1), 10);
  if (code === 0 || code > 0x10ffff) throw new HtmlProblem(`No such character at offset ${at}`);
  return String.fromCodePoint(code);
}

function startTag(inside: string, at: number, around: readonly string[]) {
  const [, name = "", rest = ""] = /^([a-z][a-z-]*)([\s\S]*)$/i.exec(inside) ?? [];
  const tag = name.toLowerCase();
  if (!Object.hasOwn(TAGS, tag)) {
    throw new HtmlProblem(`Unsupported start tag "${tag || inside}" at byte offset ${at}`);
  }
  // Other entities than these two may not stand in code, and quotes not in quotes.
  const inner = around.at(-1);
  const isLanguage = inner === "pre" && tag === "code";
  if (!isLanguage && (around.includes("pre") || around.includes("code"))) {
    throw new HtmlProblem(`Tag "${tag}" within code at byte offset ${at}`);
  }
  if (tag === "blockquote" && around.includes("blockquote")) {
    throw new HtmlProblem(`A quote within a quote at byte offset ${at}`);
  }
  const attributes = new Map<string, string>();
  for (const [whole, key = "", value = ""] of rest.matchAll(/\s+([a-z-]+)(?:="([^"]*)")?/gi)) {
    const rule = ATTRIBUTES[`${tag} ${key.toLowerCase()}`];
    const plain = value.replace(/&(lt|gt|amp|quot);/g, (_, one: string) => NAMED[one]!);
    if (!rule?.test(plain)) throw new HtmlProblem(`Attribute${whole} at byte offset ${at}`);
    attributes.set(key.toLowerCase(), plain);
  }
  if (rest.replaceAll(/\s+[a-z-]+(?:="[^"]*")?/gi, "").trim() !== "") {
    throw new HtmlProblem(`Malformed attributes of "${tag}" at byte offset ${at}`);
  }
  if (tag === "a" && !attributes.has("href")) {
    throw new HtmlProblem(`A link without an address at byte offset ${at}`);
  }
  if (attributes.has("class") && tag === "code" && inner !== "pre") {
    throw new HtmlProblem(`A language outside of "pre" at byte offset ${at}`);
  }
  return { tag, attributes };
}

function entityOf(
  tag: string,
  offset: number,
  length: number,
  attributes: ReadonlyMap<string, string>,
): HtmlEntity {
  const url = attributes.get("href");
  const language = attributes.get("class")?.replace("language-", "");
  return {
    type: attributes.has("expandable") ? "expandable_blockquote" : TAGS[tag]!,
    offset,
    length,
    ...(url === undefined ? {} : { url }),
    ...(language === undefined || tag !== "code" ? {} : { language }),
  };
}
