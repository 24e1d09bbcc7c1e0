/** What each provider supports through ward, as docs/models.md prints it. */
import type { ServiceProtocol } from "../../../model/settings.ts";
import { KNOWN_PROVIDERS, type KnownProvider } from "./provider_table.ts";

/** What a protocol has of the things that not all have. */
export interface ProtocolFacts {
  readonly title: string;
  /** How its prompt cache is asked for; `unasked`: it needs no word. */
  readonly cache: "marks" | "key" | "unasked";
  /** How an effort is said. */
  readonly effort: string;
  /** Whether sealed reasoning goes back with its answer. */
  readonly keepsReasoning: boolean;
  /** Whether reasoning tokens are counted apart. */
  readonly countsReasoning: boolean;
  /** Whether models can be listed. */
  readonly lists: boolean;
}

/** By protocol. */
export const PROTOCOL_FACTS: Readonly<Record<ServiceProtocol, ProtocolFacts>> = {
  anthropic: {
    title: "Anthropic Messages",
    cache: "marks",
    effort: "adaptive, else a budget",
    keepsReasoning: true,
    countsReasoning: true,
    lists: true,
  },
  openai: {
    title: "OpenAI chat completions",
    cache: "key",
    effort: "reasoning_effort",
    keepsReasoning: false,
    countsReasoning: true,
    lists: true,
  },
  openai_responses: {
    title: "OpenAI Responses",
    cache: "key",
    effort: "reasoning.effort",
    keepsReasoning: true,
    countsReasoning: true,
    lists: true,
  },
  azure: {
    title: "Azure OpenAI",
    cache: "key",
    effort: "reasoning_effort",
    keepsReasoning: false,
    countsReasoning: true,
    lists: false,
  },
  gemini: {
    title: "Gemini",
    cache: "unasked",
    effort: "level, else a budget",
    keepsReasoning: true,
    countsReasoning: true,
    lists: true,
  },
  bedrock: {
    title: "Bedrock Converse",
    cache: "marks",
    effort: "Claude, Nova 2, gpt-oss",
    keepsReasoning: true,
    countsReasoning: false,
    lists: false,
  },
  ollama: {
    title: "Ollama",
    cache: "unasked",
    effort: "reasoning_effort",
    keepsReasoning: false,
    countsReasoning: true,
    lists: true,
  },
};

/** The table as Markdown; what all have (text, streams, parallel tools, usage) is not a column. */
export function supportTable(): string {
  return [
    "| Provider | Protocol | Key | Images | Effort | Prompt cache | Reasoning kept | List |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...KNOWN_PROVIDERS.map(row),
    "| any other, by address | `protocol` of its table | `api_key` of its table | yes | " +
    "as its protocol | as its protocol | as its protocol | as its protocol |",
  ].join("\n");
}

function row(known: KnownProvider): string {
  const { name, protocol, keyVariable, traits } = known;
  const facts = PROTOCOL_FACTS[protocol];
  const isKept = facts.keepsReasoning || traits.reasoningBack !== undefined;
  return "| " + [
    `\`${name}\``,
    facts.title,
    keyVariable !== null ? `\`${keyVariable}\`` : known.login ? "a [login](accounts.md)" : "none",
    traits.images === false ? "no" : "yes",
    traits.effort === "none"
      ? "no"
      : traits.effort === "reasoning"
      ? "reasoning.effort"
      : facts.effort,
    cacheOf(known, facts),
    isKept ? "yes" : "no",
    facts.lists && traits.lists !== false ? "yes" : "no",
  ].join(" | ") + " |";
}

function cacheOf({ traits, protocol }: KnownProvider, { cache }: ProtocolFacts): string {
  if (protocol === "bedrock") return "marks for Claude and Nova";
  if (traits.cacheMarksFor !== undefined) return `key; marks for \`${traits.cacheMarksFor}*\``;
  return cache === "key" && traits.cacheKey === false ? "unasked" : cache;
}
