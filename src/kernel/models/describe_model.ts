/** A model in the words of the picker and of `ward models`: window, price, abilities. Pure. */
import type { ListedModel, ModelAbilities } from "../../model/services/catalog.ts";
import type { ProviderChoice } from "../../model/settings.ts";
import { billedAs, listPrice } from "./prices/cost.ts";

/** A model as it is shown. */
export interface ModelFacts {
  /** As `--model` takes it. */
  readonly ref: string;
  readonly id: string;
  readonly contextTokens: number | null;
  readonly abilities: ModelAbilities;
  /** US dollars for a million tokens; null: not known. */
  readonly price: { readonly input: number; readonly output: number } | null;
  readonly tier: PriceTier;
}

/** By the price of a million tokens of output: `$` to 5 dollars, `$$` to 30, `$$$` above. */
export type PriceTier = "free" | "$" | "$$" | "$$$" | "unknown";

/** What is known of a listed model: what its service says, else ward's price table. */
export function modelFacts(choice: Omit<ProviderChoice, "model">, model: ListedModel): ModelFacts {
  const price = model.price ?? listPrice(billedAs({ ...choice, model: model.id }), model.id);
  return {
    ref: `${choice.name}/${model.id}`,
    id: model.id,
    contextTokens: model.contextTokens,
    abilities: model.abilities,
    price,
    tier: priceTier(price),
  };
}

/** The tier of a price. */
export function priceTier(price: ModelFacts["price"]): PriceTier {
  if (!price) return "unknown";
  if (price.output === 0 && price.input === 0) return "free";
  return price.output <= 5 ? "$" : price.output <= 30 ? "$$" : "$$$";
}

/** `200K context, $$, tools vision reasoning`; what is not known is left out but for the price. */
export function modelWords({ contextTokens, tier, abilities }: ModelFacts): string {
  const names = (["tools", "vision", "reasoning"] as const).filter((name) => abilities[name]);
  return [
    ...contextTokens === null ? [] : [`${contextWords(contextTokens)} context`],
    tier === "unknown" ? "price unknown" : tier,
    ...names.length === 0 ? [] : [names.join(" ")],
  ].join(", ");
}

/** `8K`, `200K`, `1M`. */
export function contextWords(tokens: number): string {
  return tokens >= 1_000_000
    ? `${Math.round(tokens / 100_000) / 10}M`
    : `${Math.round(tokens / 1000)}K`;
}
