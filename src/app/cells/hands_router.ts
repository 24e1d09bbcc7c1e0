/**
 * Brings each call of the tools to a live `hands`: the warm cell, a fresh one for what needs more,
 * or, without a sandbox, a thread. When the grants change, the warm cell is ended and the next call
 * starts one with the new set.
 */
import { AppError } from "../../base/app_error.ts";
import type { HandsWire } from "../../compartments/hands/client.ts";
import type { Running } from "../../compartments/start.ts";
import type { CellVariant, Grant } from "../../model/cells/permission.ts";

/** What the router needs; `plan` looks at the grants of this moment. */
export interface HandsRouterDeps {
  /**
   * The key of the set that a call would get now, and how to start it.
   *
   * @param leased Grants of which a use was taken for this very call.
   */
  plan(variant: CellVariant, leased: readonly Grant[]): Promise<{
    key: string;
    start(): Promise<Running>;
    /** Earliest end of a grant in force, ms since the epoch. */
    expiresAtMs: number | null;
    /** What the set stands on, in words, without what is leased; a cell lasts as long as all of it. */
    standsOn: readonly string[];
    /** Grants alone, as {@linkcode wordsOf} names them. */
    granted: readonly string[];
    /** Looks for what was planted; only once the cell has ended. */
    afterwards(): void;
  }>;
  /** Whether a grant of which a use was taken was taken back since. */
  isRevoked(leased: Grant): Promise<boolean>;
  /** Whether a call runs programs that may plant or forge something. */
  isRisky(method: string, params: unknown): boolean;
  /** Milliseconds between two looks at the grants while a call runs. */
  readonly lookMs: number;
  /** Milliseconds without a call after which the warm cell is ended. */
  readonly idleMs: number;
  now(): number;
  /** A program is to begin. @returns Says that it ended, with all that it left running. */
  begin(signal: AbortSignal | undefined): Promise<() => void>;
}

/** See {@linkcode createHandsRouter}. */
export interface HandsRouter {
  call: HandsWire;
  /** The warm cell, started if need be; for status and proof. */
  warm(): Promise<Running>;
  /** Ends the calls in cells of their own that may touch more than is in force now. */
  recheck(): Promise<void>;
  end(): Promise<void>;
}

/** A call in a cell of its own. */
interface OwnCall {
  readonly standsOn: readonly string[];
  /** Grants of which a use was taken for it. */
  readonly leased: readonly Grant[];
  readonly stop: AbortController;
  /** Its cell has ended, and what it left was looked at. */
  readonly over: Promise<void>;
}

/** Methods that start programs. */
const STARTING = new Set(["runPlan", "runLine"]);
/** Methods after which something new may lie in the workspace. */
const WRITING = new Set(["runPlan", "runLine", "writeFile", "editFile", "treeWrite"]);

/** Longest a file tool may take, ms; a pattern that never ends is ended with its cell. */
const FILE_LIMIT_MS = 60_000;

/** A timer can't be longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Time beyond a run's own limit, or after a cancel, before the cell is ended instead. */
const GRACE_MS = 5_000;

/** Calls a cell and ends it when it does not answer in time: the worker inside may be stuck. */
async function callInTime(
  running: Running,
  method: string,
  params: unknown,
  { signal, onEvent }: { signal?: AbortSignal | undefined; onEvent?: (event: unknown) => void },
): Promise<unknown> {
  const { timeoutMs } = (params ?? {}) as { timeoutMs?: number };
  const end = () =>
    running.stop(
      new AppError("hands.stuck", `"${method}" did not end in time; its cell was ended`, {
        hint: "Narrow the call; the next one starts a new cell",
      }),
    );
  const timers = [setTimeout(end, timeoutMs === undefined ? FILE_LIMIT_MS : timeoutMs + GRACE_MS)];
  const onAbort = () => timers.push(setTimeout(end, GRACE_MS));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await running.client.call(method, params, { signal, onEvent });
  } finally {
    signal?.removeEventListener("abort", onAbort);
    for (const timer of timers) clearTimeout(timer);
  }
}

/** A grant, as a set stands on it. */
export function wordsOf({ permission, value }: Grant): string {
  return `${permission} ${value}`;
}

/** Makes a router. */
export function createHandsRouter(deps: HandsRouterDeps): HandsRouter {
  let warm: {
    key: string;
    running: Promise<Running>;
    granted: readonly string[];
    afterwards(): void;
  } | null = null;
  let calls = 0;
  let wrote = false;
  /** Ends of the risky programs that ran in the warm cell. */
  let risky: (() => void)[] = [];
  const own = new Set<OwnCall>();
  let idle: ReturnType<typeof setTimeout> | undefined;
  let expiry: ReturnType<typeof setTimeout> | undefined;

  async function endWarm(why: string): Promise<void> {
    const ending = warm;
    warm = null;
    clearTimeout(idle);
    clearTimeout(expiry);
    if (!ending) return;
    const running = await ending.running.catch(() => null);
    running?.stop(new AppError("hands.ended", why));
    await running?.ended;
    if (wrote) ending.afterwards();
    wrote = false;
  }

  async function obtain(): Promise<Running> {
    clearTimeout(idle);
    const plan = await deps.plan("default", []);
    endUnheld(plan.standsOn);
    const dead = warm && (await warm.running.catch(() => null))?.client.closed;
    if (warm && (warm.key !== plan.key || dead)) {
      await endWarm("The cell was ended because what it may touch changed");
    }
    if (!warm) {
      const { key, granted, afterwards } = plan;
      const mine = { key, granted, running: plan.start(), afterwards };
      warm = mine;
      mine.running.catch(() => {
        if (warm === mine) warm = null;
      });
      if (plan.expiresAtMs !== null) {
        // A longer wait than a timer takes is looked at again by then.
        const wait = Math.min(Math.max(plan.expiresAtMs - deps.now(), 0), LONGEST_TIMER_MS);
        expiry = setTimeout(() => endWarm("A grant ran out; the cell was ended"), wait);
      }
    }
    return await warm.running;
  }

  /** Ends the calls whose cells stand on what is no longer in force. */
  function endUnheld(inForce: readonly string[]): void {
    for (const { standsOn, stop } of own) {
      if (standsOn.every((one) => inForce.includes(one))) continue;
      stop.abort(
        new AppError("hands.ended", "It was ended because what its cell may touch changed"),
      );
    }
  }

  /** Ends the calls whose use of a counted grant was taken back; one that is used up goes on. */
  async function endRevoked(): Promise<void> {
    for (const { leased, stop } of own) {
      const revoked = await Promise.all(leased.map(deps.isRevoked));
      if (revoked.some(Boolean)) {
        stop.abort(new AppError("hands.ended", "It was ended because its grant was revoked"));
      }
    }
  }

  /** Ends what runs on a grant that was revoked meanwhile, by whatever process. */
  async function look(): Promise<void> {
    const now = await deps.plan("default", []);
    endUnheld(now.standsOn);
    await endRevoked();
    if (warm && !warm.granted.every((one) => now.granted.includes(one))) {
      await endWarm("The cell was ended because a grant was revoked");
    }
  }

  /** Runs a call and looks meanwhile whether what it stands on is still there. */
  async function whileHeld<T>(run: () => Promise<T>): Promise<T> {
    // What cannot be looked at is looked at again with the next call.
    const timer = setInterval(() => look().catch(() => {}), deps.lookMs);
    try {
      return await run();
    } finally {
      clearInterval(timer);
    }
  }

  /** Runs one call in a cell that is made for it and ends with it. */
  async function callAlone(
    method: string,
    params: unknown,
    { signal, onEvent, variant = "default", leased = [] }: Parameters<HandsWire>[2],
  ): Promise<unknown> {
    const plan = await deps.plan(variant, leased);
    endUnheld(plan.standsOn);
    const stop = new AbortController();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const call: OwnCall = { standsOn: plan.standsOn, leased, stop, over };
    own.add(call);
    const ends = plan.expiresAtMs === null ? undefined : setTimeout(
      () => stop.abort(new AppError("hands.ended", "A grant ran out; its cell was ended")),
      Math.min(Math.max(plan.expiresAtMs - deps.now(), 0), LONGEST_TIMER_MS),
    );
    try {
      const running = await plan.start();
      try {
        return await callInTime(running, method, params, {
          signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
          ...onEvent ? { onEvent } : {},
        });
      } finally {
        running.stop(new AppError("hands.ended", "The cell ended with its one call"));
        await running.ended;
        plan.afterwards();
      }
    } catch (error) {
      // Why it was ended says more than that it was.
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      clearTimeout(ends);
      own.delete(call);
      resolve();
    }
  }

  // Calls wait for each other only while a cell is being chosen, never while they run.
  let choosing: Promise<unknown> = Promise.resolve();
  function choose(): Promise<Running> {
    const next = choosing.then(obtain, obtain);
    choosing = next.catch(() => {});
    return next;
  }

  return {
    async call(method, params, options) {
      const end = STARTING.has(method) ? await deps.begin(options.signal) : () => {};
      // What was leased for one call is in no cell that another call, of a sub-agent too, runs in.
      const isLeased = (options.leased ?? []).length > 0;
      // What a fresh cell writes (`.git`) is read-only in the warm one; both at once is fine.
      if (isLeased || options.ownCell || (options.variant ?? "default") !== "default") {
        return await whileHeld(() => callAlone(method, params, options)).finally(end);
      }
      const running = await choose().catch((error) => {
        end();
        throw error;
      });
      calls++;
      if (WRITING.has(method)) wrote = true;
      const isRisky = deps.isRisky(method, params);
      // What it left behind runs until its cell ends, however long another call keeps that.
      if (isRisky) risky.push(end);
      try {
        return await whileHeld(() =>
          callInTime(running, method, params, {
            signal: options.signal,
            ...options.onEvent ? { onEvent: options.onEvent } : {},
          })
        );
      } finally {
        calls--;
        if (!isRisky) end();
        if (calls === 0 && risky.length > 0) {
          // Whoever forged the answer still runs: only the end of its namespace is its end, and
          // only then nothing changes while we look.
          const ends = risky;
          risky = [];
          const ending = choosing.then(() => endWarm("The cell ended with the program it ran"))
            .finally(() => ends.forEach((one) => one()));
          choosing = ending.catch(() => {});
          await ending;
        } else if (calls === 0) {
          clearTimeout(idle);
          idle = setTimeout(() => endWarm("The cell was idle"), deps.idleMs);
          Deno.unrefTimer(idle as unknown as number);
        }
      }
    },
    warm: choose,
    async recheck() {
      if (own.size > 0) endUnheld((await deps.plan("default", [])).standsOn);
    },
    async end() {
      for (const { stop } of own) stop.abort(new AppError("hands.ended", "ward ends"));
      await Promise.all([endWarm("ward ends"), ...[...own].map(({ over }) => over)]);
    },
  };
}
