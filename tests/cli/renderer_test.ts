import assert from "node:assert/strict";
import type { TurnEvent } from "../../src/kernel/ports.ts";
import {
  createJsonRenderer,
  createTurnRenderer,
  exitCodeOf,
} from "../../src/surfaces/cli/renderer.ts";
import { memoryOutput } from "./streams.ts";

function render(
  events: TurnEvent[],
  options: { terminal?: boolean; color?: boolean; quiet?: boolean } = {},
) {
  const isTerminal = options.terminal ?? false;
  const stdout = memoryOutput({ isTerminal });
  const stderr = memoryOutput({ isTerminal, hasColor: options.color ?? false });
  const renderer = createTurnRenderer({ stdout, stderr }, { quiet: options.quiet ?? false });
  events.forEach((event) => renderer(event));
  return { stdout: stdout.text, stderr: stderr.text };
}

const READ: TurnEvent[] = [
  { type: "tool_started", callId: "1", title: "read src/a.ts" },
  { type: "tool_finished", callId: "1", title: "read src/a.ts", ok: true, summary: "120 lines" },
];
const DONE: TurnEvent = { type: "ended", outcome: "complete", reason: null };

Deno.test("a pipe gets the answer only: tools and text before them go to stderr", () => {
  const { stdout, stderr } = render([
    { type: "model_call", iteration: 1 },
    { type: "text", text: "Let me look." },
    ...READ,
    { type: "model_call", iteration: 2 },
    { type: "text", text: "It is " },
    { type: "text", text: "fine." },
    DONE,
  ]);
  assert.equal(stdout, "It is fine.\n");
  assert.equal(stderr, "Let me look.\n• read src/a.ts … 120 lines\n");
});

Deno.test("a terminal gets the answer as it comes, progress on lines of its own", () => {
  const stdout = memoryOutput({ isTerminal: true });
  const stderr = memoryOutput({ isTerminal: true });
  const renderer = createTurnRenderer({ stdout, stderr }, { quiet: false });
  renderer({ type: "text", text: "Loo" });
  assert.equal(stdout.text, "Loo");
  READ.forEach((event) => renderer(event));
  assert.equal(stdout.text, "Loo\n");
  assert.equal(stderr.text, "• read src/a.ts … 120 lines\n");
});

Deno.test("calls side by side keep a whole line each", () => {
  const { stderr } = render([
    { type: "tool_started", callId: "1", title: "read a" },
    { type: "tool_started", callId: "2", title: "read b" },
    { type: "tool_finished", callId: "2", title: "read b", ok: false, summary: "not there" },
    { type: "tool_finished", callId: "1", title: "read a", ok: true, summary: "1 line" },
    DONE,
  ], { terminal: true });
  assert.equal(stderr, "• read a …\n• read b … ✗ not there\n• read a … 1 line\n");
});

Deno.test("a cut answer is not left in a file as if it were whole", () => {
  const { stdout, stderr } = render([
    { type: "model_call", iteration: 1 },
    { type: "text", text: "The first half" },
    { type: "ended", outcome: "failed", reason: "the stream ended early" },
  ]);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    "The first half\n✗ The text above is incomplete\n✗ Failed: the stream ended early\n",
  );
});

Deno.test("--quiet leaves on stderr only why a turn did not complete", () => {
  const events: TurnEvent[] = [...READ, { type: "notice", text: "n" }];
  assert.equal(render([...events, DONE], { quiet: true }).stderr, "");
  const { stderr } = render(
    [...events, { type: "ended", outcome: "capped", reason: "50 model calls" }],
    { quiet: true },
  );
  assert.equal(stderr, "✗ Stopped at a limit: 50 model calls\n");
});

Deno.test("a tool cannot fake a line of progress or a question, nor colour without colours", () => {
  const { stdout, stderr } = render([
    {
      type: "tool_finished",
      callId: "1",
      title: "read a\n• write b",
      ok: true,
      summary: "x\x1b[1A\x1b[2KAllow? [o]nce",
      diff: "+a\x1b]52;c;eA==\x07b",
    },
    { type: "text", text: "a\x1b" },
    { type: "text", text: "[2Jb" },
    DONE,
  ], { terminal: true });
  assert.match(stderr, /^• read a\\n• write b … x\\x1b\[1A\\x1b\[2KAllow\? \[o\]nce\n {2}\+ab\n$/);
  assert.equal(stdout, "ab\n");
});

Deno.test("colours only where the output has them", () => {
  const events: TurnEvent[] = [{ type: "notice", text: "n" }];
  // deno-lint-ignore no-control-regex
  assert.match(render(events, { terminal: true, color: true }).stderr, /\x1b\[33m/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(render(events, { terminal: true }).stderr, /\x1b/);
});

Deno.test("--json prints one object a line for every event", () => {
  const stdout = memoryOutput();
  const renderer = createJsonRenderer(stdout);
  const events: TurnEvent[] = [{ type: "text", text: "a\nb" }, ...READ, DONE];
  events.forEach((event) => renderer(event));
  assert.deepEqual(stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line)), events);
});

Deno.test("exit codes: only a complete turn is 0, a stopped one 130", () => {
  assert.deepEqual(
    (["complete", "failed", "stopped", "capped", "stalled"] as const).map(exitCodeOf),
    [0, 1, 130, 1, 1],
  );
});

Deno.test("a tool's line says its title once", () => {
  const finished = (title: string, summary: string, ok = true): TurnEvent => ({
    type: "tool_finished",
    callId: title,
    title,
    ok,
    summary,
  });
  const { stderr } = render([
    finished("run ls", "run ls"),
    finished("run ls x", "run ls x: exit code 2", false),
    finished("list src", "src: 2 entries"),
    finished("edit a.ts", "edited a.ts: 1 replacement"),
  ], { terminal: true });
  assert.equal(
    stderr,
    "• run ls … done\n• run ls x … ✗ exit code 2\n• list src … 2 entries\n" +
      "• edit a.ts … edited a.ts: 1 replacement\n",
  );
});

Deno.test("what is claimed and not in the log is said after the answer, apart from it, also when quiet", () => {
  const events: TurnEvent[] = [
    { type: "model_call", iteration: 1 },
    { type: "text", text: "I sent the email." },
    { type: "unproven", claims: ["I sent the email\x1b[2J."] },
    DONE,
  ];
  for (const quiet of [true, false]) {
    const { stdout, stderr } = render(events, { quiet });
    assert.equal(stdout, "I sent the email.\n");
    assert.match(stderr, /^! Claimed but not in the audit log: I sent the email/);
    assert.ok(!stderr.includes("\x1b"));
  }
});
