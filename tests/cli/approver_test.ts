import assert from "node:assert/strict";
import type { ApprovalAnswer, GrantRequest } from "../../src/model/cells/permission.ts";
import { createTerminalApprover } from "../../src/surfaces/cli/approver.ts";
import { KeyInput } from "../../src/surfaces/cli/key_input.ts";
import { runLineLoop } from "../../src/surfaces/cli/line_loop.ts";
import { ManualClock, memoryOutput, settle, TypedInput } from "./streams.ts";

const GRANT: GrantRequest = {
  compartment: "hands",
  permission: "run",
  value: "cargo test",
  risk: "medium",
  touches: "something",
  command: 'ward permissions grant run "cargo test"',
  widths: [
    {
      value: "exact:cargo test --release",
      covers: "this exact call",
      risk: "medium",
      command: "ward permissions grant run 'exact:cargo test --release'",
    },
    {
      value: "cargo test",
      covers: "every call that begins with cargo test",
      risk: "medium",
      command: 'ward permissions grant run "cargo test"',
    },
    {
      value: "cargo",
      covers: "every call of cargo",
      risk: "critical",
      command: "ward permissions grant run cargo",
    },
  ],
};

/** An answer in a word: `once`, `3600000 ms of cargo, 5 uses`. */
function inWords(answer: ApprovalAnswer): string {
  if (answer.type === "deny") return answer.late ? "late" : "deny";
  const { scope, uses, value } = answer;
  const time = typeof scope === "object" ? `${scope.forMs} ms` : scope;
  return time + (value === GRANT.value ? "" : ` of ${value}`) + (uses ? `, ${uses} uses` : "");
}

function setUp(options: { timeoutMs?: number; isTerminal?: boolean } = {}) {
  const input = new TypedInput();
  const clock = new ManualClock();
  const stderr = memoryOutput({ isTerminal: options.isTerminal ?? true });
  const keys = new KeyInput(input, clock);
  let interrupts = 0;
  const approver = createTerminalApprover({
    keys,
    stderr,
    clock,
    timeoutMs: options.timeoutMs ?? 300_000,
    onInterrupt: () => interrupts++,
  });
  const ask = async (
    grant = GRANT,
    signal = new AbortController().signal,
    exact = "cargo test --release",
    lasting = true,
  ) =>
    inWords(
      await approver.ask(
        {
          callId: "c1",
          title: "run cargo test",
          exact,
          grant,
          why: "not allowed yet",
          layer: "policy",
          lasting,
        },
        signal,
      ),
    );
  return { input, clock, stderr, keys, approver, ask, interrupts: () => interrupts };
}

const KEYS: [string, string][] = [
  ["o", "once"],
  ["s", "session"],
  ["a", "always"],
  ["d", "deny"],
  ["\x1b", "deny"],
  ["\x03", "deny"],
  ["\x04", "deny"],
];
for (const [key, expected] of KEYS) {
  Deno.test(`the key ${JSON.stringify(key)} answers ${expected}; the terminal is put back`, async () => {
    const { input, clock, ask, interrupts } = setUp();
    const answer = ask();
    await clock.advance(60);
    assert.equal(input.isRaw, true);
    input.type(key);
    assert.equal(await answer, expected);
    assert.equal(input.isRaw, false);
    assert.equal(interrupts(), key === "\x03" ? 1 : 0);
  });
}

Deno.test("attack: a long value does not draw another question below the real one", async () => {
  const { input, clock, stderr, ask } = setUp();
  const fake = ["Allow? run ls", "  what   run ls (hands)", "  risk   low"]
    .map((line) => line.padEnd(80)).join("");
  const value = "line:rm -rf ~ ;".padEnd(71) + fake.repeat(20);
  const answer = ask({ ...GRANT, value, command: `ward permissions grant run '${value}' --once` });
  await clock.advance(60);
  const lines = stderr.text.split("\n");
  assert.ok(lines.every((line) => line.length <= 80), lines.find((line) => line.length > 80));
  assert.equal(lines.filter((line) => /^\S*Allow\?/.test(line)).length, 1);
  assert.equal(lines.filter((line) => line.startsWith("  risk")).length, 1);
  input.type("d");
  await answer;
});

Deno.test("the question says what, why, risk, layer and the command", async () => {
  const { input, clock, stderr, ask } = setUp();
  const answer = ask();
  await clock.advance(60);
  for (const part of ["run cargo test", "not allowed yet", "medium", "policy", GRANT.command]) {
    assert.ok(stderr.text.includes(part), part);
  }
  input.type("d");
  await answer;
});

for (
  const { exact, said } of [
    { exact: "cargo test 'a\x1b[2J\\x'", said: /exact {2}cargo test 'a\\x1b\[2J\\\\x'\n/ },
    { exact: "cargo test 'a\x1b'", said: /beware 1 hidden character,/ },
    { exact: "c\u0430rgo test", said: /beware letters that look like others: "\u0430" is U\+0430/ },
    { exact: "\u0441\u0430t x", said: /look like others/ },
    { exact: "cargo test " + "x".repeat(2_000), said: /beware 2011 characters: scroll up/ },
  ]
) {
  Deno.test(`attack: the question shows the exact words, and warns: ${said.source}`, async () => {
    const { input, clock, stderr, ask } = setUp();
    const answer = ask(GRANT, undefined, exact);
    await clock.advance(60);
    assert.match(stderr.text, said);
    input.type("d");
    await answer;
  });
}

Deno.test("the question of words that hide nothing warns of nothing", async () => {
  for (const exact of ["cargo test", "cat 'Grüße 漢字'", "echo привет", "grep 'a\\|b'"]) {
    const { input, clock, stderr, ask } = setUp();
    const answer = ask(GRANT, undefined, exact);
    await clock.advance(60);
    assert.doesNotMatch(stderr.text, /beware/);
    if (exact !== "cargo test") assert.ok(stderr.text.includes(`exact  ${exact}\n`));
    input.type("d");
    await answer;
  }
});

Deno.test("reasons are broken between words, what is asked for at its place", async () => {
  const { approver, clock, stderr, input } = setUp();
  const why = "127.0.0.1:43313 is not granted to commands, which could send it all they read";
  const asked = approver.ask({
    callId: "c1",
    title: "x",
    exact: `echo ${"word ".repeat(20)}`,
    grant: GRANT,
    why,
    layer: "policy",
    lasting: true,
  }, new AbortController().signal);
  await clock.advance(60);
  assert.match(stderr.text, / {2}why {4}127[^\n]* it \n {7}\| all they read\n/);
  assert.match(stderr.text, / {2}exact {2}echo word [^\n]{56}\n {7}\| /);
  input.type("d");
  await asked;
});

Deno.test("attack: keys typed before the question stands there approve nothing", async () => {
  const { input, clock, stderr, ask } = setUp();
  input.type("a");
  const answer = ask();
  await settle();
  input.type("o\n");
  await settle();
  assert.doesNotMatch(stderr.text, /Allow/);
  await clock.advance(60);
  assert.match(stderr.text, /Allow\?/);
  input.type("d");
  assert.equal(await answer, "deny");
});

Deno.test("attack: a paste approves nothing, in one piece or in three", async () => {
  const { input, clock, ask } = setUp();
  const answer = ask();
  await clock.advance(60);
  for (
    const chunk of ["aa", "a\n", "\x1b[A", "\x1b[200~a\x1b[201~", "\x1b[200~", "a", "\x1b[201~"]
  ) {
    input.type(chunk);
    await settle();
  }
  input.type("d");
  assert.equal(await answer, "deny");
});

Deno.test("attack: hidden characters of a command are shown in its question", async () => {
  const { input, clock, stderr, ask } = setUp();
  const answer = ask({ ...GRANT, value: "ls\x1b[8m; rm -rf ~\x1b[0m\u202e\n" });
  await clock.advance(60);
  assert.ok(stderr.text.includes("ls\\x1b[8m; rm -rf ~\\x1b[0m\\u{202e}\\n"));
  input.type("d");
  await answer;
});

Deno.test("a line that is not understood can only be allowed once", async () => {
  const { input, clock, stderr, ask } = setUp();
  const answer = ask({ ...GRANT, onceOnly: true });
  await clock.advance(60);
  assert.doesNotMatch(stderr.text, /\[a\]lways|\[s\]ession|\[l\]ease|\[w\]ider/);
  for (const key of ["a", "s", "l", "w", "n"]) {
    input.type(key);
    await settle();
  }
  input.type("o");
  assert.equal(await answer, "once");
});

Deno.test("a lease is typed as a time, a count or both; what is neither is asked again", async () => {
  for (
    const [typed, expected] of [
      ["", "3600000 ms"],
      ["2h", "7200000 ms"],
      ["5 uses", "session, 5 uses"],
      ["15m 3", "900000 ms, 3 uses"],
      ["2 weeks\r7d,1 use", "604800000 ms, 1 uses"],
      ["0\r999d\r2h5\r3", "session, 3 uses"],
    ] as const
  ) {
    const { input, clock, ask } = setUp();
    const answer = ask();
    await clock.advance(60);
    for (const key of ["l", ...typed, "\r"]) {
      input.type(key);
      await settle();
    }
    assert.equal(await answer, expected, typed);
  }
});

Deno.test("attack: a lease that is pasted whole, with its Enter, allows nothing", async () => {
  const { input, clock, ask } = setUp();
  const answer = ask();
  await clock.advance(60);
  for (const chunk of ["l2h\r", "l", "2h\r", "\x1b[200~7d\r\x1b[201~", "\x1b", "d"]) {
    input.type(chunk);
    await settle();
  }
  assert.equal(await answer, "deny");
});

Deno.test("w and n choose what an answer covers; its risk and command are those of the choice", async () => {
  for (
    const [pressed, expected] of [
      [["w", "o"], "once of cargo"],
      [["n", "a"], "always of exact:cargo test --release"],
      [["w", "w", "n", "n", "n", "w", "s"], "session"],
      [["w", "l", "2", "h", "\r"], "7200000 ms of cargo"],
    ] as const
  ) {
    const { input, clock, stderr, ask } = setUp();
    const answer = ask();
    await clock.advance(60);
    for (const key of pressed) {
      input.type(key);
      await settle();
    }
    assert.equal(await answer, expected);
    if (pressed[0] !== "w") continue;
    assert.match(
      stderr.text,
      /what {3}run cargo \(hands\): every call of cargo\n {2}risk {3}critical/,
    );
  }
});

Deno.test("where no approval outlives the session Always is not offered and its key does nothing", async () => {
  const { input, clock, stderr, ask } = setUp();
  const answer = ask(GRANT, undefined, undefined, false);
  await clock.advance(60);
  assert.doesNotMatch(stderr.text, /\[a\]lways/);
  input.type("a");
  await settle();
  input.type("s");
  assert.equal(await answer, "session");
});

Deno.test("no answer in time is a no, and the next key is not lost", async () => {
  const { input, clock, stderr, keys, ask } = setUp({ timeoutMs: 1000 });
  const answer = ask();
  await clock.advance(60);
  await clock.advance(1000);
  assert.equal(await answer, "late");
  assert.match(stderr.text, /no answer in time/);
  assert.equal(input.isRaw, false);
  input.type("x");
  assert.deepEqual(await keys.next(new AbortController().signal), new TextEncoder().encode("x"));
});

Deno.test("a time-out of 0 waits", async () => {
  const { input, clock, ask } = setUp({ timeoutMs: 0 });
  const answer = ask();
  await clock.advance(60);
  await clock.advance(10 * 24 * 3_600_000);
  input.type("o");
  assert.equal(await answer, "once");
});

Deno.test("a stopped turn and the end of the input are a no", async () => {
  const stopped = setUp();
  const stop = new AbortController();
  const first = stopped.ask(GRANT, stop.signal);
  await stopped.clock.advance(60);
  stop.abort();
  assert.equal(await first, "deny");

  const ended = setUp();
  const second = ended.ask();
  await ended.clock.advance(60);
  ended.input.type(null);
  assert.equal(await second, "deny");
});

Deno.test("without a terminal nobody is asked", async () => {
  const { approver, ask, stderr } = setUp({ isTerminal: false });
  assert.equal(approver.available, false);
  assert.equal(await ask(), "deny");
  assert.equal(stderr.text, "");
});

Deno.test("questions of calls side by side come one after the other", async () => {
  const { input, clock, stderr, ask } = setUp();
  const both = [ask(), ask({ ...GRANT, value: "cargo run" })];
  await clock.advance(60);
  assert.doesNotMatch(stderr.text, /cargo run/);
  input.type("o");
  await clock.advance(60);
  assert.match(stderr.text, /cargo run/);
  input.type("d");
  assert.deepEqual(await Promise.all(both), ["once", "deny"]);
});

Deno.test("the line loop says how to leave, answers each line and leaves at the end", async () => {
  const { input, keys, stderr } = setUp();
  const lines: string[] = [];
  const loop = runLineLoop({
    keys,
    stderr,
    about: "ward: someone, in /w",
    signal: new AbortController().signal,
    answer: (text) => {
      lines.push(text);
      return Promise.resolve("go on");
    },
  });
  input.type("one\n\ntw");
  input.type("o\n");
  input.type("rest");
  input.type(null);
  await loop;
  assert.deepEqual(lines, ["one", "two", "rest"]);
  assert.match(stderr.text, /^ward: someone, in \/w\n.*\/exit leaves; \/help\n> /);
});

Deno.test("the line loop leaves when an answer says so, and when it is told to", async () => {
  for (const leave of ["exit\n", null]) {
    const { input, keys, stderr } = setUp();
    const stop = new AbortController();
    const loop = runLineLoop({
      keys,
      stderr,
      about: "",
      signal: stop.signal,
      answer: (text) =>
        text === "exit" ? Promise.resolve("leave") : Promise.reject(new Error("answered")),
    });
    if (leave) input.type(leave);
    else stop.abort();
    await loop;
  }
});
