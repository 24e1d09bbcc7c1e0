/**
 * What a session has read from outside. From then on what has side effects asks, whatever was
 * granted before, and the compartments that could send data out are started again without network
 * and programs (P9, P20). Only the user lifts it, by a grant of kind `trust`.
 */
import type { Grant } from "../../model/cells/permission.ts";
import type { OutsideRead } from "../../model/conversation/outside.ts";

/** The taint of one session; grows only. */
export class Taint {
  #read: OutsideRead | null = null;

  /** Something was read. The time of the first reading stays. */
  add({ sources, atMs }: OutsideRead): void {
    this.#read = {
      sources: [...new Set([...this.#read?.sources ?? [], ...sources])],
      atMs: Math.min(this.#read?.atMs ?? atMs, atMs),
    };
  }

  /** All that was read, lifted or not; null: nothing. */
  get read(): OutsideRead | null {
    return this.#read;
  }

  /**
   * What was read and is not lifted.
   *
   * @param grants Grants in force for the session.
   */
  inForce(grants: readonly Grant[], sessionId: string | null): OutsideRead | null {
    const isLifted = grants.some(({ permission, value }) =>
      permission === "trust" && value === sessionId
    );
    return isLifted ? null : this.#read;
  }
}

/**
 * The grants that still count: of those that let something act or send, only answers that were
 * given since the session read from outside.
 */
export function grantsUnder(taint: OutsideRead | null, grants: readonly Grant[]): Grant[] {
  if (taint === null) return [...grants];
  return grants.filter(({ permission, atMs }) => permission === "read" || atMs >= taint.atMs);
}
