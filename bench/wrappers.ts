/** What each wrapper of a model adds to one call, beside the bare port; a call has 100 messages. */
import { NO_CAPS } from "../tests/budget/budget_kit.ts";
import { systemClock, systemRandom } from "../src/host/process/system.ts";
import { TaskMeter } from "../src/kernel/budget/task_meter.ts";
import { withBudget } from "../src/kernel/budget/with_budget.ts";
import { EncryptedStore } from "../src/compartments/store/encrypted_store.ts";
import { withRetries } from "../src/kernel/models/calls/resilient.ts";
import { withFallback } from "../src/kernel/models/calls/with_fallback.ts";
import type { ModelPort } from "../src/kernel/ports.ts";
import { PATTERNS } from "../src/kernel/redaction/patterns.ts";
import { Redactor } from "../src/kernel/redaction/redactor.ts";
import { createRedaction } from "../src/kernel/redaction/with_redaction.ts";
import { TurnRoute } from "../src/kernel/routing/turn_route.ts";
import type { Message } from "../src/model/conversation/message.ts";
import type { ModelRequest } from "../src/model/conversation/model_stream.ts";
import { judged, type Line } from "./lines.ts";
import { median } from "./measure_process.ts";

const CALLS = 200;

const ALL_PATTERNS = Object.values(PATTERNS).flat();

/** An answer of 50 pieces. */
const bare: ModelPort = {
  async *stream() {
    for (let n = 0; n < 50; n++) yield { type: "text", text: "some words of an answer " };
    yield { type: "usage", usage: { inputTokens: 9_000, outputTokens: 300, cachedTokens: 0 } };
    yield { type: "end", stopReason: "end" };
  },
};

const LIMITS = {
  firstByteMs: 45_000,
  stallMs: 90_000,
  streamMs: 180_000,
  tries: 4,
  waitMs: 60_000,
};

/** Measures them one by one. */
export async function measureWrappers(): Promise<Line[]> {
  const dataDir = await Deno.makeTempDir({ prefix: "ward-wrappers-" });
  const engine = import.meta.resolve("@journeyapps/wa-sqlite/dist/mc-wa-sqlite.wasm");
  const module = await WebAssembly.compile(await Deno.readFile(new URL(engine)));
  const store = await EncryptedStore.open({ dataDir, module, keyHex: "5".repeat(64) });
  const { id: sessionId } = await store.createSession({ workspace: "/w", title: "" });
  const budget = (caps: { dailyTokens: number | null }) =>
    withBudget(bare, {
      provider: "openai",
      sessionId,
      meter: new TaskMeter({ tokens: NO_CAPS.taskTokens, usd: null }, 0.8),
      ledger: store,
      budget: { ...NO_CAPS, ...caps },
      ratios: new Map(),
      onWarning: () => {},
      onReached: () => {},
    });
  const redactor = new Redactor({
    patterns: ALL_PATTERNS,
    secrets: () => [],
    nonce: "bench1",
  });
  const ports: readonly (readonly [string, ModelPort])[] = [
    [
      "retry",
      withRetries(bare, {
        clock: systemClock,
        random: systemRandom,
        limits: LIMITS,
        onRetry: () => {},
      }),
    ],
    ["budget, caps of a task", budget({ dailyTokens: null })],
    ["budget, a cap of a day (one commit)", budget({ dailyTokens: 1_000_000_000_000 })],
    [
      "fallback",
      withFallback([{ provider: "a", model: "m", port: bare }], {
        clock: systemClock,
        coolDowns: new Map(),
        onFallback: () => {},
      }),
    ],
    ["redaction, one new message of 2 KB", createRedaction(redactor).wrap(bare)],
  ];
  try {
    const without = await callMs(bare);
    const lines: Line[] = [];
    for (const [name, port] of ports) {
      const ms = await callMs(port);
      const detail = `${ms.toFixed(2)} ms beside ${without.toFixed(2)} ms`;
      lines.push(judged(`a call through ${name}`, Math.max(0, ms - without), "ms", {}, detail));
    }
    lines.push(longLine(), judged("routing: a decision", decisionMs(), "ms"));
    return lines;
  } finally {
    await store.close();
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Each call has one message more than the one before, as rounds of a turn have. */
async function callMs(port: ModelPort): Promise<number> {
  const messages: Message[] = Array.from({ length: 100 }, (_, n) => message(n));
  const times: number[] = [];
  for (let n = 0; n < CALLS; n++) {
    messages.push(message(100 + n));
    const request: ModelRequest = {
      model: "gpt-5",
      system: "You are ward.",
      messages: [...messages],
      tools: [],
      maxOutputTokens: 8_192,
    };
    const started = performance.now();
    for await (const _ of port.stream(request, { signal: new AbortController().signal }));
    times.push(performance.now() - started);
  }
  return median(times);
}

function message(n: number): Message {
  const words = `line ${n} of a file that somebody read, with some words in it\n`.repeat(34);
  return { role: "tool", callId: `c${n}`, name: "read", ok: true, content: words };
}

/** Patterns take time that grows with the text and no faster, also where nothing ever ends. */
function longLine(): Line {
  const [short = 0, long = 0] = [10_240, 102_400].map((length) => {
    const hex = "0123456789abcdef".repeat(length / 16);
    const times: number[] = [];
    for (let n = 0; n < CALLS / 4; n++) {
      const redactor = new Redactor({ patterns: ALL_PATTERNS, secrets: () => [], nonce: "bench1" });
      const started = performance.now();
      redactor.redact(hex);
      times.push(performance.now() - started);
    }
    return median(times);
  });
  const detail = `${long.toFixed(2)} ms beside ${short.toFixed(2)} ms`;
  const what = "redaction: a line of 100 KB of hex beside one of 10 KB";
  return judged(what, long / short, "×", { goal: 15, line: 30 }, detail);
}

function decisionMs(): number {
  const text = "Refactor src/main.ts, then run the unit tests, and finally fix what fails. ".repeat(
    10,
  );
  const times: number[] = [];
  for (let n = 0; n < CALLS; n++) {
    const started = performance.now();
    new TurnRoute({
      text,
      tools: [],
      previousFailed: false,
      uncertaintyThreshold: 0.55,
      models: { fast: "f", primary: "p", smart: "s" },
      onDecision: () => {},
    });
    times.push(performance.now() - started);
  }
  return median(times);
}
