/**
 * What the Bot API takes as a message, for fakes and tests. Source:
 * https://core.telegram.org/bots/api#html-style and #sendmessage.
 */

/** Tags that may stand in a message; `a` and `code` with one attribute each. */
const TAGS = new Set([
  "b",
  "strong",
  "i",
  "em",
  "u",
  "ins",
  "s",
  "strike",
  "del",
  "a",
  "code",
  "pre",
  "blockquote",
  "tg-spoiler",
]);

/** What a message says, and how. */
export interface TelegramText {
  readonly text: string;
  readonly entities: readonly {
    readonly type: string;
    readonly url?: string;
    readonly text: string;
  }[];
}

/** Reads a message's HTML. @throws {Error} In the service's words, when it would refuse it. */
export function telegramHtml(html: string): TelegramText {
  const refuse = (why: string): never => {
    throw new Error(`Bad Request: can't parse entities: ${why}`);
  };
  const open: { tag: string; url?: string | undefined; from: number }[] = [];
  const entities: { type: string; url?: string; text: string }[] = [];
  let text = "";
  for (let at = 0; at < html.length;) {
    const rest = html.slice(at, at + 2200);
    if (rest[0] === "<") {
      const tag = /^<(\/?)([a-z-]+)((?: [a-z]+="[^"<>]*")?)>/.exec(rest) ??
        refuse(`Unsupported start tag at byte offset ${at}`);
      const [whole, slash, name, attribute] = tag as unknown as [string, string, string, string];
      if (!TAGS.has(name)) refuse(`Unsupported start tag "${name}" at byte offset ${at}`);
      if (slash === "/") {
        const last = open.pop();
        if (last?.tag !== name) refuse(`Unmatched end tag at byte offset ${at}`);
        entities.push({
          type: name,
          ...(last?.url === undefined ? {} : { url: last.url }),
          text: text.slice(last!.from),
        });
      } else {
        const inner = open.map(({ tag }) => tag);
        const inCode = inner.includes("pre") || inner.includes("code");
        const isLanguage = name === "code" && inner.at(-1) === "pre" &&
          /^ class="language-[\w+#.-]+"$/.test(attribute);
        if (inCode && !isLanguage) refuse("code holds no other entity");
        if (name === "blockquote" && inner.includes("blockquote")) refuse("nested quotes");
        if (name === "a" && inner.includes("a")) refuse("nested links");
        if (name === "a" ? !/^ href="[^"]+"$/.test(attribute) : attribute !== "" && !isLanguage) {
          refuse(`attribute ${attribute}`);
        }
        open.push({
          tag: name,
          url: name === "a" ? unescaped(attribute.slice(7, -1)) : undefined,
          from: text.length,
        });
      }
      at += whole.length;
    } else if (rest[0] === "&") {
      const entity = /^&(?:lt|gt|amp|quot);/.exec(rest)?.[0] ?? refuse(`"&" at ${at}`);
      text += unescaped(entity);
      at += entity.length;
    } else if (rest[0] === ">") refuse(`">" at ${at}`);
    else text += html[at++];
  }
  if (open.length > 0) refuse(`Can't find end tag corresponding to start tag ${open.at(-1)!.tag}`);
  checkTelegramText(text);
  return { text, entities };
}

/** @throws {Error} When a text, without tags, is none that can be sent. */
export function checkTelegramText(text: string): void {
  if (text.trim() === "") throw new Error("Bad Request: message text is empty");
  if (text.length > 4096) throw new Error("Bad Request: message is too long");
  if (!text.isWellFormed()) throw new Error("Bad Request: strings must be encoded in UTF-8");
}

function unescaped(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
