/** The part of turndown that is used; the package has no types of its own. */

/** A node as the rules of turndown see it. */
export interface MarkdownNode {
  readonly nodeName: string;
  readonly parentNode: MarkdownNode | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): MarkdownNode | null;
}

/** A rule of turndown. */
export interface MarkdownRule {
  filter: string | readonly string[];
  replacement(content: string, node: MarkdownNode): string;
}

/** Turns a tree of HTML into Markdown. */
export default class TurndownService {
  constructor(options: {
    headingStyle?: "atx" | "setext";
    codeBlockStyle?: "fenced" | "indented";
    bulletListMarker?: "-" | "*" | "+";
    emDelimiter?: "*" | "_";
  });
  addRule(name: string, rule: MarkdownRule): this;
  turndown(node: unknown): string;
}
