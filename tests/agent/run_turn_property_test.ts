import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { AppError } from "../../src/base/app_error.ts";
import { runTurn } from "../../src/kernel/agent/run_turn.ts";
import type { Message } from "../../src/model/conversation/message.ts";
import type { ModelEvent } from "../../src/model/conversation/model_stream.ts";
import { says, ScriptedModel } from "../fakes/scripted_model.ts";
import { answering, dangling, FakePolicy, fine, kit, NOBODY, tool } from "./turn_kit.ts";

const call: fc.Arbitrary<ModelEvent> = fc.record({
  id: fc.constantFrom("a", "b", "c", ""),
  name: fc.constantFrom("read", "write", "fails", "throws", "stops", "nope"),
  arguments: fc.constantFrom('{"path":"open"}', '{"path":"ask"}', '{"path":"never"}', "{", "", "7"),
}).map((made) => ({ type: "tool_call", call: made }));

const event: fc.Arbitrary<ModelEvent> = fc.oneof(
  { weight: 4, arbitrary: call },
  { weight: 2, arbitrary: fc.string().map((text) => ({ type: "text", text }) as const) },
  fc.record({ inputTokens: fc.nat(300), outputTokens: fc.nat(300), cachedTokens: fc.constant(0) })
    .map((usage) => ({ type: "usage", usage }) as const),
  fc.constantFrom("end", "tool_calls", "max_tokens", "refusal", "other" as const)
    .map((stopReason) => ({ type: "end", stopReason }) as ModelEvent),
  fc.constant<ModelEvent>({ type: "failed", failure: { code: "model.cut", message: "Cut" } }),
);

const script = fc.array(
  fc.array(event, { maxLength: 7 }).map((events): ModelEvent[] => [
    ...events,
    { type: "end", stopReason: "end" },
  ]),
  { minLength: 1, maxLength: 6 },
);

Deno.test("whatever model and tools do: the turn ends, and no call is left without a result", async () => {
  await fc.assert(
    fc.asyncProperty(
      script,
      fc.array(fc.constantFrom("once", "session", "always", "deny" as const)),
      fc.boolean(),
      fc.option(fc.nat(60), { nil: null }),
      async (answers, replies, somebody, killAt) => {
        const seen: (readonly Message[])[] = [];
        const model = new ScriptedModel(answers);
        const k = await kit(model, {
          policy: new FakePolicy((access) => {
            const path = "path" in access ? access.path : "";
            return path === "ask" ? "ask" : path === "never" ? "deny" : "allow";
          }),
          approver: somebody ? answering(...replies) : NOBODY,
          limits: { iterations: 8 },
          tools: [
            tool("read", "read", ({ path }) => fine(path)),
            tool("write", "write", ({ path }) => fine(path, [`write ${path}`])),
            tool("fails", "write", () => ({ ok: false, content: "", summary: "", effects: [] })),
            tool("throws", "read", () => {
              throw new AppError("x.y", "Broken");
            }),
            tool("stops", "read", (_args, { signal }) => {
              k.stop.abort();
              return Promise.reject(signal.reason);
            }),
          ],
        });
        let writes = 0;
        k.store.beforeWrite = () => {
          if (writes++ === killAt) throw new Error("killed");
        };
        const ended = await k.run().then((result) => result, () => null);
        k.store.beforeWrite = () => {};
        if (ended) {
          deepEqual(dangling(await k.messages()), []);
          equal(k.store.turns(k.sessionId).length, 1);
          equal(k.events.at(-1)?.type, "ended");
          equal(k.clock.waiting, 0);
        }
        // Killed or not, the next turn starts from a history a service accepts.
        const next = new ScriptedModel([says("ok")]);
        const signal = new AbortController().signal;
        await runTurn({ ...k.deps, model: next }, { sessionId: k.sessionId, text: "on", signal });
        for (const request of [...model.requests, ...next.requests]) seen.push(request.messages);
        for (const messages of seen) ok(dangling(messages).length === 0);
      },
    ),
    { numRuns: 200 },
  );
});
