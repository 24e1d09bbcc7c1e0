/** What of a server was approved, and what has changed since. */
import { createTwoFilesPatch } from "diff";
import type { McpApproval, McpToolState } from "../../model/mcp/approval.ts";
import type { McpServer } from "../../model/mcp/server.ts";
import type { McpToolDefinition } from "../../model/mcp/session.ts";
import { definitionProblem, definitionText } from "./definitions.ts";

/** Changed lines after which the whole text is shown: comparing would take seconds. */
const MAX_DIFF_LINES = 2000;

/** What an approval is bound to: all that decides what is started, with what, or who is asked. */
export function entryText(
  { transport, plainValues }: Pick<McpServer, "transport" | "plainValues">,
): string {
  const values = plainValues === undefined ? [] : [Object.entries(plainValues).sort(byName)];
  if (transport.type === "http") {
    return JSON.stringify(["http", transport.url, transport.headers, ...values]);
  }
  const { command, args, cwd, env, read, write, net } = transport;
  return JSON.stringify(["stdio", command, args, cwd, env, read, write, net, ...values]);
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where the approval of a server is kept. */
export function approvalKey(
  { alias, from }: Pick<McpServer, "alias" | "from">,
  workspace: string,
): { readonly workspace: string; readonly alias: string } {
  return { workspace: from === "config" ? "" : workspace, alias };
}

/** Each tool that is there or was approved. @param hash SHA-256 in hex. */
export function compareTools(
  approved: readonly McpToolDefinition[],
  now: readonly McpToolDefinition[],
  hash: (text: string) => string,
): McpToolState[] {
  const before = new Map(approved.map((one) => [one.name, one]));
  const seen = new Set<string>();
  const states = now.flatMap((one): McpToolState[] => {
    // A second one of the name could stand in for the first.
    if (seen.has(one.name)) return [];
    seen.add(one.name);
    const was = before.get(one.name) ?? null;
    const common = { name: one.name, now: one, approved: was };
    const problem = definitionProblem(one);
    if (problem !== null) return [{ ...common, state: "unusable", problem }];
    const isSame = was !== null && hash(definitionText(was)) === hash(definitionText(one));
    return [{ ...common, state: was === null ? "new" : isSame ? "approved" : "changed", problem }];
  });
  const gone = approved.filter(({ name }) => !seen.has(name))
    .map((was): McpToolState => ({
      name: was.name,
      state: "gone",
      now: null,
      approved: was,
      problem: null,
    }));
  return [...states, ...gone];
}

/** Whether a tool waits for the owner's word. */
export function isWaiting({ state }: McpToolState): boolean {
  return state === "new" || state === "changed";
}

/** A tool for the person who approves it: all of it, or how it differs from what was approved. */
export function approvalText({ name, now, approved }: McpToolState): string {
  const text = now === null ? "" : definitionText(now);
  if (approved === null || now === null) return text;
  return createTwoFilesPatch(
    `${name} as approved`,
    `${name} now`,
    definitionText(approved),
    text,
    "",
    "",
    { maxEditLength: MAX_DIFF_LINES },
  ) ?? text;
}

/** The tools of an approval with some of them as they are now. */
export function withApproved(
  approval: Pick<McpApproval, "tools">,
  states: readonly McpToolState[],
): McpToolDefinition[] {
  const fresh = new Map(states.flatMap(({ name, now }) => now === null ? [] : [[name, now]]));
  return [
    ...approval.tools.map((one) => fresh.get(one.name) ?? one),
    ...[...fresh.values()].filter(({ name }) => !approval.tools.some((one) => one.name === name)),
  ];
}
