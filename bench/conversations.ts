/** One-shots and turns with many tool calls, against a service without latency. */
import OpenAI from "openai";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { makeScratch } from "../tests/e2e/kit/ward_process.ts";
import type { BareRound } from "./bare_round.ts";
import { judged, type Line } from "./lines.ts";
import { median, peakMemory, type Program, timeInTurns } from "./measure_process.ts";

/** Tool rounds of the long turns: the first is warm by then, the second shows what each one adds. */
const [WARM, LONG] = [30, 90] as const;

/**
 * Measures one form. A profile that was used before, a new session each time.
 *
 * @param name Of the form; promises hold for `standalone`.
 * @param form Program and leading arguments.
 * @param bare What such a round costs this machine without ward.
 */
export async function measureConversations(
  name: string,
  form: readonly string[],
  runs: number,
  bare: BareRound,
): Promise<Line[]> {
  const files = Array.from({ length: LONG }, (_, n) => [`file${n}.txt`, "one\ntwo\n"] as const);
  using scratch = makeScratch(Object.fromEntries(files));
  await using mock = await startMock();
  const turn = (model: string): Program => ({
    command: form,
    args: ["agent", "-w", scratch.workspace, "-m", "go"],
    env: {
      ...scratch.env,
      WARD_PROVIDER: "openai",
      WARD_API_BASE: `${mock.url}/v1`,
      WARD_API_KEY: "test-key",
      WARD_MODEL: model,
    },
  });
  await Deno.mkdir(scratch.home, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${scratch.home}/config.toml`, "[limits]\niterations = 200\n", {
    mode: 0o600,
  });
  const [answer, read, run, readsWarm, reads, runsWarm, runsLong] = await timeInTurns(
    ["answer", "read-1", "run-1", `read-${WARM}`, `read-${LONG}`, `run-${WARM}`, `run-${LONG}`]
      .map(turn),
    runs,
  );
  const fixed = await fixedTokens(mock.url);
  const mockMs = await mock.ownMs();
  const memory = await peakMemory(turn("answer"), 5);
  const memoryWithCell = await peakMemory(turn("read-1"), 5);
  const ms = (timing = answer) => timing?.medianMs ?? NaN;
  const perRound = (long: typeof answer, short: typeof answer) =>
    (ms(long) - ms(short)) / (LONG - WARM) - mockMs;
  const fileMs = perRound(reads, readsWarm);
  const bareMs = bare.threadsMs + bare.cellMs + bare.diskMs;
  const promised = (bounds: { goal: number; line?: number }) => name === "standalone" ? bounds : {};
  const best = (timing = answer) => `best ${timing?.bestMs.toFixed(0)} ms`;
  const over = `over a bare SDK's ${mockMs.toFixed(1)} ms with the mock`;
  return [
    judged(`${name}: one-shot`, ms(answer), "ms", promised({ goal: 260, line: 350 }), best(answer)),
    judged(`${name}: one-shot, memory`, memory / 1e6, "MB", promised({ goal: 150 })),
    judged(
      `${name}: one-shot with a file read`,
      ms(read),
      "ms",
      promised({ goal: 450 }),
      best(read),
    ),
    judged(`${name}: one-shot with a command`, ms(run), "ms", {}, best(run)),
    judged(
      `${name}: with a file read, memory`,
      memoryWithCell / 1e6,
      "MB",
      promised({ goal: 150 }),
    ),
    judged(`${name}: a later file read`, fileMs, "ms", promised({ goal: 5 }), over),
    judged(
      `${name}: a later file read against its bare parts`,
      fileMs / bareMs,
      "×",
      {},
      `threads ${bare.threadsMs.toFixed(1)}, process ${bare.cellMs.toFixed(1)}, ` +
        `disk ${bare.diskMs.toFixed(1)} ms`,
    ),
    judged(
      `${name}: a later command`,
      perRound(runsLong, runsWarm),
      "ms",
      promised({ goal: 12 }),
      over,
    ),
    judged(
      `${name}: start of a cell`,
      ms(read) - ms(answer) - fileMs - mockMs,
      "ms",
      {},
      "a one-shot with a file read, less one without and a later read",
    ),
    ...name === "standalone" || name === "bundled"
      ? [judged(`${name}: fixed part of a request`, fixed, "tokens", { goal: 1200, line: 2500 })]
      : [],
  ];
}

/** Tokens (o200k) of what every request carries: the system prompt and the tools. */
async function fixedTokens(url: string): Promise<number> {
  const body = await (await fetch(url)).json();
  const system = body.messages.filter(({ role }: { role: string }) => role === "system");
  return countTokens(JSON.stringify(system)) + countTokens(JSON.stringify(body.tools));
}

/** The mock service of the benchmark. */
export interface Mock extends AsyncDisposable {
  readonly url: string;
  /**
   * What one model call costs without ward: the last request, streamed to its end by the same SDK
   * in a process that does nothing else. A round of ward's costs this and what ward adds.
   */
  ownMs(): Promise<number>;
}

/** Starts it. */
export async function startMock(): Promise<Mock> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-config",
      "--allow-net=127.0.0.1",
      new URL("mock_service.ts", import.meta.url).pathname,
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const port = Number(new TextDecoder().decode(value));
  if (!(port > 0)) throw new Error("The mock service did not start");
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async ownMs() {
      const body = await (await fetch(url)).json();
      const sdk = new OpenAI({ apiKey: "test-key", baseURL: `${url}/v1`, maxRetries: 0 });
      const times: number[] = [];
      for (let call = 0; call < 30; call++) {
        const started = performance.now();
        const stream = await sdk.chat.completions.create({ ...body, stream: true });
        for await (const _ of stream as unknown as AsyncIterable<unknown>);
        times.push(performance.now() - started);
      }
      return median(times);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await reader.cancel();
      await child.status;
    },
  };
}
