import { AppError } from "../../../base/app_error.ts";
import type { ToolFlags, ToolResult } from "../../../model/conversation/tool.ts";

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

/** `999 bytes`, `12 KB`, `3.4 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000
    ? `${Math.round(bytes / 1000)} KB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
