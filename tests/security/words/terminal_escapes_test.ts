/**
 * 62: whatever a model, a tool, a file or its name holds, ward writes no control sequence to the
 * terminal but its own, and nobody else writes into the first column.
 */
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { answerAll, atPrompt, run, send } from "../../e2e/kit/chat_kit.ts";
import { inEachForm, terminalTest } from "../../e2e/kit/forms.ts";
import { type ScriptStep, startScriptedService } from "../../e2e/kit/scripted_service.ts";
import { inTerminal, type Pane, recorded } from "../../e2e/kit/terminal.ts";
import { makeScratch, type Scratch } from "../../e2e/kit/ward_process.ts";
import { ANSI_CORPUS, sequencesIn } from "../kit/ansi_corpus.ts";

const ALL = ANSI_CORPUS.map(([, text]) => text).join("\n");

/** Colours and marks of pastes that ward writes in every mode. */
// deno-lint-ignore no-control-regex
const OURS = /^\x1b\[(?:(?:0|1|2|3|4|9|31|32|33|36)(?:;(?:1|2|3|4|9|36))*m|\?2004[hl])$/;
/** And what its editor writes. Its cursor never moves by 77. */
// deno-lint-ignore no-control-regex
const EDITOR = /^(?:\r|\x1b\[J|\x1b\[(?!77)\d+[AC])$/;

/** Everything a model can do to a terminal: its text, its calls, what they bring. */
function attacks(): ScriptStep[] {
  const name = "a\x1b]0;FAKE TITLE\x07\x1b[77A\u202eb.txt";
  const call = (tool: string, args: unknown, content = ""): ScriptStep => ({
    content,
    calls: [{ name: tool, arguments: args }],
  });
  return [
    call("write", { path: name, content: ALL }, ALL),
    call("list", { path: "." }),
    call("read", { path: "notes.txt" }, "| a |\n| - |\n| \x1b[77A |\n\n```\n\x1b[77A\n"),
    call("edit", { path: "notes.txt", edits: [{ old: "old", new: ALL }] }),
    call("grep", { pattern: "\x1b[77A" }),
    run("cat notes.txt"),
    run(`cat '${name}'`),
    run("cat 'no\x1b[77A\x9b77A\r\b\u202esuch'"),
    run("seq '\x1b[77A\x1b]0;FAKE TITLE\x07' \x1b[8m"),
    call("no\x1b[77Atool", {}),
    call("read", { path: "\x1b[77A" }),
    { content: ALL },
  ];
}

async function underAttack(
  form: readonly string[],
  args: readonly string[],
  use: (pane: Pane, scratch: Scratch) => Promise<void>,
): Promise<string> {
  using scratch = makeScratch({ "notes.txt": `old\n${ALL}\n` });
  await using service = await startScriptedService(attacks());
  const capture = `${scratch.folder}/capture`;
  const words = [...form, "agent", "-w", scratch.workspace, ...args];
  await inTerminal(recorded(words, capture), {
    // Colours are on: the place where a sequence of somebody else could hide.
    env: { ...scratch.env, ...service.env, NO_COLOR: "" },
    cwd: scratch.workspace,
  }, async (pane) => {
    await use(pane, scratch);
    equal(await pane.about("#{pane_title}|#{alternate_on}|#{mouse_any_flag}"), `${TITLE}|0|0`);
  });
  equal(service.bodies().length, attacks().length, "not every attack was run");
  return Deno.readTextFileSync(capture);
}

/** What stands in the first column, besides ward's own marks. */
function firstColumn(written: string): string[] {
  // deno-lint-ignore no-control-regex
  return written.replace(/\x1b\[[\d;?]*[A-Za-z]/g, "").split("\r\n")
    .filter((line) => /^[^\s•!✗↻]/.test(line));
}

const TITLE = "ward-test";

inEachForm(
  "62: one answer: no sequence but ours, and only ward in the first column",
  async (form) => {
    const written = await underAttack(form, ["-m", "go"], async (pane) => {
      await pane.title(TITLE);
      await answerAll(pane, "d", (now) => now.includes("EXIT="));
    });
    deepEqual(sequencesIn(written).filter((one) => !OURS.test(one)), []);
    const lines = firstColumn(written).filter((line) => !/^Script |^\[o\]nce/.test(line));
    ok(lines.every((line) => /^Allow\? run (?:cat|seq) /.test(line)), JSON.stringify(lines));
    equal(lines.length, 3);
  },
);

inEachForm("62: a conversation: no sequence but ours and the editor's", async (form) => {
  const written = await underAttack(form, [], async (pane) => {
    await pane.title(TITLE);
    await pane.waitUntil("prompt", atPrompt);
    await send(pane, "go");
    await answerAll(pane, "d", atPrompt);
    await send(pane, "/sessions");
    await pane.waitFor("--session <id>");
    await pane.type("C-d");
    await pane.waitFor("EXIT=");
  });
  deepEqual(sequencesIn(written).filter((one) => !OURS.test(one) && !EDITOR.test(one)), []);
});

terminalTest("62, control: printed as it is, the same corpus takes the terminal over", async () => {
  using scratch = makeScratch({ "notes.txt": ALL });
  const capture = `${scratch.folder}/capture`;
  await inTerminal(recorded(["/bin/cat", `${scratch.workspace}/notes.txt`], capture), {
    env: scratch.env,
    cwd: scratch.workspace,
  }, async (pane) => {
    await pane.waitFor("EXIT=").catch(() => {});
    notEqual(await pane.about("#{pane_title}"), TITLE);
  });
  const foreign = sequencesIn(Deno.readTextFileSync(capture)).filter((one) => !OURS.test(one));
  ok(foreign.length > 100, String(foreign.length));
  for (const [name, text] of ANSI_CORPUS) {
    const isText = /entities|fake/.test(name);
    equal(sequencesIn(text).some((one) => !OURS.test(one)), !isText, name);
  }
});
