/**
 * 62, without a terminal: every text of the corpus from each of those who can bring one, through the
 * code that prints it. `terminal_escapes_test.ts` has the same in a real one.
 */
import { deepEqual, ok } from "node:assert/strict";
import type { TurnEvent } from "../../../src/kernel/ports.ts";
import { markOutside, sourceOf } from "../../../src/kernel/outside/mark.ts";
import { Outside } from "../../../src/model/conversation/outside.ts";
import { createTerminalApprover } from "../../../src/surfaces/cli/approver.ts";
import {
  formatLifted,
  taintLine,
  taintText,
} from "../../../src/surfaces/cli/format/format_taint.ts";
import { KeyInput } from "../../../src/surfaces/cli/key_input.ts";
import { createMarkdownStream } from "../../../src/surfaces/terminal/markdown/stream.ts";
import { createTurnRenderer } from "../../../src/surfaces/cli/renderer.ts";
import { countBattery } from "../../battery_count.ts";
import { ManualClock, memoryOutput, TypedInput } from "../../cli/streams.ts";
import { ANSI_CORPUS, sequencesIn } from "../kit/ansi_corpus.ts";

/** Colours, and the marks of pastes around a question. */
// deno-lint-ignore no-control-regex
const OURS = /^\x1b\[(?:\d+(?:;\d+)*m|\?2004[hl])$/;

/** What the renderer prints of events, on a terminal. */
function rendered(...events: TurnEvent[]): string {
  const stdout = memoryOutput({ isTerminal: true });
  const stderr = memoryOutput({ isTerminal: true });
  const render = createTurnRenderer({ stdout, stderr }, { quiet: false, columns: () => 100 });
  for (const event of events) render(event);
  render({ type: "ended", outcome: "complete", reason: null });
  return stdout.text + stderr.text;
}

const finished = (over: Partial<Extract<TurnEvent, { type: "tool_finished" }>>): TurnEvent => ({
  type: "tool_finished",
  callId: "c",
  title: "read x",
  ok: true,
  summary: "done",
  ...over,
});

/** Who brings a text, and what is printed of it. */
const ORIGINS: Readonly<Record<string, (text: string) => Promise<string> | string>> = {
  "the model, at once": (text) => rendered({ type: "text", text }),
  "the model, in pieces": (text) =>
    rendered(...Array.from(text, (one): TurnEvent => ({ type: "text", text: one }))),
  "the model, as Markdown": (text) => {
    const stream = createMarkdownStream({ columns: () => 80, hasStyle: true });
    return stream.push(`# ${text}\n\n- ${text}\n\n\`\`\`\n${text}\n\`\`\`\n`) + stream.end();
  },
  "a tool's result": (text) => rendered(finished({ summary: text })),
  "a tool's failure": (text) => rendered(finished({ ok: false, summary: text, wayOut: text })),
  "a change of a file": (text) =>
    rendered(finished({ diff: `--- a\n+++ b\n@@ -1 +1 @@\n+${text}\n` })),
  "the name of a file": (text) =>
    rendered(
      { type: "tool_started", callId: "c", title: `read ${text}` },
      finished({ title: `read ${text}` }),
    ),
  "a notice": (text) => rendered({ type: "notice", text }),
  "the end of a turn": (text) => rendered({ type: "ended", outcome: "failed", reason: text }),
  "a question": question,
  "a sender, in what was read": (text) => {
    const state = { sessionId: "s", sources: [text], atMs: 0, isLifted: false };
    return [taintText(state), taintLine(state) ?? "", formatLifted(state, "g1")].join("\n");
  },
  "a source, in a mark": (text) => sourceOf(Outside.of(text, "")),
  "a page, to the model": (text) =>
    markOutside(Outside.of("web", text), "m", (whole) => Promise.resolve(whole)),
};

async function question(text: string): Promise<string> {
  const clock = new ManualClock();
  const input = new TypedInput();
  const stderr = memoryOutput({ isTerminal: true });
  const approver = createTerminalApprover({
    keys: new KeyInput(input, clock),
    stderr,
    clock,
    timeoutMs: 0,
  });
  const answer = approver.ask({
    callId: "c1",
    title: `run ${text}`,
    exact: text,
    grant: {
      compartment: "hands",
      permission: "run",
      value: text,
      risk: "high",
      touches: text,
      command: `ward permissions grant run ${text}`,
    },
    why: `this session read ${text}`,
    layer: "BWRAP",
    lasting: true,
  }, new AbortController().signal);
  await clock.advance(60);
  input.type("d");
  await answer;
  return stderr.text;
}

Deno.test("gate: terminal", async (t) => {
  const through: string[] = [];
  let tried = 0;
  for (const [origin, print] of Object.entries(ORIGINS)) {
    for (const [name, text] of ANSI_CORPUS) {
      tried++;
      const foreign = sequencesIn(await print(text)).filter((one) => !OURS.test(one));
      if (foreign.length > 0) through.push(`${origin}: ${name}: ${JSON.stringify(foreign[0])}`);
    }
  }
  deepEqual(through, []);
  ok(tried >= 500);
  await countBattery(t, {
    battery: "terminal",
    verb: "held",
    held: tried - through.length,
    tried,
  });
  const active = ANSI_CORPUS.filter(([, text]) => sequencesIn(text).length > 0).length;
  const line = `terminal, control as it comes: active ${active} of ${ANSI_CORPUS.length}`;
  await t.step(line, () => ok(active >= ANSI_CORPUS.length - 4));
});
