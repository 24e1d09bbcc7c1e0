/** Which schemas of served tools go with a request: all while they are few, else those that were looked for. */
import { estimateTokens } from "../context/estimate.ts";

/** A served tool as the search sees it. */
export interface FoundTool {
  /** Among all tools. */
  readonly name: string;
  readonly alias: string;
  readonly description: string;
  /** What its schema takes in a request. */
  readonly tokens: number;
}

/** See {@linkcode createLoadedTools}. */
export interface LoadedTools {
  /** Whether they are too many for each request. */
  readonly isDeferred: boolean;
  isLoaded(name: string): boolean;
  load(names: readonly string[]): void;
  /** Best first. @param alias Of one server. @default all */
  find(query: string, alias: string | null, count: number): FoundTool[];
}

/** Tokens of a schema as it goes along. */
export function schemaTokens(description: string, parameters: unknown): number {
  return estimateTokens(description) + estimateTokens(JSON.stringify(parameters));
}

/** @param budget Tokens that all schemas together may take in each request. */
export function createLoadedTools(
  all: () => readonly FoundTool[],
  budget: number,
): LoadedTools {
  const loaded = new Set<string>();
  const isDeferred = () => all().reduce((sum, { tokens }) => sum + tokens, 0) > budget;
  return {
    get isDeferred() {
      return isDeferred();
    },
    isLoaded: (name) => loaded.has(name) || !isDeferred(),
    load(names) {
      for (const name of names) {
        // The last ones looked for come last, and the first ones go when there is no room.
        loaded.delete(name);
        loaded.add(name);
      }
      const tokensOf = new Map(all().map(({ name, tokens }) => [name, tokens]));
      let sum = [...loaded].reduce((total, name) => total + (tokensOf.get(name) ?? 0), 0);
      for (const name of [...loaded]) {
        if (sum <= budget || names.includes(name)) continue;
        loaded.delete(name);
        sum -= tokensOf.get(name) ?? 0;
      }
    },
    find(query, alias, count) {
      const words = query.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
      return all().filter((one) => alias === null || one.alias === alias)
        .map((one, at) => ({ one, at, score: scoreOf(one, words) }))
        .filter(({ score }) => score > 0 || words.length === 0)
        .sort((a, b) => b.score - a.score || a.at - b.at)
        .slice(0, count).map(({ one }) => one);
    },
  };
}

/** A word in the name counts more than one in the description. */
function scoreOf({ name, description }: FoundTool, words: readonly string[]): number {
  const inName = name.toLowerCase();
  const inText = description.toLowerCase();
  return words.reduce(
    (sum, word) => sum + (inName.includes(word) ? 4 : 0) + (inText.includes(word) ? 1 : 0),
    0,
  );
}
