import type { WebAnswer } from "../../model/cells/web.ts";
import type { ExchangeParams } from "./api.ts";
import { decodeText } from "./decode_text.ts";
import type { Answer } from "./exchange.ts";

/**
 * Reads an answer as it was asked for.
 *
 * @throws {AppError} `web.type`.
 */
export async function readAnswer(
  { head, body }: Answer,
  { read, href }: Pick<ExchangeParams, "read" | "href">,
): Promise<WebAnswer> {
  const { status } = head;
  if (body === null) {
    return { status, location: head.headers.get("location") ?? null, page: null, hits: null };
  }
  const type = head.headers.get("content-type") ?? null;
  const { kind, text } = decodeText(body, type);
  if (read === "page") {
    const bytes = body.length;
    if (kind !== "HTML") {
      return {
        status,
        location: null,
        page: { kind, title: "", text, bytes, isCut: false },
        hits: null,
      };
    }
    const { readHtml } = await import("./read_html.ts");
    const { title, markdown, isCut } = readHtml(text, href);
    return {
      status,
      location: null,
      page: { kind, title, text: markdown, bytes, isCut },
      hits: null,
    };
  }
  const { readBrave, readDuckDuckGo, readTavily } = await import("./read_search.ts");
  const readers = { brave: readBrave, duckduckgo: readDuckDuckGo, tavily: readTavily };
  const hits = status >= 200 && status < 300 ? readers[read](text) : null;
  return { status, location: null, page: null, hits };
}
