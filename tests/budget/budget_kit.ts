/** Calls under caps: the real wrapper over the real ledger, with a service that is made up. */
import { TaskMeter } from "../../src/kernel/budget/task_meter.ts";
import { type BudgetParts, withBudget } from "../../src/kernel/budget/with_budget.ts";
import { using, withFolder } from "../store/store_kit.ts";
import type { ModelPort } from "../../src/kernel/ports.ts";
import type { CapFact } from "../../src/model/conversation/budget.ts";
import type { ModelEvent, ModelRequest } from "../../src/model/conversation/model_stream.ts";
import type { ResolvedSettings } from "../../src/model/settings.ts";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";

type Budget = ResolvedSettings["budget"];

/** No caps at all. */
export const NO_CAPS: Budget = {
  taskTokens: 1_000_000_000,
  taskUsd: null,
  sessionTokens: null,
  sessionUsd: null,
  dailyTokens: null,
  dailyUsd: null,
  warnAt: 0.8,
  unknownPrice: "refuse",
};

/** A model of the price table: $1.25 in, $10 out for a million. */
export const PRICED = { provider: "openai", model: "gpt-5" };

const NOON = Date.UTC(2026, 10, 21, 12);

/** A new store with a session, at noon of a day. */
export async function inStore(
  body: (store: EncryptedStore, sessionId: string, clock: { now: number }) => Promise<void>,
): Promise<void> {
  const clock = { now: NOON };
  await withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const { id } = await store.createSession({ workspace: "/w", title: "t" });
      await body(store, id, clock);
    }, { now: () => clock.now })
  );
}

/** A request. */
export function request(parts: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: PRICED.model,
    system: "",
    messages: [{ role: "user", text: "hi" }],
    tools: [],
    maxOutputTokens: 100,
    ...parts,
  };
}

/** 1,500 characters in no order, the same ones each time. */
export function scrambled(alphabet: string): string {
  let state = 1;
  return Array.from({ length: 1_500 }, () => {
    state = state * 48_271 % 2_147_483_647;
    return alphabet[state % alphabet.length];
  }).join("");
}

/** A port that counts its calls and answers with what it is given. */
export function service(answer: (request: ModelRequest) => readonly ModelEvent[]): ModelPort & {
  calls: number;
} {
  const port = {
    calls: 0,
    async *stream(asked: ModelRequest) {
      port.calls++;
      yield* answer(asked);
    },
  };
  return port;
}

/** An answer that used so much. */
export function used(inputTokens: number, outputTokens: number): ModelEvent[] {
  return [
    { type: "text", text: "ok" },
    { type: "usage", usage: { inputTokens, outputTokens, cachedTokens: 0 } },
    { type: "end", stopReason: "end" },
  ];
}

/** Wraps a port for one task, and remembers what it was told. */
export function capped(
  port: ModelPort,
  store: EncryptedStore,
  sessionId: string,
  budget: Partial<Budget>,
  parts: Partial<BudgetParts> = {},
): ModelPort & { warnings: CapFact[]; reached: CapFact[] } {
  const all = { ...NO_CAPS, ...budget };
  const warnings: CapFact[] = [];
  const reached: CapFact[] = [];
  const wrapped = withBudget(port, {
    provider: PRICED.provider,
    sessionId,
    meter: new TaskMeter({ tokens: all.taskTokens, usd: all.taskUsd }, all.warnAt),
    ledger: store,
    budget: all,
    ratios: new Map(),
    onWarning: (cap) => warnings.push(cap),
    onReached: (cap) => reached.push(cap),
    ...parts,
  });
  return { ...wrapped, warnings, reached };
}

/** One call as a turn makes it: its use is stored with the answer. @returns How it ended. */
export async function call(
  port: ModelPort,
  store: EncryptedStore,
  sessionId: string,
  asked: ModelRequest = request(),
  /** Aborted at the first word of the answer. */
  stop: AbortController | null = null,
): Promise<string> {
  const { callModel, callOf } = await import("../../src/kernel/agent/call_model.ts");
  const signal = (stop ?? new AbortController()).signal;
  const answer = await callModel(port, asked, { signal, onText: () => stop?.abort() });
  const deps = { modelId: asked.model } as Parameters<typeof callOf>[0];
  if (answer.text !== "" || answer.usage !== null) {
    const stored = callOf(deps, answer, 1);
    await store.appendAssistant(sessionId, { text: answer.text, toolCalls: [], ...stored });
  }
  return answer.ending.type === "failed" ? answer.ending.failure.code : answer.ending.type;
}
