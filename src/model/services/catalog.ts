/** Models of a service, as it lists them. */

/** What a model can take beside text; null: the service does not say. */
export interface ModelAbilities {
  readonly tools: boolean | null;
  readonly vision: boolean | null;
  readonly reasoning: boolean | null;
}

/** A model as its service lists it. */
export interface ListedModel {
  /** Id as the service knows it. */
  readonly id: string;
  /** Tokens of one request, its answer included; null: the service does not say. */
  readonly contextTokens: number | null;
  readonly abilities: ModelAbilities;
  /** US dollars for a million tokens, where the list has prices; null: it has none. */
  readonly price: { readonly input: number; readonly output: number } | null;
}

/** A list as it was at some moment. */
export interface ModelList {
  readonly atMs: number;
  readonly models: readonly ListedModel[];
}
