/**
 * What a session has read from outside. From then on what has side effects asks, whatever was
 * granted before, and the compartments that could send data out are started again without network
 * and programs (P9, P20). Only the user lifts it, by a grant of kind `trust`.
 */
import type { Grant } from "../../model/cells/permission.ts";
import { joinReads, type OutsideRead } from "../../model/conversation/outside.ts";

/** Readings that are told apart; earlier ones are joined. */
const MAX_READS = 100;

/** The taint of one session; grows only. */
export class Taint {
  readonly #reads: OutsideRead[] = [];

  /** Something was read. */
  add(read: OutsideRead): void {
    this.#reads.push(read);
    const [first, second] = this.#reads;
    if (this.#reads.length <= MAX_READS || !first || !second) return;
    this.#reads.splice(0, 2, joinReads([first, second]));
  }

  /** All that was read, lifted or not; null: nothing. */
  get read(): OutsideRead | null {
    return joined(this.#reads);
  }

  /**
   * What was read and is not lifted: trust is of what had been read when it was given, and of
   * nothing that comes later.
   *
   * @param grants Grants in force for the session.
   */
  inForce(grants: readonly Grant[], sessionId: string | null): OutsideRead | null {
    const trusts = grants.filter(({ permission, value }) =>
      permission === "trust" && value === sessionId
    );
    const trustedMs = Math.max(-Infinity, ...trusts.map(({ atMs }) => atMs));
    const left = this.#reads.filter(({ atMs, lastMs }) => (lastMs ?? atMs) > trustedMs);
    // Of readings that were joined, nobody knows which came after.
    return joined(
      left.map((one) => one.atMs > trustedMs ? one : { ...one, atMs: one.lastMs ?? one.atMs }),
    );
  }
}

function joined([first, ...others]: readonly OutsideRead[]): OutsideRead | null {
  return first === undefined ? null : joinReads([first, ...others]);
}

/**
 * The grants that still count: of those that let something act or send, only answers that were
 * given since the session read from outside.
 */
export function grantsUnder(taint: OutsideRead | null, grants: readonly Grant[]): Grant[] {
  if (taint === null) return [...grants];
  return grants.filter(({ permission, atMs }) => permission === "read" || atMs >= taint.atMs);
}

export function sourcesText(sources: readonly string[]): string {
  const [first = "from outside", ...rest] = sources;
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

/**
 * A reason to ask, with what else the person should know: something may have been granted before.
 *
 * @param taint What the session read from outside; null: nothing, or it is not why it asks.
 */
export function sinceRead(rule: string, taint: OutsideRead | null): string {
  if (taint === null) return rule;
  return `${rule}; since this session read ${sourcesText(taint.sources)}, no earlier grant counts`;
}
