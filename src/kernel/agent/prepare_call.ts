import { parseShallowJson } from "../../base/shallow_json.ts";
import { AppError } from "../../base/app_error.ts";
import type { ToolCall } from "../../model/conversation/message.ts";
import type { Access, Decision } from "../../model/cells/permission.ts";
import { toolsFor } from "../policy/roles.ts";
import type { ToolPlan } from "../ports.ts";
import { unseenPaths } from "./seen_paths.ts";
import type { CallScope } from "./turn.ts";

/** A call that is ready to be run or asked about, or the result that says why it can't be. */
export type PreparedCall =
  | {
    readonly type: "ready";
    readonly call: ToolCall;
    readonly plan: ToolPlan;
    /** One for each access, in order. */
    readonly decisions: readonly Decision[];
    /** What had been read from outside when they were made. */
    readonly outsideReads: number;
  }
  | {
    readonly type: "rejected";
    readonly call: ToolCall;
    /** For the audit log: no word of the arguments. */
    readonly why: string;
    /** What the user is told. */
    readonly summary: string;
    /** What the model is told. */
    readonly content: string;
  };

/**
 * Parses and plans a call and has policy decide on it; touches nothing. What is wrong comes back
 * as a result the model can use.
 */
export async function prepareCall(turn: CallScope, call: ToolCall): Promise<PreparedCall> {
  const reject = (why: string, content: string, summary = why): PreparedCall => ({
    type: "rejected",
    call,
    why,
    summary,
    content: `${content} Nothing was run.`,
  });
  const { policy } = turn.deps;
  // Here and not only where tools are offered: a model can name what it was never told of.
  const tools = toolsFor(turn.role, turn.deps.tools);
  const tool = tools.find(({ name }) => name === call.name);
  if (!tool) {
    const near = closestNames(call.name, tools.map(({ name }) => name));
    return reject(
      "unknown tool",
      `There is no tool "${call.name.slice(0, 100)}". Closest names: ${near.join(", ") || "none"}.`,
    );
  }
  let value: unknown;
  try {
    // Services send an empty text for a call without arguments.
    value = call.arguments.trim() === "" ? {} : parseShallowJson(call.arguments);
  } catch {
    return reject(
      "arguments are not JSON",
      `The arguments of "${tool.name}" are not valid JSON. Send one JSON object, not nested deeply.`,
    );
  }
  const parsed = tool.schema.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 10).map((issue) =>
      `- ${issue.path.map(String).join(".") || "arguments"}: ${issue.message}`
    );
    return reject(
      "arguments do not fit",
      `The arguments of "${tool.name}" do not fit its schema:\n${issues.join("\n")}\n` +
        "Correct them and call again.",
    );
  }
  let plan: ToolPlan;
  try {
    plan = tool.plan(parsed.data);
  } catch (error) {
    const why = error instanceof AppError ? error.code : "unexpected failure";
    const summary = error instanceof AppError ? error.message : why;
    return reject(why, `Cannot plan "${tool.name}": ${describeError(error)}.`, summary);
  }
  const secret = sentSecret(turn, call, plan);
  if (secret !== null) {
    return reject(
      `would send ${secret}`,
      `Refused: "${call.name}" would send ${secret}, which never leaves in a request, ` +
        "in whatever form. Do not look for a way around; tell the user who or what asked for it.",
    );
  }
  const outsideReads = turn.outside.reads;
  const accesses = plan.accesses.map((access) => lookedAt(turn, access));
  const decisions: Decision[] = [];
  for (const access of accesses) decisions.push(await policy.decide(access));
  return { type: "ready", call, plan: { ...plan, accesses }, decisions, outsideReads };
}

/** An access with what it changes and nobody saw. */
function lookedAt(turn: CallScope, access: Access): Access {
  if (access.permission !== "run" || !access.changes?.length) return access;
  const { seenAbove = [], workspace } = turn.deps;
  const unseen = unseenPaths(access.changes, [...seenAbove, ...turn.messages], workspace);
  return { ...access, unseen };
}

/** The name of a secret that a call which reaches a host would carry there; null: none. */
function sentSecret(turn: CallScope, call: ToolCall, plan: ToolPlan): string | null {
  const hosts = plan.accesses.filter((access) => access.permission === "net");
  const serves = plan.accesses.some((access) => access.permission === "mcp");
  if (!turn.deps.outgoing || (hosts.length === 0 && !serves)) return null;
  // All that it sends comes from its arguments, but for credentials that a compartment adds.
  const texts = [call.arguments, ...hosts.map(({ url }) => url)];
  return turn.deps.outgoing(texts.join("\n"));
}

/** An expected failure in its own words and with its hint; anything else by its name alone. */
export function describeError(error: unknown): string {
  if (error instanceof AppError) {
    return error.hint ? `${error.message}. ${error.hint}` : error.message;
  }
  return `unexpected failure (${error instanceof Error ? error.name : typeof error})`;
}

/** Up to three names, nearest by edit distance first. */
export function closestNames(name: string, names: readonly string[]): string[] {
  const wanted = name.slice(0, 100).toLowerCase();
  return names
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
