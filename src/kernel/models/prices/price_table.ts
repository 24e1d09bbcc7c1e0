/**
 * List prices of well-known models, as data. Only what the services themselves publish stands
 * here; everything else has no price, and is shown as such. Prices per million tokens, US dollars,
 * the plain online rate: discounts, regions and taxes are not in it.
 */

/** Day on which these rows were last compared with the price pages of the services. */
const COMPARED = "2026-10-24";

/** Rates per million tokens. */
export interface Rates {
  readonly input: number;
  /** Input read from the cache. */
  readonly cached: number;
  /** Input written to the cache for five minutes, which is what ward asks for. */
  readonly cacheWrite: number;
  readonly output: number;
}

/** The price of one model of one service. */
export interface Price extends Rates {
  /** Name of the provider at its own address. */
  readonly provider: string;
  /** Model id without the date of a snapshot. */
  readonly model: string;
  /** Longest prompt that these rates are for, in tokens; what is above it costs `long`. */
  readonly upTo?: number | undefined;
  /** Rates of a call with a longer prompt; missing: not known. */
  readonly long?: Rates | undefined;
  /** Day on which the row was last compared with its source. */
  readonly asOf: string;
  /** Page of the service that publishes it. */
  readonly source: string;
}

const rates = (input: number, cacheWrite: number, cached: number, output: number): Rates => ({
  input,
  cacheWrite,
  cached,
  output,
});

const anthropic = (model: string, of: Rates, more: Partial<Price> = {}): Price => ({
  provider: "anthropic",
  model,
  asOf: COMPARED,
  source: "Anthropic, Pricing (read in a stored copy)",
  ...of,
  ...more,
});

/** OpenAI takes nothing extra for writing to its cache. */
const openai = (model: string, input: number, cached: number, output: number): Price => ({
  provider: "openai",
  model,
  asOf: COMPARED,
  source: "OpenAI, API pricing (read in a stored copy)",
  ...rates(input, input, cached, output),
});

/** All rows. */
export const PRICES: readonly Price[] = [
  anthropic("claude-fable-5-1", rates(10, 12.5, 0.25, 50)),
  anthropic("claude-fable-5", rates(10, 12.5, 1, 50)),
  anthropic("claude-opus-5", rates(5, 6.25, 0.5, 25)),
  anthropic("claude-opus-4-8", rates(5, 6.25, 0.5, 25)),
  anthropic("claude-opus-4-7", rates(5, 6.25, 0.5, 25)),
  anthropic("claude-opus-4-6", rates(5, 6.25, 0.5, 25)),
  anthropic("claude-opus-4-5", rates(5, 6.25, 0.5, 25)),
  anthropic("claude-opus-4-1", rates(15, 18.75, 1.5, 75)),
  anthropic("claude-sonnet-5-5", rates(2, 2.5, 0.1, 10)),
  anthropic("claude-sonnet-5", rates(2, 2.5, 0.2, 10)),
  anthropic("claude-sonnet-4-5", rates(3, 3.75, 0.3, 15), { upTo: 200_000 }),
  anthropic("claude-haiku-5-5", rates(0.1, 0.125, 0.01, 0.5), {
    upTo: 100_000,
    long: rates(0.5, 0.625, 0.05, 2.5),
  }),
  anthropic("claude-haiku-4-5", rates(1, 1.25, 0.1, 5)),
  openai("gpt-5.1", 1.25, 0.125, 10),
  openai("gpt-5", 1.25, 0.125, 10),
  openai("gpt-5-mini", 0.25, 0.025, 2),
  openai("gpt-5-nano", 0.05, 0.005, 0.4),
  openai("gpt-4.1", 2, 0.5, 8),
  openai("gpt-4.1-mini", 0.4, 0.1, 1.6),
  openai("gpt-4.1-nano", 0.1, 0.025, 0.4),
  openai("gpt-4o", 2.5, 1.25, 10),
  openai("gpt-4o-mini", 0.15, 0.075, 0.6),
];

/** The day of the row that was compared longest ago. */
export const PRICES_AS_OF: string = PRICES.map(({ asOf }) => asOf).reduce((a, b) => a < b ? a : b);

/** The table as docs/budget.md prints it. */
export function priceTable(): string {
  const usd = ({ input, cached, cacheWrite, output }: Rates) =>
    [input, cached, cacheWrite, output].map((rate) => `$${rate}`).join(" | ");
  const row = (price: Price, rates: Rates, bound: string) => {
    const { provider, model, asOf, source } = price;
    return `| \`${provider}/${model}\`${bound} | ${usd(rates)} | ${asOf} | ${source} |`;
  };
  const rows = PRICES.flatMap((price) => {
    const { upTo, long } = price;
    if (upTo === undefined) return [row(price, price, "")];
    const count = upTo.toLocaleString("en-US");
    return [
      row(price, price, `, prompt to ${count}`),
      ...long ? [row(price, long, ", longer")] : [],
    ];
  });
  return [
    "| Model | Input | From cache | Into cache | Output | Compared | Source |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
