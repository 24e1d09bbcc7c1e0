/** What a model gets of an answer. */
import { AppError } from "../../../base/app_error.ts";
import type { WebAnswer, WebResponse } from "../../../model/cells/web.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import { withoutEchoes } from "../../http/http_profile.ts";
import { shownHost } from "../../net/check_url.ts";
import type { Walked } from "../../net/walk.ts";
import { heldRedirect, sizeText } from "../web/web_results.ts";
import { indented } from "./indented_json.ts";

/** Headers that say something to who asked. */
const TELLING =
  /^(?:content-type|etag|last-modified|link|location|retry-after|allow|www-authenticate|deprecation|sunset|x-total-count|x-request-id|(?:x-)?ratelimit-[a-z-]+)$/;

/** What is wrong, by the status; what has no line here is told by its first digit. */
const ERRORS: Readonly<Record<number, string>> = {
  400: "the request is not as the service wants it",
  401: "the service does not know who asks",
  403: "the service knows who asks, and does not allow it",
  404: "there is no such thing at that address, or it is not shown to who asks",
  405: "that address does not take this method",
  409: "it conflicts with what is there now",
  410: "it is gone for good",
  413: "the body is too large",
  415: "the service does not take a body of that kind",
  422: "the request was understood, and something in it is not allowed",
  429: "there were too many requests; wait before the next one",
};

/** How a request was made. */
interface Asked {
  /** That the call named. */
  readonly host: string;
  readonly method: string;
  readonly profile: string | null;
  /** Credentials that went with it. */
  readonly secrets: readonly string[];
}

/** The result of a request that was answered. */
export function httpResult(
  walked: Walked<WebAnswer>,
  { host, method, profile, secrets }: Asked,
): ToolResult {
  const { answer, url, redirects } = walked;
  const clean = (text: string) => withoutEchoes(text, secrets, profile ?? "");
  const held = heldRedirect(walked, clean);
  const effects = [`${method} ${url.host}${profile === null ? "" : ` as ${profile}`}`];
  if (held) return { ok: false, ...held, effects };
  const { status, response } = answer;
  const facts = [
    profile !== null && `as "${profile}"`,
    redirects > 0 && `after ${redirects} redirect${redirects === 1 ? "" : "s"}`,
    response && response.bytes > 0 && `${sizeText(response.bytes)} of ${response.kind}`,
    response?.isCut && "only its beginning was read",
    url.scheme === "http" && "not encrypted",
  ].filter((fact) => typeof fact === "string");
  const said = (name: string) => [`HTTP ${status} from ${name}`, ...facts].join(", ");
  // No word of ward's own: an answer without a text leaves no mark, and binds nothing.
  const content = said(shownHost(url.host, host));
  const error = errorText(status, profile);
  return {
    ok: error === null,
    content: error === null ? content : `${content}\n\n${error}`,
    ...(response
      ? { outside: [Outside.of(`http ${clean(url.href)}`, clean(textOf(response)))] }
      : {}),
    summary: said(url.host),
    effects,
  };
}

function errorText(status: number, profile: string | null): string | null {
  if (status < 400) return null;
  const what = ERRORS[status] ??
    (status >= 500 ? "the service has a fault; try again later" : "the service did not take it");
  const who = status !== 401
    ? ""
    : profile === null
    ? "; name a profile, if one is for this service"
    : `; the credentials of "${profile}" are not (or no longer) good: tell the user`;
  return `API error ${status}: ${what}${who}. What the service says of it follows`;
}

function textOf({ headers, kind, text }: WebResponse): string {
  const lines = Object.entries(headers).filter(([name]) => TELLING.test(name))
    .map(([name, value]) => `${name}: ${value}`);
  const body = kind === "JSON" ? indented(text) : text;
  return [lines.join("\n"), body].filter((part) => part !== "").join("\n\n");
}

/** Runs a request and gives an expected failure back as a result. */
export async function failedRequest(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || !/^(net|web|http|account)\./.test(error.code)) throw error;
    const isLogin = error.code.startsWith("account.");
    const content = error.hint ? `${error.message}. ${error.hint}` : error.message;
    return {
      ok: false,
      content,
      summary: error.message,
      ...(isLogin && error.hint ? { wayOut: error.hint } : {}),
      effects: [],
    };
  }
}
