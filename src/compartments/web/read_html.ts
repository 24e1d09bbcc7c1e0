/** HTML to Markdown: what a reader sees of a page, and nothing that a browser would run or load. */
// @ts-types="./linkedom.d.ts"
import { type HtmlDocument, type HtmlElement, parseHTML } from "linkedom/worker";
import { Readability } from "@mozilla/readability";
import { oneLine, toMarkdown } from "./to_markdown.ts";

/** Characters of a page that are read, scripts and styles not counted: some seconds of work. */
const MAX_HTML = 1_000_000;

/** Share of a page's text below which what counts as its article is not all that was meant. */
const ARTICLE_SHARE = 0.3;

/** Nesting that is made Markdown of: the time grows with its third power. */
const MAX_DEPTH = 150;

/** What a reader does not see, or a browser would run. */
const UNSEEN = [
  "script, style, noscript, template, iframe, object, embed, svg, canvas, audio, video, link, meta",
  "input, select, button, dialog:not([open]), [hidden], [aria-hidden='true']",
].join(", ");

const UNSEEN_STYLE =
  /(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)|font-size\s*:\s*0(?:px|em|rem|%)?\s*(?:;|$))/i;

/** A page as a reader sees it. */
export interface ReadHtml {
  readonly title: string;
  readonly markdown: string;
  readonly isCut: boolean;
}

/**
 * Reads a page.
 *
 * @param href Address that its links are relative to.
 */
export function readHtml(html: string, href: string): ReadHtml {
  const seen = withoutScripts(html);
  const isCut = seen.length > MAX_HTML;
  const document = parse(seen.slice(0, MAX_HTML));
  for (const element of document.querySelectorAll(UNSEEN)) element.remove();
  for (const element of document.querySelectorAll("[style]")) {
    if (UNSEEN_STYLE.test(element.getAttribute("style") ?? "")) element.remove();
  }
  mendLinks(document, baseOf(document, href));
  const title = oneLine(document.querySelector("title")?.textContent ?? "");
  document.querySelector("title")?.remove();
  const all = document.body?.textContent ?? "";
  // Nobody wrote such a page for readers: its text is left.
  const plain = { title, markdown: lines(all), isCut };
  if (depthOf(document.body) > MAX_DEPTH) return plain;
  try {
    // It takes the tree apart, and the tree is wanted where it finds too little.
    const copy = document.cloneNode(true);
    const article = new Readability(copy, { charThreshold: 200, keepClasses: true }).parse();
    const read = article?.textContent?.trim().length ?? 0;
    if (!article?.content || read < all.trim().length * ARTICLE_SHARE) {
      return { title, markdown: toMarkdown(document.body), isCut };
    }
    const text = toMarkdown(parse(`<html><body>${article.content}</body></html>`).body);
    const byline = oneLine(article.byline ?? "");
    return {
      title: oneLine(article.title ?? "") || title,
      markdown: byline === "" ? text : `${byline}\n\n${text}`,
      isCut,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return plain;
  }
}

/** Scripts and styles are most of many pages; one that does not end takes the rest with it. */
function withoutScripts(html: string): string {
  const kept: string[] = [];
  const begin = /<(script|style)\b/gi;
  let from = 0;
  for (let open = begin.exec(html); open !== null; open = begin.exec(html)) {
    kept.push(html.slice(from, open.index));
    const end = open[1]?.toLowerCase() === "script" ? /<\/script[^<>]*>?/gi : /<\/style[^<>]*>?/gi;
    end.lastIndex = begin.lastIndex;
    if (end.exec(html) === null) return kept.join("");
    from = begin.lastIndex = end.lastIndex;
  }
  return kept.join("") + html.slice(from);
}

/** A text with its lines, and no more space between its words than they need. */
function lines(text: string): string {
  return text.replace(/\s+/g, (space) => space.includes("\n") ? "\n" : " ").trim();
}

/** A document of a text. Where the text opens no body, all of it is one: linkedom adds none. */
export function parse(html: string): HtmlDocument {
  if (/<body[\s>]/i.test(html)) return parseHTML(html).document;
  const inner = html.replace(/<!doctype[^<>]*>|<\/?(?:html|head)(?:\s[^<>]*)?>/gi, "");
  return parseHTML(`<html><body>${inner}</body></html>`).document;
}

/** How deep a tree is nested; counted in a loop, since a call for each level has an end. */
function depthOf(root: HtmlElement | null): number {
  let deepest = 0;
  let level = root === null ? [] : [root];
  while (level.length > 0 && deepest <= MAX_DEPTH) {
    deepest++;
    level = level.flatMap(({ children }) => [...children]);
  }
  return deepest;
}

function baseOf(document: HtmlDocument, href: string): string {
  const base = document.querySelector("base[href]")?.getAttribute("href") ?? "";
  return URL.canParse(base, href) ? new URL(base, href).href : href;
}

/** Links lead where the page's do; what leads to no page is only its text. */
function mendLinks(document: HtmlDocument, base: string): void {
  for (const link of document.querySelectorAll("a[href]")) {
    const href = link.getAttribute("href") ?? "";
    const url = URL.canParse(href, base) ? new URL(href, base) : null;
    if (url && ["http:", "https:", "mailto:"].includes(url.protocol) && !href.startsWith("#")) {
      link.setAttribute("href", url.href);
    } else link.removeAttribute("href");
  }
}
