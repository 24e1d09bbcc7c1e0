/**
 * Brings each call of the tools to a live `hands`: the warm cell, a fresh one for what needs more,
 * or, without a sandbox, a thread. When the grants change, the warm cell is ended and the next call
 * starts one with the new set.
 */
import { AppError } from "../../base/app_error.ts";
import type { Running } from "../../compartments/start.ts";
import type { CellVariant, Grant } from "../../model/cells/permission.ts";

/** What the router needs; `plan` looks at the grants of this moment. */
export interface HandsRouterDeps {
  /** The key of the set that a call would get now, and how to start it. */
  plan(variant: CellVariant, leased: readonly Grant[]): Promise<{
    key: string;
    start(): Promise<Running>;
    /** Earliest end of a grant in force, ms since the epoch. */
    expiresAtMs: number | null;
    /** Looks for what was planted; only once the cell has ended. */
    afterwards(): void;
  }>;
  /** Whether a call runs programs that may plant or forge something. */
  isRisky(method: string, params: unknown): boolean;
  /** Milliseconds without a call after which the warm cell is ended. */
  readonly idleMs: number;
  now(): number;
}

/** See {@linkcode createHandsRouter}. */
export interface HandsRouter {
  call(
    method: string,
    params: unknown,
    options: { signal?: AbortSignal | undefined; variant?: CellVariant | undefined },
  ): Promise<unknown>;
  /** A use of a grant was taken for the next call. */
  lease(grant: Grant): void;
  /** The warm cell, started if need be; for status and proof. */
  warm(): Promise<Running>;
  end(): Promise<void>;
}

/** Methods after which something new may lie in the workspace. */
const WRITING = new Set(["runPlan", "runLine", "writeFile", "editFile"]);

/** Longest a file tool may take, ms; a pattern that never ends is ended with its cell. */
const FILE_LIMIT_MS = 60_000;

/** Time beyond a run's own limit, or after a cancel, before the cell is ended instead. */
const GRACE_MS = 5_000;

/** Calls a cell and ends it when it does not answer in time: the worker inside may be stuck. */
async function callInTime(
  running: Running,
  method: string,
  params: unknown,
  signal: AbortSignal | undefined,
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
    return await running.client.call(method, params, { signal });
  } finally {
    signal?.removeEventListener("abort", onAbort);
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Makes a router. */
export function createHandsRouter(deps: HandsRouterDeps): HandsRouter {
  let warm: { key: string; running: Promise<Running>; afterwards(): void } | null = null;
  let calls = 0;
  let wrote = false;
  let risky = false;
  let leases: Grant[] = [];
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
    const plan = await deps.plan("default", leases);
    const dead = warm && (await warm.running.catch(() => null))?.client.closed;
    if (warm && (warm.key !== plan.key || dead)) {
      await endWarm("The cell was ended because what it may touch changed");
    }
    if (!warm) {
      const mine = { key: plan.key, running: plan.start(), afterwards: plan.afterwards };
      warm = mine;
      mine.running.catch(() => {
        if (warm === mine) warm = null;
      });
      if (plan.expiresAtMs !== null) {
        // A longer wait than a timer takes is looked at again by then.
        const wait = Math.min(Math.max(plan.expiresAtMs - deps.now(), 0), 2 ** 31 - 1);
        expiry = setTimeout(() => endWarm("A grant ran out; the cell was ended"), wait);
      }
    }
    return await warm.running;
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
      const mine = leases;
      const variant = options.variant ?? "default";
      if (variant !== "default") {
        // What the fresh cell writes (`.git`) is read-only in the warm one; both at once is fine.
        const plan = await deps.plan(variant, mine);
        const running = await plan.start();
        try {
          return await callInTime(running, method, params, options.signal);
        } finally {
          running.stop(new AppError("hands.ended", "The cell ended with its one call"));
          await running.ended;
          plan.afterwards();
          leases = leases.filter((grant) => !mine.includes(grant));
        }
      }
      const running = await choose();
      calls++;
      if (WRITING.has(method)) wrote = true;
      if (deps.isRisky(method, params)) risky = true;
      try {
        return await callInTime(running, method, params, options.signal);
      } finally {
        calls--;
        leases = leases.filter((grant) => !mine.includes(grant));
        if (calls === 0 && risky) {
          // Whoever forged the answer still runs: only the end of its namespace is its end, and
          // only then nothing changes while we look.
          risky = false;
          const ending = choosing.then(() => endWarm("The cell ended with the program it ran"));
          choosing = ending.catch(() => {});
          await ending;
        } else if (calls === 0) {
          clearTimeout(idle);
          idle = setTimeout(() => endWarm("The cell was idle"), deps.idleMs);
          Deno.unrefTimer(idle as unknown as number);
        }
      }
    },
    lease(grant) {
      leases = [...leases, grant];
    },
    warm: choose,
    end: () => endWarm("ward ends"),
  };
}
