import { equal, rejects } from "node:assert/strict";
import { RunningPrograms } from "../../src/app/cells/running_programs.ts";
import { createHandsRouter } from "../../src/app/cells/hands_router.ts";
import type { Running } from "../../src/compartments/start.ts";
import type { Grant } from "../../src/model/cells/permission.ts";
import type { AppError } from "../../src/base/app_error.ts";

/** A cell whose calls run until they are told to end, or it is. */
function hangingCell(): Running & {
  /** Of the calls so far, or of those of one method. */
  answer(value: unknown, method?: string): void;
  readonly asked: readonly unknown[];
} {
  const ended = Promise.withResolvers<void>();
  const calls: (PromiseWithResolvers<unknown> & { method: string })[] = [];
  const client = {
    closed: null,
    call(method: string, _params: unknown, { signal }: { signal?: AbortSignal }) {
      const call = { ...Promise.withResolvers<unknown>(), method };
      calls.push(call);
      signal?.addEventListener("abort", () => call.reject(signal.reason), { once: true });
      return call.promise;
    },
  };
  return {
    client,
    proof: [],
    ended: ended.promise,
    asked: calls,
    answer(value: unknown, method?: string) {
      const meant = calls.filter((one) => method === undefined || one.method === method);
      meant.forEach(({ resolve }) => resolve(value));
    },
    stop(reason: AppError) {
      calls.forEach(({ reject }) => reject(reason));
      ended.resolve();
    },
  } as unknown as ReturnType<typeof hangingCell>;
}

/** A router whose cells stand on what `granted` says now. */
function setUp(): {
  router: ReturnType<typeof createHandsRouter>;
  state: { granted: string[]; looks: number; leased: string[]; revoked: string[] };
  cells: ReturnType<typeof hangingCell>[];
  programs: RunningPrograms;
} {
  const state = { granted: ["run seq"], looks: 0, leased: new Array<string>(), revoked: [""] };
  const cells: ReturnType<typeof hangingCell>[] = [];
  const programs = new RunningPrograms();
  const router = createHandsRouter({
    begin: (signal) => programs.begin(signal),
    idleMs: 60_000,
    lookMs: 1,
    now: () => 0,
    isRisky: (method) => method === "runPlan",
    isRevoked: ({ id }) => Promise.resolve(state.revoked.includes(id)),
    plan(_variant, leased) {
      state.looks++;
      const { granted } = state;
      state.leased.push(leased.map(({ id }) => id).join());
      return Promise.resolve({
        key: granted.join(),
        granted,
        standsOn: granted,
        expiresAtMs: null,
        start: () => {
          const cell = hangingCell();
          cells.push(cell);
          return Promise.resolve(cell);
        },
        afterwards: () => {},
      });
    },
  });
  return { router, state, cells, programs };
}

/** Turns of the event loop until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 0));
}

for (const ownCell of [false, true]) {
  const which = ownCell ? "a cell of its own" : "the warm cell";
  Deno.test(`attack: a call that runs on in ${which} is ended when its grant is revoked`, async () => {
    const { router, state, cells } = setUp();
    const call = router.call("runPlan", { timeoutMs: 600_000 }, { signal: undefined, ownCell });
    await until(() => cells.length === 1);
    state.granted = [];
    await rejects(call, { code: "hands.ended" });
    await router.end();
  });

  Deno.test(`a grant that comes while a call runs in ${which} ends nothing`, async () => {
    const { router, state, cells } = setUp();
    const call = router.call("runPlan", { timeoutMs: 600_000 }, { signal: undefined, ownCell });
    await until(() => cells.length === 1);
    state.granted = ["run seq", "read /srv"];
    const from = state.looks;
    await until(() => state.looks > from + 2);
    equal(cells.length, 1);
    cells[0]!.answer("done");
    equal(await call, "done");
    await router.end();
  });
}

/** Counted: a call takes its one use. */
const ONCE: Grant = {
  id: "g1",
  compartment: "hands",
  permission: "read",
  value: "/srv",
  scope: { type: "once" },
  usesLeft: 1,
  grantedBy: "terminal",
  atMs: 0,
  reason: "",
};

for (const variant of ["default", "shell"] as const) {
  Deno.test(`attack: a ${variant} call on a grant for one use runs on when that grant is revoked`, async () => {
    const { router, state, cells } = setUp();
    const options = { signal: undefined, leased: [ONCE], variant };
    const call = router.call("runPlan", { timeoutMs: 600_000 }, options);
    await until(() => cells.length === 1);
    const from = state.looks;
    await until(() => state.looks > from + 2);
    // Used up is not revoked: it still ran.
    state.revoked = [ONCE.id];
    await rejects(call, { code: "hands.ended", message: /its grant was revoked/ });
    await router.end();
  });
}

Deno.test("attack: a call beside a leased one gets the cell of the lease", async () => {
  const { router, state, cells } = setUp();
  const options = { signal: undefined };
  const leased = router.call("readFile", {}, { ...options, leased: [ONCE] });
  await until(() => cells.length === 1);
  const other = router.call("readFile", {}, options);
  await until(() => cells.length === 2);
  cells[0]!.answer("of the lease");
  cells[1]!.answer("without it");
  equal(await leased, "of the lease");
  equal(await other, "without it");
  equal(state.leased.filter((ids) => ids !== "").length, 1, "one plan saw the lease");
  await router.end();
});

Deno.test("attack: what a program leaves behind runs on in a cell that another call keeps", async () => {
  const { router, cells, programs } = setUp();
  const options = { signal: undefined };
  const reading = router.call("searchFiles", {}, options);
  const program = router.call("runPlan", { timeoutMs: 600_000 }, options);
  await until(() => cells.length === 1 && programs.any);
  await until(() => cells[0]!.asked.length === 2);
  cells[0]!.answer("done", "runPlan");
  equal(await program, "done");
  equal(programs.any, true, "its cell has not ended");
  cells[0]!.answer("found", "searchFiles");
  equal(await reading, "found");
  equal(programs.any, false);
  await router.end();
});

Deno.test("programs count while they run, in whatever cell; calls of file tools do not", async () => {
  const { router, cells, programs } = setUp();
  const reading = router.call("readFile", {}, { signal: undefined });
  await until(() => cells.length === 1);
  equal(programs.any, false);
  const run = router.call("runLine", {}, { signal: undefined, ownCell: true });
  await until(() => cells.length === 2);
  equal(programs.any, true);
  cells[1]!.answer("done");
  await run;
  equal(programs.any, false);
  cells[0]!.answer("text");
  await reading;
  await router.end();
});
