/** Waiting for a device code, with a clock that stands still until it is told to go on. */
import { equal, rejects } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { pollDevice } from "../../src/kernel/accounts/poll_device.ts";
import type { Clock } from "../../src/kernel/ports.ts";
import type { DevicePoll } from "../../src/model/services/account.ts";

/** A clock whose delays end at once and are remembered. */
function jumpingClock(): Clock & { readonly waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    monotonic: () => now,
    delay(ms) {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

async function poll(
  answers: (DevicePoll<string> | AppError)[],
  expiresInMs: number = 900_000,
): Promise<{ waits: readonly number[]; granted: string }> {
  const clock = jumpingClock();
  const rest = [...answers];
  const granted = await pollDevice({ intervalMs: 5_000, expiresInMs }, () => {
    const answer = rest.length > 1 ? rest.shift()! : rest[0]!;
    return answer instanceof AppError ? Promise.reject(answer) : Promise.resolve(answer);
  }, {
    clock,
    signal: new AbortController().signal,
    title: "Copilot",
    mend: "ward connect copilot",
  });
  return { waits: clock.waits, granted };
}

const pending = { state: "pending" } as const;
const slower = { state: "slow_down" } as const;
const granted = { state: "granted", granted: "tokens" } as const;

Deno.test("each poll waits for the interval, and slow_down makes all later waits longer", async () => {
  const { waits, granted: given } = await poll([pending, slower, pending, slower, granted]);
  equal(given, "tokens");
  equal(waits.join(), "5000,5000,10000,10000,15000");
});

Deno.test("a service that cannot be reached for a while is asked again, and more slowly", async () => {
  const { waits } = await poll([new AppError("account.unreachable", "x"), pending, granted]);
  equal(waits.join(), "5000,10000,10000");
});

Deno.test("a refusal ends it, and says how to try again", async () => {
  await rejects(poll([pending, { state: "denied" }]), {
    code: "account.denied",
    hint: /ward connect copilot/,
  });
});

Deno.test("a code that has expired there, or by its own time, ends it", async () => {
  await rejects(poll([pending, { state: "expired" }]), { code: "account.expired" });
  await rejects(poll([pending], 60_000), { code: "account.expired" });
});

Deno.test("attack: a service that names no end does not keep anybody waiting for ever", async () => {
  await rejects(poll([pending], Number.MAX_SAFE_INTEGER), { code: "account.expired" });
});

Deno.test("what cannot pass is not asked again", async () => {
  await rejects(poll([new AppError("account.redirected", "x"), granted]), {
    code: "account.redirected",
  });
});
