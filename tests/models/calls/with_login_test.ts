/** A model that is paid by a login: a good token before each call, a refused one replaced once. */
import { deepEqual, equal, match } from "node:assert/strict";
import { AppError } from "../../../src/base/app_error.ts";
import { withLogin } from "../../../src/kernel/models/calls/with_login.ts";
import type { ModelEvent } from "../../../src/model/conversation/model_stream.ts";
import { modelRequest } from "../start_thread.ts";

const DONE: ModelEvent[] = [{ type: "text", text: "hi" }, { type: "end", stopReason: "end" }];

const refusal = (status: number): ModelEvent[] => [{
  type: "failed",
  failure: { code: "model.unauthorized", message: "the key was refused", status },
}];

async function run(answers: ModelEvent[][], prepare: (refused?: string) => Promise<string>) {
  let calls = 0;
  const port = withLogin({
    async *stream() {
      yield* answers[Math.min(calls++, answers.length - 1)]!;
    },
  }, { prepare, mend: "ward auth claude login" });
  const events: ModelEvent[] = [];
  const { signal } = new AbortController();
  for await (const event of port.stream(modelRequest(), { signal })) events.push(event);
  return { events, calls };
}

Deno.test("each call is prepared, and its answer passes through", async () => {
  const asked: (string | undefined)[] = [];
  const { events } = await run([DONE], (refused) => {
    asked.push(refused);
    return Promise.resolve("t1");
  });
  deepEqual(events, DONE);
  deepEqual(asked, [undefined]);
});

Deno.test("a refused token is replaced once, and the call made again; a second refusal is the end", async () => {
  const asked: (string | undefined)[] = [];
  const prepare = (refused?: string) => {
    asked.push(refused);
    return Promise.resolve(`t${asked.length}`);
  };
  deepEqual((await run([refusal(401), DONE], prepare)).events, DONE);
  deepEqual(asked, [undefined, "t1"]);
  const { events, calls } = await run([refusal(401)], prepare);
  equal(calls, 2);
  const [last] = events;
  match(last?.type === "failed" ? last.failure.hint ?? "" : "", /ward auth claude login/);
});

Deno.test("an answer that says nothing of the token renews nothing", async () => {
  const { calls } = await run([refusal(403)], () => Promise.resolve("t1"));
  equal(calls, 1);
});

Deno.test("a login that does not work ends the call with what mends it; a passing cause can be tried again", async () => {
  const failing = (code: string) =>
    run([DONE], () => Promise.reject(new AppError(code, "why", { hint: "do this" })));
  for (
    const [code, kind] of [
      ["account.stale", "model.unauthorized"],
      ["account.unreachable", "model.unreachable"],
      ["account.unavailable", "model.unavailable"],
      ["account.locked", "model.unavailable"],
      ["account.rejected", "model.unauthorized"],
    ] as const
  ) {
    const { events, calls } = await failing(code);
    equal(calls, 0);
    deepEqual(events, [{
      type: "failed",
      failure: { code: kind, message: "why", hint: "do this" },
    }]);
  }
});

Deno.test("a call that is stopped waits for no renewal, and is not made when that comes", async () => {
  for (const when of ["before", "meanwhile"]) {
    const coming = Promise.withResolvers<string>();
    const stop = new AbortController();
    let calls = 0;
    const port = withLogin({
      async *stream() {
        calls++;
        yield* DONE;
      },
    }, { prepare: () => coming.promise, mend: "ward auth claude login" });
    if (when === "before") stop.abort();
    const events = Array.fromAsync(port.stream(modelRequest(), { signal: stop.signal }));
    stop.abort();
    const [last, ...others] = await events;
    equal(last?.type === "failed" && last.failure.code, "model.cancelled", when);
    deepEqual(others, []);
    // What nobody waits for any more may fail.
    coming.reject(new AppError("account.unavailable", "x"));
    await coming.promise.catch(() => {});
    equal(calls, 0);
  }
});
