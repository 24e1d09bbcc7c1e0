/** The part of linkedom that is used; its own types want those of a browser. */

/** An element. */
export interface HtmlElement {
  readonly classList: { contains(name: string): boolean };
  readonly textContent: string | null;
  readonly children: Iterable<HtmlElement>;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
  querySelector(selector: string): HtmlElement | null;
}

/** A document. */
export interface HtmlDocument {
  readonly body: HtmlElement | null;
  cloneNode(deep: boolean): HtmlDocument;
  querySelector(selector: string): HtmlElement | null;
  querySelectorAll(selector: string): Iterable<HtmlElement>;
}

/** Parses a text as HTML; runs and loads nothing. */
export function parseHTML(html: string): { readonly document: HtmlDocument };
