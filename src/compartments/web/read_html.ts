/** HTML to Markdown: what a reader sees of a page, and nothing that a browser would run or load. */
// @ts-types="./linkedom.d.ts"
import { type HtmlDocument, parseHTML } from "linkedom/worker";
import { Readability } from "@mozilla/readability";
import { oneLine, toMarkdown } from "./to_markdown.ts";

/** Characters of a page that are read; what is packed more densely takes minutes. */
const MAX_HTML = 2_000_000;

/** Share of a page's text below which what counts as its article is not all that was meant. */
const ARTICLE_SHARE = 0.3;

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
  const isCut = html.length > MAX_HTML;
  const document = parse(html.slice(0, MAX_HTML));
  for (const element of document.querySelectorAll(UNSEEN)) element.remove();
  for (const element of document.querySelectorAll("[style]")) {
    if (UNSEEN_STYLE.test(element.getAttribute("style") ?? "")) element.remove();
  }
  mendLinks(document, baseOf(document, href));
  const title = oneLine(document.title);
  const all = document.body?.textContent ?? "";
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
    // A page nested so deep that nobody can have written it: its text is left.
    if (!(error instanceof RangeError)) throw error;
    return { title, markdown: all.replace(/\s*\n\s*/g, "\n").trim(), isCut };
  }
}

/** A document of a text; what is no document at all is the body of one. */
export function parse(html: string): HtmlDocument {
  const whole = /<(?:html|body|head)[\s>]/i.test(html) ? html : `<html><body>${html}</body></html>`;
  return parseHTML(whole).document;
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
