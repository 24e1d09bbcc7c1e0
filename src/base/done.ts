/**
 * Reason for aborting a signal of one's own when all is well. An abort without a reason makes an
 * exception with a stack each time, and a turn has a dozen of them in each round.
 */
export const DONE: unique symbol = Symbol("done");
