import { AppError } from "../../../base/app_error.ts";
import type { WebAnswer } from "../../../model/cells/web.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolFlags, ToolResult } from "../../../model/conversation/tool.ts";
import type { Walked, WalkRequest } from "../../net/walk.ts";
import type { ExecuteOptions } from "../../ports.ts";

/** Flags of the tools that read the web. What the address may give away, policy looks at. */
export const WEB_FLAGS: ToolFlags = {
  readOnly: true,
  externalSideEffect: false,
  needsApproval: false,
  idempotent: true,
  highImpactWrite: false,
};

/** Runs a call and gives an expected failure back as a result. */
export async function webResult(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || !/^(net|web)\./.test(error.code)) throw error;
    const content = error.hint ? `${error.message}. ${error.hint}` : error.message;
    return { ok: false, content, summary: error.message, effects: [] };
  }
}

/**
 * How a tool says that a redirect was not followed: the address as outside, since its host's name can
 * be a sentence; the person reads it in the summary.
 */
export function heldRedirect(
  { url, redirects, held }: Walked<WebAnswer>,
  clean: (text: string) => string = (text) => text,
): Pick<ToolResult, "content" | "outside" | "summary"> | null {
  if (!held) return null;
  const after = redirects === 0 ? "" : ` after ${redirects} redirect${redirects === 1 ? "" : "s"}`;
  return {
    content: `It leads${after} to another host, which was not followed: ${held.why}. ` +
      "If that is where to go, ask for that address itself; the user is asked then",
    summary: `${url.host}${after} leads to ${held.url.host}, which was not followed: ${held.why}`,
    outside: [Outside.of(`redirect of ${url.host}`, clean(held.url.href))],
  };
}

/** Asks whether a redirect is followed, for a request of the web tools. */
export function leadingOn(
  leadOn: ExecuteOptions["leadOn"],
  sends = false,
): WalkRequest["leadOn"] {
  if (leadOn === undefined) return undefined;
  return ({ host, href }, method) =>
    leadOn({ permission: "net", compartment: "web", host, url: href, method, sends });
}

/** `999 bytes`, `12 KB`, `3.4 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000
    ? `${Math.round(bytes / 1000)} KB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
