import * as z from "zod";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { SearchService } from "../../../model/settings.ts";
import type { WebHit } from "../../../model/cells/web.ts";
import { canonicalHost } from "../../net/canonical_host.ts";
import { checkUrl } from "../../net/check_url.ts";
import type { Tool } from "../../ports.ts";
import { SEARCH_FORMS } from "./search_services.ts";
import type { WebPort } from "./web_port.ts";
import { heldRedirect, leadingOn, WEB_FLAGS, webResult } from "./web_results.ts";

const schema = z.strictObject({
  query: z.string().trim().min(1).max(400),
  count: z.int().min(1).max(10).optional(),
});

/** Results unless a number is given. */
const STANDARD_COUNT = 5;

/** Characters of a title and of a snippet that are given on. */
const MAX_TEXT = 500;

/** What the search tool needs. */
export interface WebSearchDeps {
  readonly web: WebPort;
  readonly service: SearchService;
  /** Address in place of the service's own; its host is allowed, for the owner named it. */
  readonly base: string | null;
  readonly key: string | null;
  readonly userAgent: string;
}

/** The tool `web_search`. */
export function createWebSearchTool(deps: WebSearchDeps): Tool<z.infer<typeof schema>> {
  const { service } = deps;
  const form = SEARCH_FORMS[service];
  const base = (deps.base ?? form.base).replace(/(?<!\/)\/+$/, "");
  // The owner named this address, so it may be of a private network; a model names none.
  const own = deps.base === null ? null : canonicalHost(deps.base);
  const rules = { owners: own === null ? [] : [own] };
  return {
    name: "web_search",
    description: "Search the web: titles, addresses and snippets; web_fetch reads one",
    schema,
    flags: WEB_FLAGS,
    plan({ query, count = STANDARD_COUNT }) {
      const title = `search the web: ${query.replace(/\s+/g, " ")}`;
      if (form.needsKey && !deps.key) return withoutKey(title, service);
      const request = form.request(query, count, base, deps.key ?? "");
      const { href, host } = checkUrl(request.url, rules);
      // A query in a body is shown, and looked at by policy, as if it stood in the address.
      const shown = request.body ? `${href}?${new URLSearchParams({ query })}` : href;
      return {
        accesses: [{
          permission: "net",
          compartment: "web",
          host,
          url: shown,
          method: request.method ?? "GET",
          // A search changes nothing there; its key is for nothing else.
          sends: false,
        }],
        title,
        readOnly: true,
        execute: ({ signal, leadOn }) =>
          webResult(async () => {
            const headers = { ...request.headers, "user-agent": deps.userAgent };
            const walked = await deps.web.request(
              { ...request, headers, leadOn: leadingOn(leadOn) },
              service,
              rules,
              signal,
            );
            const held = heldRedirect(walked);
            if (held) {
              return { ok: false, ...held, effects: [`search ${host}`] };
            }
            const { answer } = walked;
            return toResult(answer.status, answer.hits?.slice(0, count) ?? null, service, host);
          }),
      };
    },
  };
}

function withoutKey(title: string, service: SearchService): ReturnType<Tool["plan"]> {
  const { title: name } = SEARCH_FORMS[service];
  const wayOut =
    `ward secrets set ${service}, and web.search_key = "keychain" in config.toml; or ` +
    'web.search = "duckduckgo", which needs no key';
  const content = `${name} searches for nobody without a key, and none is set`;
  return {
    accesses: [],
    title,
    readOnly: true,
    execute: () => Promise.resolve({ ok: false, content, summary: content, wayOut, effects: [] }),
  };
}

function toResult(
  status: number,
  hits: readonly WebHit[] | null,
  service: SearchService,
  host: string,
): ToolResult {
  const { title } = SEARCH_FORMS[service];
  const effects = [`search ${host}`];
  if (hits === null) {
    const isRefused = status === 401 || status === 403;
    const content = `${title} gave no results: HTTP ${status}` +
      (status >= 200 && status < 300 ? ", in no form that ward knows" : "");
    const wayOut = isRefused && SEARCH_FORMS[service].needsKey
      ? `The key was refused; ward secrets set ${service} saves another one`
      : 'Try again later, or set web.search to another service ("brave", "tavily")';
    return { ok: false, content, summary: content, wayOut, effects };
  }
  const summary = `${hits.length} result${hits.length === 1 ? "" : "s"} from ${title}`;
  if (hits.length === 0) return { ok: true, content: summary, summary, effects };
  const text = hits.map((hit, at) =>
    `${at + 1}. ${hit.title.slice(0, MAX_TEXT)}\n   ${hit.url}\n   ${
      hit.snippet.slice(0, MAX_TEXT)
    }`
  ).join("\n");
  return {
    ok: true,
    content: summary,
    outside: [Outside.of(`web search by ${title}`, text)],
    summary,
    effects,
  };
}
