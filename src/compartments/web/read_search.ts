/** Results of search services, in the forms that they have. */
import * as z from "zod";
import type { WebHit } from "../../model/cells/web.ts";
import { parse } from "./read_html.ts";
import { oneLine } from "./to_markdown.ts";

/**
 * DuckDuckGo's page without scripts (html.duckduckgo.com).
 *
 * @returns null for a page that is none of results, such as a question whether ward is a person.
 */
export function readDuckDuckGo(html: string): WebHit[] | null {
  const document = parse(html);
  const results = [...document.querySelectorAll(".result")];
  if (results.length === 0) return document.querySelector(".no-results") ? [] : null;
  return results.flatMap((result) => {
    if (result.classList.contains("result--ad")) return [];
    const link = result.querySelector("a.result__a");
    const url = targetOf(link?.getAttribute("href") ?? "");
    if (url === null) return [];
    const snippet = oneLine(result.querySelector(".result__snippet")?.textContent ?? "");
    return [{ title: oneLine(link?.textContent ?? ""), url, snippet }];
  });
}

/** Where a result leads: DuckDuckGo's links go by a page of its own that names the target. */
function targetOf(href: string): string | null {
  if (!URL.canParse(href, "https://duckduckgo.com/")) return null;
  const url = new URL(href, "https://duckduckgo.com/");
  const isOwn = url.hostname === "duckduckgo.com" || url.hostname.endsWith(".duckduckgo.com");
  const target = isOwn && url.pathname === "/l/" ? url.searchParams.get("uddg") ?? "" : url.href;
  return /^https?:\/\//i.test(target) && URL.canParse(target) ? new URL(target).href : null;
}

const hit = z.object({ title: z.string().nullish(), url: z.string() });

const brave = z.object({
  web: z.object({
    results: z.array(hit.extend({ description: z.string().nullish() })).nullish(),
  }).nullish(),
});

const tavily = z.object({ results: z.array(hit.extend({ content: z.string().nullish() })) });

/** Brave's Web Search API. @returns null for another form. */
export function readBrave(json: string): WebHit[] | null {
  const parsed = brave.safeParse(parseJson(json));
  if (!parsed.success) return null;
  return (parsed.data.web?.results ?? []).map(({ title, url, description }) => ({
    title: plain(title ?? ""),
    url,
    snippet: plain(description ?? ""),
  }));
}

/** Tavily's Search API. @returns null for another form. */
export function readTavily(json: string): WebHit[] | null {
  const parsed = tavily.safeParse(parseJson(json));
  if (!parsed.success) return null;
  return parsed.data.results.map(({ title, url, content }) => ({
    title: oneLine(title ?? ""),
    url,
    snippet: oneLine(content ?? ""),
  }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Brave puts marks of emphasis into its texts. */
function plain(html: string): string {
  return oneLine(parse(`<p>${html}</p>`).body?.textContent ?? "");
}
