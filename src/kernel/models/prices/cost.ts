/** What calls cost, from the tokens the services counted and the price table. Never a guess. */
import type { ProviderChoice } from "../../../model/settings.ts";
import type { CostLine, CostReport, CostSum, UsageRow } from "../../../model/conversation/usage.ts";
import { type Price, PRICES, PRICES_AS_OF, type Rates } from "./price_table.ts";
import {
  isOwnAddress,
  KNOWN_PROVIDERS,
  providerHost,
  UNKNOWN_CONTEXT_TOKENS,
} from "../providers/provider_table.ts";

/**
 * The name under which a provider's calls are counted: its own where it is reached at its usual
 * address, else with the host, because a compatible service has prices of its own.
 */
export function billedAs({ name, protocol, baseUrl }: ProviderChoice): string {
  if (protocol === "builtin") return "builtin";
  const known = KNOWN_PROVIDERS.find((one) => one.name === name);
  const host = providerHost(baseUrl);
  // A region of a service may have prices of its own; one without a usual address has none.
  const isUsual = known?.baseUrl && !known.addressFrom
    ? providerHost(known.baseUrl) === host
    : known && isOwnAddress(known, baseUrl);
  return isUsual ? name : `${name} at ${host}`;
}

/** Tokens of one request that are safe with a provider. */
export function safeContext(choice: ProviderChoice): number {
  const known = KNOWN_PROVIDERS.find((one) => one.name === billedAs(choice));
  return known?.contextTokens ?? UNKNOWN_CONTEXT_TOKENS;
}

/** What a price follows from. */
export type Priced = Pick<
  UsageRow,
  | "provider"
  | "model"
  | "inputTokens"
  | "outputTokens"
  | "cachedTokens"
  | "cacheWriteTokens"
>;

/** US dollars of a call; null when its tokens or its price are not known. */
export function costOf(row: Priced, prices: readonly Price[] = PRICES): number | null {
  if (isFree(row)) return 0;
  if (row.inputTokens === null || row.outputTokens === null) return null;
  const rates = ratesOf(row, row.inputTokens, prices);
  if (!rates) return null;
  const cached = row.cachedTokens ?? 0;
  const written = row.cacheWriteTokens ?? 0;
  const plain = Math.max(0, row.inputTokens - cached - written);
  return (plain * rates.input + cached * rates.cached + written * rates.cacheWrite +
    row.outputTokens * rates.output) / 1_000_000;
}

/** The built-in assistant, and models that run on this machine. */
function isFree({ provider, model }: Pick<UsageRow, "provider" | "model">): boolean {
  // Ollama passes models whose tag ends so on to its own service.
  return provider === "builtin" || (provider === "ollama" && !/[:-]cloud$/.test(model));
}

function ratesOf(row: Priced, inputTokens: number, prices: readonly Price[]): Rates | null {
  const price = priceRow(row.provider, row.model, prices);
  if (!price) return null;
  return price.upTo !== undefined && inputTokens > price.upTo ? price.long ?? null : price;
}

function priceRow(provider: string, id: string, prices: readonly Price[]): Price | null {
  // Snapshots carry their day: `gpt-5-2025-08-07`, `claude-haiku-4-5-20251001`.
  const model = id.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, "");
  return prices.find((one) => one.provider === provider && one.model === model) ?? null;
}

/**
 * US dollars for a million tokens of a short prompt; null: not known.
 *
 * @param provider As {@linkcode billedAs} names it.
 */
export function listPrice(
  provider: string,
  model: string,
): { readonly input: number; readonly output: number } | null {
  if (isFree({ provider, model })) return { input: 0, output: 0 };
  const row = priceRow(provider, model, PRICES);
  return row && { input: row.input, output: row.output };
}

/** Adds calls up, line by line as they come. */
export class CostTable {
  readonly #by: CostReport["by"];
  readonly #lines = new Map<string, Mutable<CostLine>>();
  readonly #total: Mutable<CostSum> = emptySum();

  constructor(by: CostReport["by"]) {
    this.#by = by;
  }

  /** Counts a call. */
  add(row: UsageRow): void {
    const key = keyOf(row, this.#by);
    const id = JSON.stringify([key, row.provider, row.model]);
    let line = this.#lines.get(id);
    if (!line) {
      line = { key, provider: row.provider, model: row.model, ...emptySum() };
      this.#lines.set(id, line);
    }
    const usd = costOf(row);
    addTo(line, row, usd);
    addTo(this.#total, row, usd);
  }

  /** The sums so far, in the order in which their keys first came. */
  report(): CostReport {
    return {
      by: this.#by,
      lines: [...this.#lines.values()],
      total: this.#total,
      pricesAsOf: PRICES_AS_OF,
    };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function emptySum(): Mutable<CostSum> {
  return {
    calls: 0,
    uncounted: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    ms: 0,
    usd: 0,
    unpriced: 0,
  };
}

function addTo(sum: Mutable<CostSum>, row: UsageRow, usd: number | null): void {
  sum.calls++;
  if (row.inputTokens === null && !isFree(row)) sum.uncounted++;
  sum.inputTokens += row.inputTokens ?? 0;
  sum.outputTokens += row.outputTokens ?? 0;
  sum.cachedTokens += row.cachedTokens ?? 0;
  sum.reasoningTokens += row.reasoningTokens ?? 0;
  sum.ms += row.ms ?? 0;
  const known = (sum.usd ?? 0) + (usd ?? 0);
  if (usd === null) sum.unpriced++;
  sum.usd = sum.unpriced === sum.calls ? null : known;
}

function keyOf(row: UsageRow, by: CostReport["by"]): string {
  switch (by) {
    case "day":
      return new Date(row.atMs).toISOString().slice(0, 10);
    case "session":
      return row.sessionId;
    case "task":
      return row.turnId === null ? "" : String(row.turnId);
    case "call":
      return String(row.id);
    case "model":
      return "";
  }
}
