import * as z from "zod";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { WebAnswer } from "../../../model/cells/web.ts";
import { checkUrl, shownHost } from "../../net/check_url.ts";
import type { Walked } from "../../net/walk.ts";
import type { Tool } from "../../ports.ts";
import type { WebPort } from "./web_port.ts";
import { heldRedirect, leadingOn, sizeText, WEB_FLAGS, webResult } from "./web_results.ts";

const schema = z.strictObject({ url: z.string().min(1).max(4096) });

/** What is asked for: text in any form, pages first. */
const HEADERS = {
  accept:
    "text/html,application/xhtml+xml,text/markdown,text/plain,application/json;q=0.9,*/*;q=0.5",
  "accept-language": "en,*;q=0.5",
};

/**
 * The tool `web_fetch`: a page as Markdown.
 *
 * @param deps `hosts`: of private networks, that the owner allows; `userAgent`: how ward names itself.
 */
export function createWebFetchTool(
  deps: { web: WebPort; hosts: readonly string[]; userAgent: string },
): Tool<z.infer<typeof schema>> {
  const rules = { owners: deps.hosts };
  return {
    name: "web_fetch",
    description: "Fetch a web page as Markdown, or a text or JSON file, by its whole http(s) URL",
    schema,
    flags: WEB_FLAGS,
    plan({ url }) {
      const { href, host } = checkUrl(url, rules);
      return {
        accesses: [{
          permission: "net",
          compartment: "web",
          host,
          url: href,
          method: "GET",
          sends: false,
        }],
        title: `fetch ${href}`,
        readOnly: true,
        execute: ({ signal, leadOn }) =>
          webResult(async () => {
            const headers = { ...HEADERS, "user-agent": deps.userAgent };
            const request = { url: href, headers, leadOn: leadingOn(leadOn) };
            return toResult(await deps.web.request(request, "page", rules, signal), host);
          }),
      };
    },
  };
}

/** @param asked The host that the call named. */
function toResult(walked: Walked<WebAnswer>, asked: string): ToolResult {
  const { answer, url, redirects } = walked;
  const held = heldRedirect(walked);
  if (held) return { ok: false, ...held, effects: [`GET ${url.host}`] };
  const { status, page } = answer;
  const ok = status >= 200 && status < 300;
  const facts = [
    redirects > 0 && `after ${redirects} redirect${redirects === 1 ? "" : "s"}`,
    page && `${sizeText(page.bytes)} of ${page.kind}${page.kind === "HTML" ? " as Markdown" : ""}`,
    page?.isCut && "only its beginning was read",
    url.scheme === "http" && "not encrypted",
  ].filter((fact) => typeof fact === "string");
  const effects = [`GET ${url.host}`];
  const said = (name: string) => [`HTTP ${status} from ${name}`, ...facts].join(", ");
  const summary = said(url.host);
  // No word of ward's own: an answer without a page leaves no mark, and binds nothing.
  const content = said(shownHost(url.host, asked));
  if (!page) return { ok, content, summary, effects };
  const text = page.title === "" ? page.text : `# ${page.title}\n\n${page.text}`;
  const outside = [Outside.of(`web ${url.href}`, text)];
  return { ok, content, outside, summary, effects };
}
