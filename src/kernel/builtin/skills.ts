/**
 * What the built-in assistant does for each thing it understands: tool calls, then an answer
 * made of their results. Nothing is answered that a result or a fact does not say.
 */
import type { Clock } from "../ports.ts";
import { failure, shown } from "./compose.ts";
import {
  aboutConnecting,
  aboutHelp,
  aboutMyself,
  aboutNeed,
  aboutPermissions,
  aboutStatus,
  aboutUnknown,
  type BuiltinFacts,
} from "./facts.ts";
import type { Intent } from "./intent.ts";
import { type Wanted, waysOf } from "./ways.ts";

/** What a tool call gave. */
export interface Outcome {
  readonly ok: boolean;
  readonly content: string;
}

/** What comes next: another call, or the answer. */
export type Step = { readonly call: Wanted } | { readonly say: string };

/**
 * The next step of one intent.
 *
 * @param results Of the calls this intent made so far, in order.
 */
export function nextStep(
  intent: Intent,
  results: readonly Outcome[],
  context: { facts: BuiltinFacts; clock: Clock },
): Step {
  const found = waysOf(intent);
  if (found.length === 0) return { say: sayWithoutTools(intent, context) };
  for (const [index, { say }] of found.entries()) {
    const result = results[index];
    if (!result) break;
    const answer = result.ok ? say(result.content) : null;
    if (answer !== null) return { say: answer };
  }
  const next = found[results.length];
  if (next) return { call: next.call };
  // The first way is the one that was meant; what it said is what helps.
  const first = results.find(({ ok }) => !ok);
  return { say: first ? failure(first.content) : shown(results.at(-1)?.content ?? "") };
}

function sayWithoutTools(
  intent: Intent,
  { facts, clock }: { facts: BuiltinFacts; clock: Clock },
): string {
  switch (intent.type) {
    case "time":
      return `It is ${
        format(clock.now(), facts.timeZone, { timeStyle: "short" })
      } (${facts.timeZone}).`;
    case "date":
      return `Today is ${format(clock.now(), facts.timeZone, { dateStyle: "full" })}.`;
    case "allowed":
      return aboutPermissions(facts);
    case "status":
      return aboutStatus(facts);
    case "connect":
      return aboutConnecting(facts);
    case "help":
      return aboutHelp(facts);
    case "who":
      return aboutMyself(facts);
    case "greeting":
      return `Hello. ${aboutHelp(facts)}`;
    case "thanks":
      return "You are welcome.";
    case "needs_model":
      return aboutNeed(facts, intent.what);
    default:
      return aboutUnknown(facts, "said" in intent ? intent.said : intent.type);
  }
}

function format(ms: number, timeZone: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, ...style }).format(ms);
}
