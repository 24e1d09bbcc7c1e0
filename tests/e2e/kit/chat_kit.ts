/** A conversation in a terminal as a person has it; run with any form of ward. */
import { equal, match, ok } from "node:assert/strict";
import { type ScriptStep, startScriptedService } from "./scripted_service.ts";
import { inTerminal, type Pane } from "./terminal.ts";
import { makeScratch, type Scratch, untilGone } from "./ward_process.ts";

/** A call of the tool `run`. */
export const run = (command: string): ScriptStep => ({
  calls: [{ name: "run", arguments: { command } }],
});

/** Opens a chat in the scratch workspace. */
export async function inChat(
  form: readonly string[],
  scratch: Scratch,
  options: { args?: readonly string[]; env?: Readonly<Record<string, string>> },
  use: (pane: Pane) => Promise<void>,
): Promise<void> {
  await inTerminal([...form, "agent", "-w", scratch.workspace, ...options.args ?? []], {
    // Chosen by name: a test beside this one may play this machine's Ollama.
    env: { ...scratch.env, ...options.env ?? { WARD_PROVIDER: "builtin" } },
    cwd: scratch.workspace,
  }, async (pane) => {
    await pane.waitUntil("prompt", (now) => atPrompt(now));
    await use(pane);
  });
}

/** Whether an empty prompt stands at the end of the screen. */
export function atPrompt(screen: string): boolean {
  return /(^|\n)>\s*$/.test(screen);
}

/** Answers every question with the same key until the end. */
export async function answerAll(
  pane: Pane,
  key: string,
  isEnd: (screen: string) => boolean,
): Promise<void> {
  // Only ward's own question begins in the first column; a model may write one behind the margin.
  const isAsking = (screen: string) => /(^|\n)\[o\]nce [^\n]*\[d\]eny$/.test(screen.trimEnd());
  for (;;) {
    const now = await pane.waitUntil("question or end", (one) => isEnd(one) || isAsking(one));
    if (!isAsking(now)) return;
    // Once: a key that is pressed while the question stands there is never lost.
    await pane.type(key);
    await pane.waitUntil(`the answer ${key}`, (one) => one !== now);
  }
}

/** Types a line and sends it once it stands there: until then the screen shows the empty prompt. */
export async function send(pane: Pane, text: string): Promise<void> {
  await pane.write(text);
  await pane.waitUntil(`"${text}" at its end`, (now) => now.trimEnd().endsWith(text));
  await pane.type("Enter");
}

/** Typing, editing, an approval, an interrupt, leaving, and going on where it ended. */
export async function everydayChat(form: readonly string[]): Promise<void> {
  using scratch = makeScratch();
  const folder = scratch.folder;
  await using service = await startScriptedService(
    [run("seq 2 3"), { content: "# Done\n\nThe **first** answer." }],
    { laterTurns: [run("tail -f /dev/null"), { content: "never" }] },
  );
  await inChat(form, scratch, { env: service.env }, async (pane) => {
    await pane.write("hello wrold");
    await pane.type("C-w");
    await pane.write("world");
    await pane.type("Enter");
    await pane.waitFor("[d]eny");
    await pane.type("o");
    await pane.waitFor("allowed once");
    await pane.waitUntil(
      "answer",
      (now) => now.includes("  The **first** answer.") && atPrompt(now),
    );
    await send(pane, "wait");
    await pane.waitFor("run tail -f /dev/null …");
    await pane.type("C-c");
    await pane.waitUntil("stop", (now) => now.includes("Stopped") && atPrompt(now));
    await send(pane, "/exit");
    match(await pane.waitFor("EXIT="), /EXIT=0/);
  });
  const [first = "", ...later] = service.bodies();
  ok(first.includes('"hello world"'), first);
  equal(later.length, 2, "nothing was sent after the interrupt");
  await inChat(form, scratch, { args: ["--resume"], env: service.env }, async (pane) => {
    await pane.type("Up", "Up", "Up");
    await pane.waitFor("> hello world");
    await pane.type("C-c");
    await pane.waitFor("Ctrl-C again or Ctrl-D leaves");
    await pane.type("C-d");
    match(await pane.waitFor("EXIT="), /EXIT=0/);
  });
  await untilGone(folder);
}
