import { AppError } from "../../base/app_error.ts";
import type { WebAnswer, WebResponse } from "../../model/cells/web.ts";
import type { ExchangeParams } from "./api.ts";
import { decodeText } from "./decode_text.ts";
import type { Answer } from "./exchange.ts";

/**
 * Reads an answer as it was asked for.
 *
 * @throws {AppError} `web.type`; never for `response`.
 */
export async function readAnswer(
  answer: Answer,
  { read, href }: Pick<ExchangeParams, "read" | "href">,
): Promise<WebAnswer> {
  const { head, body } = answer;
  const { status } = head;
  const nothing = { status, location: null, page: null, response: null, hits: null };
  if (body === null) return { ...nothing, location: head.headers.get("location") ?? null };
  if (read === "response") return { ...nothing, response: readResponse(answer, body) };
  const { kind, text } = decodeText(body, head.headers.get("content-type") ?? null);
  if (read === "page") {
    const bytes = body.length;
    if (kind !== "HTML") {
      return { ...nothing, page: { kind, title: "", text, bytes, isCut: false } };
    }
    const { readHtml } = await import("./read_html.ts");
    const { title, markdown, isCut } = readHtml(text, href);
    return { ...nothing, page: { kind, title, text: markdown, bytes, isCut } };
  }
  const { readBrave, readDuckDuckGo, readTavily } = await import("./read_search.ts");
  const readers = { brave: readBrave, duckduckgo: readDuckDuckGo, tavily: readTavily };
  return { ...nothing, hits: status >= 200 && status < 300 ? readers[read](text) : null };
}

function readResponse({ head, isCut }: Answer, body: Uint8Array): WebResponse {
  const rest = { headers: Object.fromEntries(head.headers), bytes: body.length, isCut };
  try {
    return { ...rest, ...decodeText(body, head.headers.get("content-type") ?? null) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...rest, kind: "binary", text: "" };
  }
}
