/** Sections of `config.toml` on models: who does what, what they may take, what they are sent. */
import * as z from "zod";
import { isOwnPattern } from "../../redaction/own_pattern.ts";
import { REDACTION_CATEGORIES } from "../../redaction/patterns.ts";
import { flag, key, money, text, whole } from "./keys.ts";

const role = (does: string, defaultText: string) =>
  text(`Model, as provider/model, that ${does}`, defaultText, "anthropic/claude-haiku-5-5");

/** `[roles]`. */
export const rolesSection = z.strictObject({
  executor: role("does the work of a turn", "the model above"),
  primary: role("answers what is neither simple nor hard", "as executor"),
  fast: role("answers greetings and lookups", "as primary"),
  smart: role("answers code and work of many steps", "as primary"),
  small: role("makes summaries", "the small model of the provider, else as fast"),
  evaluator: role("judges results", "as executor"),
  planner: role("plans", "as executor"),
  embedder: role("turns text into vectors", "none"),
}).prefault({});

/** `[budget]`. */
export const budgetSection = z.strictObject({
  task_tokens: whole(
    1,
    1_000_000_000,
    1_000_000,
    "Tokens that one message and its answer may take, input and output",
  ),
  task_usd: money("Dollars that one message and its answer may cost; 0: no cap"),
  session_tokens: whole(0, 1_000_000_000_000, 0, "Tokens of a session; 0: no cap"),
  session_usd: money("Dollars of a session; 0: no cap"),
  daily_tokens: whole(
    0,
    1_000_000_000_000,
    0,
    "Tokens of a day, which ends at midnight UTC; 0: no cap",
  ),
  daily_usd: money("Dollars of a day, which ends at midnight UTC; 0: no cap"),
  warn_at: key(z.number().gt(0).max(1).default(0.8), {
    description: "Share of a cap from which on ward warns of it",
    allowed: "a number above 0, at most 1",
  }),
  unknown_price: key(z.enum(["refuse", "count_tokens"]).default("refuse"), {
    description: "Under a cap of money, a call whose price is not known is refused " +
      "(`refuse`), or counts for caps of tokens alone (`count_tokens`)",
    allowed: '"refuse", "count_tokens"',
    opens: (value) =>
      value === "count_tokens" ? "calls of an unknown price pass every cap of money" : null,
  }),
}).prefault({});

/** `[routing]`. */
export const routingSection = z.strictObject({
  enabled: flag(true, {
    description: "Choose between the fast, primary and smart model by the message",
  }),
  uncertainty_threshold: key(z.number().min(0.45).max(0.75).default(0.55), {
    description: "From this uncertainty of a message on the next larger model answers",
    allowed: "a number from 0.45 to 0.75",
  }),
  adapt: flag(true, {
    description: "Let that threshold follow how turns end, within its bounds",
  }),
}).prefault({});

/** `[redaction]`. */
export const redactionSection = z.strictObject({
  enabled: flag(false, {
    description: "Put placeholders in place of secrets in all that is sent to a model",
  }),
  categories: key(
    z.array(key(z.enum(REDACTION_CATEGORIES), {
      description: "What is hidden",
      allowed: REDACTION_CATEGORIES.join(", "),
    })).default([...REDACTION_CATEGORIES]),
    {
      description: "What is hidden; keys that ward knows are hidden in any case",
      allowed: `a list of ${REDACTION_CATEGORIES.join(", ")}`,
      defaultText: "all of them",
    },
  ),
  patterns: z.record(
    z.string().regex(/^(?!builtin$)[a-z0-9][a-z0-9_-]*$/),
    key(z.string().min(1).refine(isOwnPattern), {
      description: "A regular expression of JavaScript (flag u); its first group is hidden, or " +
        "all of it without one",
      allowed: "a regular expression without nested repeats, see redaction.md",
      defaultText: "none",
      example: "TICKET-\\d+",
    }),
  ).prefault({}),
}).prefault({});
