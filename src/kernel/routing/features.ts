/**
 * What a message looks like, by its words. Pure, and without a model.
 *
 * The lists are English; a message in another language has few features and goes to the primary
 * model, which is what happens without routing.
 */
import type { RouteScores } from "../../model/services/route.ts";
import type { ToolFlags } from "../../model/conversation/tool.ts";

/** What was seen, with its scores. */
export interface Features {
  readonly seen: readonly string[];
  readonly scores: RouteScores;
}

/** Beside the message. */
export interface FeatureContext {
  readonly tools: readonly ToolFlags[];
  /** The turn before ended other than complete. */
  readonly previousFailed: boolean;
}

const word = (list: string) => new RegExp(`\\b(?:${list})\\b`, "i");

const GREETING =
  /^(?:hi|hello|hey|yo|thanks|thank you|thx|good (?:morning|day|evening|night)|bye|goodbye|ok|okay|yes|no|great|cool|nice)\b(?:[^a-z]+[a-z]+){0,3}[^a-z]*$/i;
const QUESTION = word(
  "what|when|where|who|whose|which|how (?:many|much|old|long|far|big)|is there|are there|show|list|" +
    "find|look up|count|tell me|does|do|is|are",
);
const CHANGE = word(
  "write|edit|change|modify|create|delete|remove|fix|deploy|install|run|execute|commit|schedule|" +
    "move|rename|replace|update|add|refactor|implement|build|convert|migrate",
);
const OUTWARD = word("api|http|webhook|send|post|publish|external|production|upload|e-?mail");
const DANGEROUS = word("rm|sudo|drop|truncate|force|dangerous|overwrite|wipe|reset --hard|chmod");
const CODE = word(
  "code|function|class|bug|stack ?trace|exception|refactor|implement|compile|unit tests?|regex|" +
    "type ?error|null pointer|race condition|algorithm|query|schema|migration|endpoint|async",
);
const CODE_FILE =
  /```|(?<![\w-])[\w-]+\.(?:ts|tsx|js|jsx|py|rs|go|java|c|cc|cpp|h|rb|php|cs|kt|swift|sql|sh)\b/;
const STEPS =
  /\b(?:then|after that|afterwards|next|finally|step|first|second|and also|as well as)\b/gi;
const ITEM = /^[ \t]*(?:[-*]|\d+[.)])\s/gm;
const VAGUE = word("something|somehow|stuff|things?|better|nicer|improve|clean up|whatever|etc");
const PRONOUN_ONLY =
  /^(?:please\s+)?(?:do|fix|change|run|try|use|make)\s+(?:it|that|this|them)\b.{0,12}$/i;
const SHORT = word("quick|short|brief|concise");
const THOROUGH = word("detailed|comprehensive|deep|thorough");
const URL_IN = /https?:\/\//i;

/** Longest message of a lookup, in words. */
const LOOKUP_WORDS = 14;

/** Looks at a message. Scores as in the design: aidaemon's weights. */
export function featuresOf(text: string, context: FeatureContext): Features {
  const words = text.trim().split(/\s+/).filter((one) => one !== "").length;
  const has = {
    change: CHANGE.test(text),
    outward: OUTWARD.test(text) || URL_IN.test(text),
    dangerous: DANGEROUS.test(text),
    code: CODE.test(text) || CODE_FILE.test(text),
    vague: VAGUE.test(text),
    unclear: PRONOUN_ONLY.test(text.trim()),
    contradictory: SHORT.test(text) && THOROUGH.test(text),
    steps: (text.match(STEPS) ?? []).length + (text.match(ITEM) ?? []).length >= 2,
    long: text.length > 600,
    greeting: GREETING.test(text.trim()),
  };
  const lookup = !has.greeting && !has.change && !has.code && !has.steps && words > 0 &&
    words <= LOOKUP_WORDS && (QUESTION.test(text) || text.trim().endsWith("?"));
  const textRisk = sum([0.18, true], [0.28, has.change], [0.2, has.outward], [
    0.25,
    has.dangerous,
  ]);
  const risk = 0.7 * textRisk + 0.3 * capabilityRisk(context.tools);
  const uncertainty = sum(
    [0.35, has.unclear],
    [0.25, has.contradictory],
    [0.2, has.vague],
    [0.2, context.previousFailed],
  );
  const complexity = sum(
    [0.35, has.code],
    [0.3, has.steps],
    [0.15, has.long],
    [0.2, text.length > 2_000],
    [0.15, has.change && words > 12],
  );
  const seen = Object.entries({ ...has, lookup, previousFailed: context.previousFailed })
    .filter(([, is]) => is).map(([name]) => name);
  const total = 0.7 * risk + 0.3 * uncertainty;
  return { seen, scores: rounded({ risk, uncertainty, complexity, total }) };
}

function sum(...parts: readonly (readonly [number, boolean])[]): number {
  return Math.min(1, parts.reduce((all, [weight, is]) => all + (is ? weight : 0), 0));
}

/** Mean of what the tools can do. */
function capabilityRisk(tools: readonly ToolFlags[]): number {
  if (tools.length === 0) return 0.25;
  const all = tools.map((flags) =>
    sum(
      [0.12, !flags.readOnly],
      [0.18, flags.externalSideEffect],
      [0.07, flags.needsApproval],
      [0.05, !flags.idempotent],
      [0.2, flags.highImpactWrite],
    )
  );
  return Math.min(1, all.reduce((a, b) => a + b, 0) / all.length + 0.12);
}

function rounded(scores: RouteScores): RouteScores {
  const two = (value: number) => Math.round(value * 100) / 100;
  return {
    risk: two(scores.risk),
    uncertainty: two(scores.uncertainty),
    complexity: two(scores.complexity),
    total: two(scores.total),
  };
}
