/** Services that search the web: how each is asked. */
import type { SearchService } from "../../../model/settings.ts";
import type { WalkRequest } from "../../net/walk.ts";

/** One service. */
interface ServiceForm {
  readonly title: string;
  readonly base: string;
  /** Whether it answers nobody without a key. */
  readonly needsKey: boolean;
  /** The request for a query. @param base Without a slash at its end. */
  request(query: string, count: number, base: string, key: string): WalkRequest;
}

/**
 * The services. Sources: DuckDuckGo's page without scripts; Brave's Web Search API, v1; Tavily's
 * Search API.
 */
export const SEARCH_FORMS: Readonly<Record<SearchService, ServiceForm>> = {
  duckduckgo: {
    title: "DuckDuckGo",
    base: "https://html.duckduckgo.com",
    needsKey: false,
    request: (query, _count, base) => ({
      url: `${base}/html/?${new URLSearchParams({ q: query })}`,
      headers: { accept: "text/html" },
    }),
  },
  brave: {
    title: "Brave",
    base: "https://api.search.brave.com",
    needsKey: true,
    request: (query, count, base, key) => ({
      url: `${base}/res/v1/web/search?${new URLSearchParams({ q: query, count: String(count) })}`,
      headers: { accept: "application/json" },
      credentials: { "x-subscription-token": key },
    }),
  },
  tavily: {
    title: "Tavily",
    base: "https://api.tavily.com",
    needsKey: true,
    request: (query, count, base, key) => ({
      url: `${base}/search`,
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json" },
      credentials: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, max_results: count }),
    }),
  },
};
