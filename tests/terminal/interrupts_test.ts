import { deepEqual } from "node:assert/strict";
import { createInterrupts } from "../../src/app/start/interrupts.ts";
import { ManualClock } from "../cli/streams.ts";

/** Interrupts at these instants while an answer that never ends is under way. */
async function during(...atMs: number[]): Promise<{ stopped: boolean; leaving: boolean }> {
  const clock = new ManualClock();
  await clock.advance(1_000);
  const interrupts = createInterrupts(clock);
  const answer = Promise.withResolvers<void>();
  let stopped = false;
  const done = interrupts.during((signal) => {
    signal.addEventListener("abort", () => stopped = true);
    return answer.promise;
  });
  let now = 0;
  for (const at of atMs) {
    await clock.advance(at - now);
    now = at;
    interrupts.interrupt();
  }
  const { aborted: leaving } = interrupts.leaving;
  answer.resolve();
  await done;
  return { stopped, leaving };
}

Deno.test("interrupts: the first stops the answer, a later one leaves", async () => {
  deepEqual(await during(0), { stopped: true, leaving: false });
  deepEqual(await during(0, 300), { stopped: true, leaving: true });
});

Deno.test("interrupts: two within 300 ms are one", async () => {
  deepEqual(await during(0, 299), { stopped: true, leaving: false });
});

Deno.test("interrupts: with no answer under way one leaves", () => {
  const clock = new ManualClock();
  const interrupts = createInterrupts(clock);
  interrupts.interrupt();
  deepEqual(interrupts.leaving.aborted, true);
});
