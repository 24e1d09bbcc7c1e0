import { deepEqual, equal } from "node:assert/strict";
import { createSupervisor, type ServiceState } from "../../src/daemon/supervisor.ts";
import { AppError } from "../../src/base/app_error.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

/** A supervisor with a clock that stands still; `states` is what it told. */
function watched() {
  const clock = new FakeClock();
  const states: ServiceState[] = [];
  const logged: unknown[] = [];
  const supervisor = createSupervisor({
    clock,
    random: { fraction: () => 0.5 },
    log: { write: (level, event, fields) => logged.push([level, event, fields]) },
    onChange: (state) => states.push(state),
  });
  /** Waits until a delay of the clock begins. */
  const asleep = async () => {
    while (clock.waiting === 0) await new Promise((go) => setTimeout(go));
  };
  return { clock, supervisor, states, logged, asleep };
}

Deno.test("a service that fails is run again after 5, 10, 20, 40 and 60 s; others go on", async () => {
  const { clock, supervisor, states, asleep } = watched();
  let runs = 0;
  let isOtherOver = false;
  await supervisor.start({
    name: "other",
    run: (signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          isOtherOver = true;
          resolve();
        })
      ),
  });
  await supervisor.start({
    name: "failing",
    run: () => Promise.reject(new AppError("a.b", `failure ${++runs}`)),
  });
  for (const wait of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    await asleep();
    const before = runs;
    clock.advance(wait - 1);
    await Promise.resolve();
    equal(runs, before, "not sooner");
    clock.advance(1);
  }
  await asleep();
  equal(runs, 7);
  const last = states.at(-1)!;
  deepEqual([last.name, last.state, last.failures, last.why], [
    "failing",
    "waiting",
    7,
    "failure 7",
  ]);
  equal(isOtherOver, false);
  deepEqual(supervisor.states().map(({ name }) => name), ["other", "failing"]);
  await supervisor.close();
  equal(isOtherOver, true);
  deepEqual(supervisor.states(), []);
});

Deno.test("a minute without a failure makes the next wait a short one again", async () => {
  const { clock, supervisor, states, asleep } = watched();
  let fail = Promise.withResolvers<void>();
  await supervisor.start({
    name: "shaky",
    run: () => {
      fail = Promise.withResolvers();
      return fail.promise;
    },
  });
  for (let count = 1; count <= 3; count++) {
    fail.reject(new AppError("a.b", "no"));
    await asleep();
    clock.advance(60_000);
    await new Promise((go) => setTimeout(go));
  }
  equal(states.at(-1)!.failures, 3);
  clock.advance(60_000);
  fail.reject(new AppError("a.b", "no"));
  await asleep();
  equal(states.at(-1)!.failures, 1);
  await supervisor.close();
});

Deno.test("what no other try mends is not tried again, and words of strangers are not shown", async () => {
  const { supervisor, states, logged } = watched();
  await supervisor.start({
    name: "revoked",
    run: () =>
      Promise.reject(new AppError("channel.token", "The token is over", { hint: "Renew it" })),
  });
  await supervisor.start({
    name: "odd",
    run: () => Promise.reject(new Error("secret 4711")),
  });
  while (states.length < 4) await new Promise((go) => setTimeout(go));
  const state = (name: string) => supervisor.states().find((one) => one.name === name);
  const shown = (name: string) => [state(name)?.state, state(name)?.code, state(name)?.why];
  deepEqual(shown("revoked"), ["over", "channel.token", "The token is over. Renew it"]);
  deepEqual(shown("odd").slice(0, 2), ["waiting", "internal"]);
  equal(JSON.stringify([states, logged]).includes("4711"), false);
  await supervisor.close();
});

Deno.test("a service of the same name takes the place of the one before, which ends first", async () => {
  const { supervisor } = watched();
  const order: string[] = [];
  const named = (version: string) => ({
    name: "bot",
    run: async (signal: AbortSignal) => {
      order.push(`begin ${version}`);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      order.push(`end ${version}`);
    },
  });
  await supervisor.start(named("1"));
  await supervisor.start(named("2"));
  await supervisor.end("bot");
  deepEqual(order, ["begin 1", "end 1", "begin 2", "end 2"]);
  await supervisor.end("nobody");
});
