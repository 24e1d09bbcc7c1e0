import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { createBuiltinModel } from "../../src/kernel/builtin/create_builtin_model.ts";
import type { Message, ToolCall } from "../../src/model/conversation/message.ts";
import type { ModelEvent } from "../../src/model/conversation/model_stream.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FACTS } from "./builtin_facts.ts";

async function ask(messages: readonly Message[], facts = FACTS): Promise<ModelEvent[]> {
  const model = createBuiltinModel({
    clock: new FakeClock(),
    facts: () => facts,
    settleLayer: () => Promise.resolve(),
  });
  const request = { model: "", system: "", messages, tools: [], maxOutputTokens: 1000 };
  return await Array.fromAsync(model.stream(request, { signal: new AbortController().signal }));
}

function callsOf(events: readonly ModelEvent[]): ToolCall[] {
  return events.flatMap((event) => event.type === "tool_call" ? [event.call] : []);
}

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => event.type === "text" ? event.text : "").join("");
}

/** First calls for a message, as `name value value`. */
async function firstCalls(text: string): Promise<string[]> {
  return callsOf(await ask([{ role: "user", text }])).map(({ name, arguments: args }) =>
    [name, ...Object.values(JSON.parse(args))].join(" ")
  );
}

const FILES_BUT_GIT = "-name .git -prune -o -type f";

const CALLS: Readonly<Record<string, string[]>> = {
  "what is in this folder, and what may you touch?": ["list . 1"],
  "What's in here?": ["list . 1"],
  "whats in the src folder": ["list src 1"],
  "list src": ["list src 1"],
  "list files": ["list . 1"],
  "list the files in src": ["list src 1"],
  "show files": ["list . 1"],
  "show me the files in docs": ["list docs 1"],
  "What files are here?": ["list . 1"],
  "which files are in src": ["list src 1"],
  "ls": ["list . 1"],
  "ls src": ["list src 1"],
  "tree": ["list . 3"],
  "show me the tree of src": ["list src 3"],
  "list all files in src recursively": ["list src 5"],
  "what do you see?": ["list . 1"],
  "look around": ["list . 1"],
  "can you list the contents of docs?": ["list docs 1"],
  "please list everything in this directory": ["list . 1"],
  "show me what's inside docs": ["list docs 1"],
  "Hi! What is in this folder?": ["list . 1"],
  "list src and docs": ["list src 1", "list docs 1"],
  "what is this project?": ["overview ."],
  "what is in notes.md": ["read notes.md"],
  "read notes.md.": ["read notes.md"],
  'Read "my notes.txt" please.': ["read my notes.txt"],
  "read /etc/passwd": ["read /etc/passwd"],
  "read a.txt and notes.md": ["read a.txt", "read notes.md"],
  "show me the first 5 lines of a.txt": ["read a.txt 1 5"],
  "show the first line of a.txt": ["read a.txt 1 1"],
  "show lines 3-9 of src/main.ts": ["read src/main.ts 3 7"],
  "open README.md": ["read README.md"],
  "what does README.md say?": ["read README.md"],
  "could you show me notes.md?": ["read notes.md"],
  "head a.txt": ["read a.txt 1 10"],
  "last 3 lines of a.txt": ["run tail -n 3 -- a.txt"],
  "find TODO in src": ["grep TODO src false"],
  'find "hello world"': ["grep hello world . true"],
  "search for foo": ["grep foo . true"],
  "grep foo in src": ["grep foo src true"],
  "search src for Foo": ["grep Foo src false"],
  "find a.b(c) in src": ["grep a\\.b\\(c\\) src true"],
  "which files contain foo": ["grep foo . true"],
  "what files mention bar in src?": ["grep bar src true"],
  "where is main used?": ["grep main . true"],
  "any TODOs in src?": ["grep TODO src false"],
  "does notes.md mention milk?": ["grep milk notes.md true"],
  "find foo and bar in src": ["grep foo and bar src true"],
  "find files named *.ts": ["glob **/*.ts ."],
  "find all markdown files": ["glob **/*.md ."],
  "list all ts files in src": ["glob **/*.ts src"],
  "where is a.txt?": ["glob **/a.txt ."],
  "is there a readme?": ["glob **/README* ."],
  "how many files are there?": [`run find . ${FILES_BUT_GIT} -print | wc -l`],
  "how many files are in src?": [`run find src ${FILES_BUT_GIT} -print | wc -l`],
  "how many markdown files?": [`run find . ${FILES_BUT_GIT} -name '*.md' -print | wc -l`],
  "how many lines in a.txt": ["run wc -l -- a.txt"],
  "how many words are in a.txt?": ["run wc -w -- a.txt"],
  "count characters in a.txt": ["run wc -m -- a.txt"],
  "how big is this folder?": ["run du -sb -- ."],
  "give me the size of src": ["run du -sb -- src"],
  "how much space does src take?": ["run du -sb -- src"],
  "what are the 3 largest files?": [
    `run find . ${FILES_BUT_GIT} -printf '%s %p\\n' | sort -rn | head -n 3`,
  ],
  "how many files are in src and how big is it?": [
    `run find src ${FILES_BUT_GIT} -print | wc -l`,
    "run du -sb -- src",
  ],
  "git status": ["run git status --short --branch"],
  "what changed?": ["run git status --short --branch"],
  "show me the last 3 commits": ["run git log --oneline -n 3"],
  "which branch am I on?": ["run git rev-parse --abbrev-ref HEAD"],
  "how many commits are there": ["run git log --oneline | wc -l"],
  "run ls -la": ["run ls -la"],
  "`git log --oneline`": ["run git log --oneline"],
  "$ wc -l a.txt": ["run wc -l a.txt"],
  "ls -la | wc -l": ["run ls -la | wc -l"],
  "find . -name '*.ts'": ["run find . -name '*.ts'"],
  "run grep -c 'a and b' notes.md": ["run grep -c 'a and b' notes.md"],
  "please run git status": ["run git status"],
  "execute the command echo hi": ["run echo hi"],
};

Deno.test("each phrasing asks for the tool calls it means", async (t) => {
  ok(Object.keys(CALLS).length >= 60);
  for (const [say, wanted] of Object.entries(CALLS)) {
    await t.step(say, async () => deepEqual(await firstCalls(say), wanted));
  }
});

const ANSWERS: Readonly<Record<string, RegExp>> = {
  "what time is it?": /^It is 12:00 \(UTC\)\.$/,
  "what is the date today?": /^Today is Saturday,? 21 November 2026\.$/,
  "what may you touch?": /write: \/users\/somebody\/birdhouse\n.*- network: none/s,
  "can you access the internet?": /network: none/,
  "which programs may you run?": /programs: ls, cat/,
  "show permissions": /ward permissions grant/,
  "status": /^Provider: builtin/,
  "are you sandboxed?": /In force: BWRAP/,
  "help": /I understand questions like these/,
  "what can you do?": /I understand questions like these/,
  "hello": /^Hello\./,
  "thanks!": /welcome/,
  "who are you?": /no language model.*ANTHROPIC_API_KEY/,
  "are you ChatGPT?": /no language model/,
  "how do I connect a model?": /ANTHROPIC_API_KEY or OPENAI_API_KEY.*WARD_API_BASE.*Ollama/,
  "write hello to a.txt": /^To write, I would need a language model/,
  "summarize notes.md": /^To summarize, I would need/,
  "why did this fail?": /^To answer "why", I would need/,
  "flibber the gnork": /^I did not understand "flibber the gnork"/,
  "tell me a joke": /^I did not understand/,
  "what is 2 + 2": /^I did not understand/,
  "": /^I did not understand ""/,
};

Deno.test("what needs no tool is answered from facts, without a call", async (t) => {
  for (const [say, wanted] of Object.entries(ANSWERS)) {
    await t.step(say || "nothing at all", async () => {
      const events = await ask([{ role: "user", text: say }]);
      deepEqual(callsOf(events), []);
      match(textOf(events), wanted);
      deepEqual(events.at(-1), { type: "end", stopReason: "end" });
    });
  }
});

Deno.test("attack: a name made to be a command stays one word of the line", async () => {
  const lines: Record<string, string> = {
    "count words in 'a; rm -rf x'": "wc -w -- 'a; rm -rf x'",
    'how many words are in "$(id)"': "wc -w -- '$(id)'",
    "size of $(touch${IFS}x)": "du -sb -- '$(touch${IFS}x)'",
    'size of "it\'s"': "du -sb -- 'it'\\''s'",
    "how many files are in -delete": `find ./-delete ${FILES_BUT_GIT} -print | wc -l`,
    "how many words are in -": "wc -w -- ./-",
    "size of ~": "du -sb -- '~'",
    "how many *.md';id;' files":
      `find . ${FILES_BUT_GIT} -name '*.md'\\'';id;'\\''' -print | wc -l`,
  };
  for (const [say, line] of Object.entries(lines)) {
    deepEqual(await firstCalls(say), [`run ${line}`], say);
  }
});

Deno.test("attack: piped text behind a message is never taken for requests", async () => {
  const piped = "read notes.md\n\nrun rm -rf src\n$ cat /etc/passwd\nlist /\n";
  deepEqual(await firstCalls(piped), ["read notes.md"]);
  deepEqual(await firstCalls(`why?\n${"run id\n".repeat(300)}`), []);
});

function withResults(text: string, results: readonly (readonly [string, boolean, string])[]) {
  const toolCalls = results.map(([id]) => ({ id, name: "t", arguments: "{}" }));
  return [
    { role: "user", text },
    { role: "assistant", text: "", toolCalls },
    ...results.map(([callId, good, content]) => (
      { role: "tool", callId, name: "t", ok: good, content } as const
    )),
  ] satisfies Message[];
}

Deno.test("an answer is made of results: sizes, counts, and the second way when the first fails", async () => {
  match(
    textOf(await ask(withResults("list src", [["builtin-1-0-0", true, "src/in/\nsrc/a\t2048"]]))),
    /^In src:\nsrc\/in\/\nsrc\/a {2}\(2\.0 KB\)\n1 file, 1 folder listed\.$/,
  );
  const refused = ["builtin-1-0-0", false, "Refused: run du. Allow it with: ward …"] as const;
  const second = await ask(withResults("how big is src?", [refused]));
  deepEqual(callsOf(second).map(({ id, name }) => [id, name]), [["builtin-1-0-1", "overview"]]);
  const sums = ["builtin-1-0-1", true, "3 files, 1 folder, 2048 bytes\nTypes:"] as const;
  equal(
    textOf(await ask(withResults("how big is src?", [refused, sums]))),
    "src: 3 files with 2,048 bytes (2.0 KB).",
  );
  const both = [refused, ["builtin-1-0-1", false, "Cannot read: not found"]] as const;
  match(
    textOf(await ask(withResults("how big is src?", both))),
    /^That did not work\. Refused: run du/,
  );
});

Deno.test("a refused command is said, with what the refusal said", async () => {
  const refused = ["builtin-1-0-0", false, "Refused: run rm x. Allow: ward permissions grant"];
  match(
    textOf(await ask(withResults("run rm x", [refused as [string, boolean, string]]))),
    /^That did not work\. Refused: run rm x\. Allow: ward permissions grant$/,
  );
});

Deno.test("results of an earlier turn are not taken for those of this one", async () => {
  const before = withResults("list src", [["builtin-1-0-0", true, "old"]]);
  const events = await ask([
    ...before,
    { role: "assistant", text: "In src: old", toolCalls: [] },
    { role: "user", text: "list src" },
  ]);
  deepEqual(callsOf(events).map(({ id }) => id), ["builtin-2-0-0"]);
});

Deno.test("any message gets calls or a text, and arguments that are JSON", async () => {
  const words = fc.constantFrom(
    "how many",
    "files",
    "in",
    "read",
    "what is",
    "and",
    ",",
    "?",
    "'",
    '"',
    "`",
    "$",
    "run",
    "*.ts",
    "src",
    "\n",
    "\uE0000\uE001",
    "lines of",
    "it",
    "-x",
    "😀",
  );
  const message = fc.oneof(
    fc.array(words, { maxLength: 12 }).map((all) => all.join(" ")),
    fc.string({ unit: "binary", maxLength: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(message, async (text) => {
      const events = await ask([{ role: "user", text }]);
      const calls = callsOf(events);
      ok(calls.length > 0 || textOf(events) !== "");
      for (const call of calls) equal(typeof JSON.parse(call.arguments), "object");
      equal(new Set(calls.map(({ id }) => id)).size, calls.length);
      deepEqual(await ask([{ role: "user", text }]), events);
    }),
    { numRuns: 300 },
  );
});
