/** A tree of HTML as Markdown, with tables (GFM) and without pictures. */
// @ts-types="./turndown.d.ts"
import TurndownService, { type MarkdownNode } from "turndown";

/** Converts a tree. */
export function toMarkdown(body: unknown): string {
  const service = new TurndownService({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    bulletListMarker: "-",
    emDelimiter: "*",
  });
  // A picture would be loaded by whoever shows it; its words are what can be read.
  service.addRule("pictures", {
    filter: ["img", "picture"],
    replacement: (_content, node) => {
      const words = oneLine(node.getAttribute("alt") ?? "");
      return words === "" ? "" : `[picture: ${words}]`;
    },
  });
  addTables(service);
  return service.turndown(body).replace(/\n{3,}/g, "\n\n").trim();
}

/** A text on one line. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** turndown has no tables of its own, and its plugins ask for what only browsers have. */
function addTables(service: TurndownService): void {
  const layouts = new WeakMap<MarkdownNode, boolean>();
  const inLayout = (node: MarkdownNode): boolean => {
    let table: MarkdownNode | null = node;
    while (table !== null && table.nodeName !== "TABLE") table = table.parentNode;
    if (table === null) return true;
    const known = layouts.get(table) ?? isLayout(table);
    layouts.set(table, known);
    return known;
  };
  const block = (content: string) => `\n\n${content}\n\n`;
  service.addRule("cells", {
    filter: ["td", "th"],
    replacement: (content, node) =>
      inLayout(node) ? block(content) : ` ${oneLine(content).replaceAll("|", "\\|")} |`,
  });
  service.addRule("rows", {
    filter: "tr",
    replacement: (content, node) => inLayout(node) ? block(content) : `|${content}\n`,
  });
  service.addRule("parts of tables", {
    filter: ["thead", "tbody", "tfoot"],
    replacement: (content) => content,
  });
  service.addRule("tables", {
    filter: "table",
    replacement(content, node) {
      if (inLayout(node)) return block(content);
      const lines = content.split("\n").filter((line) => line.trim() !== "");
      const first = lines.findIndex((line) => line.startsWith("| "));
      if (first === -1) return block(content);
      const columns = (lines[first]?.match(/(?<!\\)\|/g)?.length ?? 1) - 1;
      return block(lines.toSpliced(first + 1, 0, `|${" --- |".repeat(columns)}`).join("\n"));
    },
  });
}

/** Whether a table only puts things side by side. */
function isLayout(table: MarkdownNode): boolean {
  return table.querySelector("table") !== null ||
    ["presentation", "none"].includes(table.getAttribute("role") ?? "") ||
    (table.querySelector("th") === null &&
      table.querySelector("td p, td div, td ul, td h2, td h3") !== null);
}
