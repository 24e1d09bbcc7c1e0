/**
 * Finds a turn that goes in circles (P12). What is compared is what the model did and what it
 * got, so a loop that waits for something that changes is not one.
 */

/** A finished call, as the detector compares it. */
export interface FinishedCall {
  readonly name: string;
  /** Arguments as the model wrote them. */
  readonly arguments: string;
  readonly ok: boolean;
  /** Result before the cut. */
  readonly content: string;
}

/** The same call with the same result, this often in a row, is a stall. */
const SAME_CALL = 3;
/** Two calls by turns, this many in all. */
const ALTERNATING_CALLS = 6;
/** Iterations in a row in which every call failed. */
const FAILED_ITERATIONS = 6;

/** Watches one turn. */
export class StallDetector {
  /** The last calls as keys, bounded by what the rules look at. */
  readonly #calls: { key: string; name: string }[] = [];
  readonly #iterations: string[] = [];
  #failed = 0;

  /**
   * Takes the calls of one iteration in their order.
   *
   * @returns Why the turn is stalled, or null.
   */
  add(calls: readonly FinishedCall[]): string | null {
    if (calls.length === 0) return null;
    let found: string | null = null;
    for (const call of calls) {
      this.#calls.push({ key: keyOf(call), name: call.name });
      if (this.#calls.length > ALTERNATING_CALLS) this.#calls.shift();
      found ??= this.#sameCall() ?? this.#alternating();
    }
    this.#iterations.push(calls.map(keyOf).join("\u0001"));
    if (this.#iterations.length > SAME_CALL) this.#iterations.shift();
    this.#failed = calls.every((call) => !call.ok) ? this.#failed + 1 : 0;
    return found ?? this.#sameIteration() ?? this.#allFailed();
  }

  #sameCall(): string | null {
    const last = this.#calls.slice(-SAME_CALL);
    const first = last[0];
    if (!first || last.length < SAME_CALL || last.some((call) => call.key !== first.key)) {
      return null;
    }
    return `"${first.name}" was called ${SAME_CALL} times in a row with the same arguments and ` +
      "gave the same result";
  }

  #alternating(): string | null {
    const [a, b, ...rest] = this.#calls;
    if (!a || !b || a.key === b.key || rest.length !== ALTERNATING_CALLS - 2) return null;
    if (rest.some((call, i) => call.key !== (i % 2 === 0 ? a : b).key)) return null;
    return `the calls "${a.name}" and "${b.name}" alternated ${ALTERNATING_CALLS / 2} times with ` +
      "the same results";
  }

  #sameIteration(): string | null {
    const [first, ...rest] = this.#iterations;
    if (rest.length !== SAME_CALL - 1 || rest.some((key) => key !== first)) return null;
    return `the same calls were made ${SAME_CALL} times in a row and gave the same results`;
  }

  #allFailed(): string | null {
    if (this.#failed < FAILED_ITERATIONS) return null;
    return `every tool call failed in ${FAILED_ITERATIONS} rounds in a row`;
  }
}

function keyOf(call: FinishedCall): string {
  return [call.name, canonicalArguments(call.arguments), String(call.ok), call.content].join(
    "\u0000",
  );
}

/** JSON text with its keys in order; text that is not JSON stays as it is. */
export function canonicalArguments(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  return JSON.stringify(
    value,
    (_key, inner: unknown) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
        : inner,
  );
}
