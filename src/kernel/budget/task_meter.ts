import type { Amount, BudgetUnit, CapFact } from "../../model/conversation/budget.ts";

/** What one task has used of its caps; a task runs in one process, so this needs no store. */
export class TaskMeter {
  readonly #caps: Readonly<Record<BudgetUnit, number | null>>;
  readonly #warnAt: number;
  readonly #spent: Record<BudgetUnit, number> = { tokens: 0, usd: 0 };
  readonly #warned = new Set<BudgetUnit>();

  /** @param caps null: none. @param warnAt Share from which on a cap is warned of, once. */
  constructor(caps: { tokens: number | null; usd: number | null }, warnAt: number) {
    this.#caps = caps;
    this.#warnAt = warnAt;
  }

  /** Whether `tokens` beyond what is held may pass a cap. Their price is not known beforehand. */
  isPassedBy(tokens: number): boolean {
    const { tokens: limit } = this.#caps;
    return this.countsMoney || (limit !== null && this.#spent.tokens + tokens > limit);
  }

  /** Whether money is capped. */
  get countsMoney(): boolean {
    return this.#caps.usd !== null;
  }

  /** Holds what a call may take; `refused`: the cap it would pass, and nothing is held. */
  hold({ tokens, usd }: Amount): { refused: CapFact | null; warnings: readonly CapFact[] } {
    const warnings: CapFact[] = [];
    for (const [unit, asked] of [["tokens", tokens], ["usd", usd]] as const) {
      const limit = this.#caps[unit];
      if (limit === null || asked === null) continue;
      const fact: CapFact = { scope: "task", unit, limit, spent: this.#spent[unit], asked };
      if (fact.spent + asked > limit) return { refused: fact, warnings: [] };
      if (fact.spent + asked >= limit * this.#warnAt && !this.#warned.has(unit)) {
        this.#warned.add(unit);
        warnings.push(fact);
      }
    }
    this.#add(tokens, usd);
    return { refused: null, warnings };
  }

  /** Puts what a call took in place of what was held for it. */
  settle(held: Amount, used: Amount): void {
    this.#add(used.tokens - held.tokens, (used.usd ?? 0) - (held.usd ?? 0));
  }

  #add(tokens: number, usd: number | null): void {
    this.#spent.tokens += tokens;
    this.#spent.usd += usd ?? 0;
  }
}
