/**
 * Finds a turn that goes in circles (P12). What is compared is what the model did and what it
 * got, so a loop that waits for something that changes is not one.
 */
import { parseShallowJson } from "../../base/shallow_json.ts";

/** A finished call, as the detector compares it. */
export interface FinishedCall {
  readonly name: string;
  /** Arguments as the model wrote them. */
  readonly arguments: string;
  readonly ok: boolean;
  /** Somebody or a rule said no; nothing was tried. @default false */
  readonly refused?: boolean | undefined;
  /** Result before the cut. */
  readonly content: string;
}

/** Where a turn counts as going in circles; each stands for a setting. */
export interface StallLimits {
  /** The same call with the same result, this often in a row. */
  readonly sameCalls: number;
  /** Two calls by turns, each this often. */
  readonly alternations: number;
  /** Rounds in a row in which every call failed. */
  readonly failedRounds: number;
  /**
   * Rounds in a row in which every call was refused. More than those that fail: a page that gives
   * orders must not end the turn of whoever says no to them.
   */
  readonly refusedRounds: number;
}

/** Watches one turn. */
export class StallDetector {
  /** The last calls as keys, bounded by what the rules look at. */
  readonly #calls: { key: string; name: string }[] = [];
  readonly #iterations: string[] = [];
  #failed = 0;
  #refused = 0;
  readonly #limits: StallLimits;

  /** Has seen nothing yet. */
  constructor(limits: StallLimits) {
    this.#limits = limits;
  }

  /**
   * Takes the calls of one iteration in their order.
   *
   * @returns Why the turn is stalled, or null.
   */
  add(calls: readonly FinishedCall[]): string | null {
    if (calls.length === 0) return null;
    const { sameCalls, alternations } = this.#limits;
    const kept = Math.max(sameCalls, alternations * 2);
    let found: string | null = null;
    for (const call of calls) {
      this.#calls.push({ key: keyOf(call), name: call.name });
      if (this.#calls.length > kept) this.#calls.shift();
      found ??= this.#sameCall() ?? this.#alternating();
    }
    this.#iterations.push(calls.map(keyOf).join("\u0001"));
    if (this.#iterations.length > sameCalls) this.#iterations.shift();
    if (calls.every((call) => call.refused)) this.#refused++;
    else {
      this.#refused = 0;
      this.#failed = calls.every((call) => !call.ok) ? this.#failed + 1 : 0;
    }
    return found ?? this.#sameIteration() ?? this.#allFailed() ?? this.#allRefused();
  }

  #sameCall(): string | null {
    const { sameCalls } = this.#limits;
    const last = this.#calls.slice(-sameCalls);
    const first = last[0];
    if (!first || last.length < sameCalls || last.some((call) => call.key !== first.key)) {
      return null;
    }
    return `"${first.name}" was called ${sameCalls} times in a row with the same arguments and ` +
      "gave the same result (limits.stall_same_calls)";
  }

  #alternating(): string | null {
    const { alternations } = this.#limits;
    const [a, b, ...rest] = this.#calls.slice(-alternations * 2);
    if (!a || !b || a.key === b.key || rest.length !== alternations * 2 - 2) return null;
    if (rest.some((call, i) => call.key !== (i % 2 === 0 ? a : b).key)) return null;
    return `the calls "${a.name}" and "${b.name}" alternated ${alternations} times with the same ` +
      "results (limits.stall_alternations)";
  }

  #sameIteration(): string | null {
    const { sameCalls } = this.#limits;
    const [first, ...rest] = this.#iterations;
    if (rest.length !== sameCalls - 1 || rest.some((key) => key !== first)) return null;
    return `the same calls were made ${sameCalls} times in a row and gave the same results ` +
      "(limits.stall_same_calls)";
  }

  #allFailed(): string | null {
    const { failedRounds } = this.#limits;
    if (this.#failed < failedRounds) return null;
    return `every tool call failed in ${failedRounds} rounds in a row (limits.stall_failed_rounds)`;
  }

  #allRefused(): string | null {
    const { refusedRounds } = this.#limits;
    if (this.#refused < refusedRounds) return null;
    return `every tool call was refused in ${refusedRounds} rounds in a row ` +
      "(limits.stall_refused_rounds)";
  }
}

function keyOf(call: FinishedCall): string {
  return [call.name, canonicalArguments(call.arguments), String(call.ok), call.content].join(
    "\u0000",
  );
}

/** JSON text with its keys in order; what is no JSON, or too deep to be written, stays as it is. */
export function canonicalArguments(text: string): string {
  try {
    return JSON.stringify(
      parseShallowJson(text),
      (_key, inner: unknown) =>
        typeof inner === "object" && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
          : inner,
    );
  } catch {
    return text;
  }
}
