/**
 * What each protocol costs: bytes and tokens of what does not change from request to request, and
 * what the thread with its adapter adds to a plain request of the same bytes.
 */
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { buildSystemPrompt } from "../src/kernel/agent/system_prompt.ts";
import { toToolSpec } from "../src/kernel/agent/tool_spec.ts";
import { BackgroundCommands, BackgroundSlots } from "../src/kernel/tools/commands/background.ts";
import { systemClock } from "../src/host/process/system.ts";
import { createCommandTools } from "../src/kernel/tools/commands/command_tools.ts";
import { createFileTools } from "../src/kernel/tools/files/file_tools.ts";
import type { HandsPort } from "../src/model/cells/hands.ts";
import type { ModelRequest } from "../src/model/conversation/model_stream.ts";
import { SPEAKERS } from "../tests/fakes/services/all.ts";
import type { Speaker } from "../tests/fakes/services/speaker.ts";
import { openDesk } from "../tests/models/matrix/desk.ts";
import { judged, type Line } from "./lines.ts";
import { median } from "./measure_process.ts";

/** Calls before the first one that counts: code is compiled in them. */
const WARM_UP = 30;

/** Lines of every protocol. */
export async function measureProtocols(runs: number): Promise<Line[]> {
  const lines: Line[] = [];
  for (const speaker of SPEAKERS) lines.push(...await measureProtocol(speaker, runs));
  return lines;
}

async function measureProtocol(speaker: Speaker, runs: number): Promise<Line[]> {
  await using desk = await openDesk(speaker);
  const request = realRequest(speaker.model);
  desk.will({ text: ["ok"], usage: { input: 10, output: 1, cached: 0 } });
  const times: number[] = [];
  for (let run = 0; run < WARM_UP + runs; run++) {
    const begun = performance.now();
    await desk.ask(request);
    if (run >= WARM_UP) times.push(performance.now() - begun);
  }
  const { fixed } = desk.said();
  const { path, body } = desk.requests.at(-1)!;
  const address = new URL(path, desk.baseUrl);
  const plain: number[] = [];
  for (let run = 0; run < WARM_UP + runs; run++) {
    const begun = performance.now();
    await (await fetch(address, { method: "POST", body })).arrayBuffer();
    if (run >= WARM_UP) plain.push(performance.now() - begun);
  }
  const { protocol } = speaker;
  const bytes = new TextEncoder().encode(fixed).length;
  return [
    judged(`${protocol}: fixed part`, countTokens(fixed), "tokens", {}, `${bytes} bytes`),
    judged(
      `${protocol}: a call over a plain request`,
      median(times) - median(plain),
      "ms",
      {},
      `${median(times).toFixed(2)} ms over ${median(plain).toFixed(2)} ms`,
    ),
  ];
}

/** A request with the prompt and tools of a real turn. */
function realRequest(model: string): ModelRequest {
  const hands = {} as HandsPort;
  const workspace = "/project";
  const tools = [
    ...createFileTools({ hands, workspace }),
    ...createCommandTools({
      takeRefused: () => Promise.resolve([]),
      takeReached: () => [],
      hostCommand: "",
      hands,
      workspace,
      env: {},
      author: { name: null, email: null },
      operators: "allow",
      timeoutMs: 120_000,
      outputLimitBytes: 1,
      background: new BackgroundCommands({
        clock: systemClock,
        slots: new BackgroundSlots(1),
        timeoutMs: 1,
      }),
    }),
  ];
  return {
    model,
    system: buildSystemPrompt({
      workspace,
      date: "2026-01-01",
      layer: "bubblewrap",
      commands: true,
      instructions: "",
    }),
    tools: tools.map(toToolSpec),
    messages: [{ role: "user", text: "hello" }],
    maxOutputTokens: 8192,
    cacheKey: "bench",
  };
}
