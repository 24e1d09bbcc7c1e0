/** What every caller does with the `fetch` it is given, whatever lies between. */
import assert from "node:assert/strict";
import { loadCaller } from "../../../src/compartments/models/protocols/caller.ts";
import { failureOfError } from "../../../src/compartments/models/failure.ts";
import type { ModelEvent } from "../../../src/model/conversation/model_stream.ts";
import { SPEAKERS } from "../../fakes/services/all.ts";
import type { Speaker } from "../../fakes/services/speaker.ts";
import { collect, KEY, modelRequest } from "../start_thread.ts";
import { CALL } from "./reading.ts";

/** Azure's two SDKs are told apart by the address. */
const ADDRESSES: readonly (readonly [Speaker, string])[] = SPEAKERS.flatMap((speaker) => {
  const address = `http://127.0.0.1:9${speaker.basePath}`;
  const dated = [speaker, `${address}?api-version=2024-10-21`] as const;
  return [[speaker, address], ...speaker.protocol === "azure" ? [dated] : []];
});

/** One call with this `fetch`. */
async function callOf(
  [{ protocol, model }, baseUrl]: typeof ADDRESSES[number],
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<ModelEvent[]> {
  const caller = await loadCaller({
    ...{ name: protocol, protocol, baseUrl, apiKey: KEY, keySource: null },
  });
  return await collect(caller.stream(modelRequest({ model }), CALL, fetch, signal));
}

Deno.test("no SDK has a time limit of its own before an answer: the kernel's is the only one", async () => {
  for (const address of ADDRESSES) {
    const stop = new AbortController();
    const timers: number[] = [];
    const { setTimeout: original } = globalThis;
    globalThis.setTimeout = ((run: () => void, ms = 0, ...rest: unknown[]) => {
      timers.push(ms);
      return original(run, ms, ...rest as []);
    }) as typeof setTimeout;
    try {
      const asked = Promise.withResolvers<void>();
      const hanging: typeof fetch = (_input, init) => {
        asked.resolve();
        return new Promise((_, reject) =>
          init?.signal?.addEventListener("abort", () => reject(new Error("stopped")))
        );
      };
      const call = callOf(address, hanging, stop.signal).catch(() => []);
      await asked.promise;
      stop.abort();
      await call;
    } finally {
      globalThis.setTimeout = original;
    }
    // A timer for longer than this would fire at once.
    assert.deepEqual(timers.filter((ms) => ms !== 2 ** 31 - 1), [], `${address[1]}: ${timers}`);
  }
});

Deno.test("an answer without a body is one that broke off, and nothing waits for more", async () => {
  for (const address of ADDRESSES) {
    const empty = () => Promise.resolve(new Response(null, { status: 204 }));
    const state = { aborted: false, started: true, nowMs: 0 };
    const events = await callOf(address, empty, new AbortController().signal).catch((error) => [
      { type: "failed" as const, failure: failureOfError(CALL, error, state) },
    ]);
    const last = events.at(-1);
    assert.equal(last?.type === "failed" && last.failure.code, "model.cut", address[1]);
  }
});
