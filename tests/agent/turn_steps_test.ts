import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { runTurn } from "../../src/kernel/agent/run_turn.ts";
import type { TurnSteps } from "../../src/kernel/agent/turn.ts";
import { says, ScriptedModel } from "../fakes/scripted_model.ts";
import { kit } from "./turn_kit.ts";

/** Steps that note what they were given, and store the message as the mailbox does. */
function noting(begin: TurnSteps["begin"]): TurnSteps & { ends: unknown[] } {
  const ends: unknown[] = [];
  return {
    ends,
    begin,
    end: ({ outcome, reason, text, answer }, audit) => {
      const rows = audit.map(({ kind, subject }) => `${kind} ${subject}`);
      ends.push([outcome, reason, text, answer?.text, rows]);
      return Promise.resolve();
    },
  };
}

Deno.test("a message of a chat is stored with its row, and its turn ends with its answer", async () => {
  const k = await kit([says("Hello back")]);
  const steps = noting(() => k.store.appendUser(k.sessionId, "stored with its row"));
  const { sessionId, stop: { signal } } = k;
  await runTurn(k.deps, { sessionId, text: "hello", signal, steps });
  deepEqual((await k.messages()).map((m) => [m.role, "text" in m && m.text]), [
    ["user", "stored with its row"],
  ]);
  deepEqual(steps.ends, [["complete", null, "Hello back", "Hello back", ["turn complete"]]]);
  deepEqual(k.store.log, ["user"], "answer and end are stored by the steps alone");
});

Deno.test("a turn that was cut off goes on, and the message is not said twice", async () => {
  const model = new ScriptedModel([says("The answer")]);
  const k = await kit(model);
  const { sessionId, stop: { signal } } = k;
  await k.store.appendUser(sessionId, "hello");
  const steps = noting(null);
  await runTurn(k.deps, { sessionId, text: "hello", signal, steps });
  deepEqual(model.requests[0]?.messages, [{ role: "user", text: "hello" }]);
  deepEqual((await k.messages()).map((m) => m.role), ["user"]);
  equal(steps.ends.length, 1);
});

Deno.test("a turn that was cut off behind its answer asks no model again", async () => {
  const model = new ScriptedModel([says("Another answer")]);
  const k = await kit(model);
  const { sessionId, stop: { signal } } = k;
  await k.store.appendUser(sessionId, "hello");
  const answer = { text: "The answer", toolCalls: [], model: "m", usage: null };
  await k.store.appendAssistant(sessionId, answer);
  const steps = noting(null);
  const result = await runTurn(k.deps, { sessionId, text: "hello", signal, steps });
  deepEqual([result.outcome, result.text], ["complete", "The answer"]);
  equal(model.requests.length, 0);
  // It is stored already.
  deepEqual(steps.ends, [["complete", null, "The answer", undefined, ["turn complete"]]]);
});

Deno.test("half an answer that was kept is not the answer: the model is asked for all of it", async () => {
  const model = new ScriptedModel([says("The whole answer")]);
  const k = await kit(model);
  const { sessionId, stop: { signal } } = k;
  await k.store.appendUser(sessionId, "hello");
  await k.store.appendAssistant(sessionId, {
    text: "Half an\n\n[incomplete: the turn ended here as stopped]",
    toolCalls: [],
    model: "m",
    usage: null,
  });
  const steps = noting(null);
  const result = await runTurn(k.deps, { sessionId, text: "hello", signal, steps });
  equal(result.text, "The whole answer");
  deepEqual(model.requests[0]?.messages.at(-1), {
    role: "user",
    text: "[ward was stopped here and started again. Give the whole answer.]",
    own: "",
  });
});

Deno.test("an end that is not stored with its answer is no end", async () => {
  const k = await kit([says("Hello back")]);
  const { sessionId, stop: { signal } } = k;
  const steps: TurnSteps = {
    begin: () => Promise.resolve(),
    end: () => Promise.reject(new Error("disk full")),
  };
  await rejects(runTurn(k.deps, { sessionId, text: "hello", signal, steps }), /disk full/);
  ok(!k.events.some((event) => event.type === "ended"));
});

Deno.test("an answer that cannot be held against the log is stored all the same, and that is told", async () => {
  const k = await kit([says("I deleted notes.txt and sent the email.")]);
  k.store.listAudit = () => Promise.reject(new Error("busy"));
  equal((await k.run()).outcome, "complete");
  equal(k.store.log.at(-1), "assistant, end complete");
  equal(k.store.usages.length, 1);
  ok(k.events.some((event) => event.type === "notice" && /claims not checked/.test(event.text)));
});
