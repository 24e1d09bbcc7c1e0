/** A real terminal that gets no sequences: it knows none, wants no colours, or a program reads it. */
import { deepEqual, match, ok } from "node:assert/strict";
import { atPrompt, run, send } from "../kit/chat_kit.ts";
import { inEachForm } from "../kit/forms.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { inTerminal, recorded } from "../kit/terminal.ts";
import { makeScratch } from "../kit/ward_process.ts";

const ended = (text: string) => text.split('"type":"ended"').length - 1;

/** Lines that a recorded terminal got, without those of the recorder. */
const linesOf = (capture: string) =>
  Deno.readTextFileSync(capture).split(/\r?\n/)
    .filter((line) => line !== "" && !/^Script (started|done) on /.test(line));

for (const where of ["the terminal", "a file"] as const) {
  inEachForm(`chat: with --json events alone go to ${where}`, async (form) => {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    await using service = await startScriptedService(
      [{ calls: [{ name: "read", arguments: { path: "notes.md" } }] }, { content: "Milk." }],
      { laterTurns: [{ content: "Tea." }] },
    );
    const capture = `${scratch.folder}/capture`;
    const file = `${scratch.folder}/events`;
    Deno.writeTextFileSync(file, "");
    const words = [...form, "agent", "--json", "-w", scratch.workspace];
    const toFile = ["/bin/sh", "-c", `exec "$@" > '${file}'`, "sh", ...words];
    const events = () =>
      where === "a file"
        ? Deno.readTextFileSync(file).split("\n").filter(Boolean)
        : linesOf(capture).filter((line) => line.startsWith("{"));
    await inTerminal(recorded(where === "a file" ? toFile : words, capture), {
      // With colours: they must not be left out for want of them.
      env: { ...scratch.env, ...service.env, NO_COLOR: "" },
      cwd: scratch.workspace,
    }, async (pane) => {
      const turns = (count: number) =>
        pane.waitUntil(`end of turn ${count}`, () => ended(events().join()) === count);
      await pane.write("what is there?");
      await pane.type("Enter");
      await turns(1);
      await pane.write("/modle");
      await pane.type("Enter");
      await pane.waitFor("did you mean /model?");
      await pane.write("and now?");
      await pane.type("Enter");
      await turns(2);
      await pane.write("/exit");
      await pane.type("Enter");
      await pane.waitFor("EXIT=0");
    });
    const types = events().map((line) => JSON.parse(line).type);
    for (const type of ["text", "tool_started", "tool_finished", "usage", "ended"]) {
      ok(types.includes(type), `${type}: ${types}`);
    }
    const text = Deno.readTextFileSync(capture);
    ok(!text.includes("\x1b"), JSON.stringify(text));
    // What was typed, as the terminal itself echoes it, and what is wrong with it.
    deepEqual(linesOf(capture).filter((line) => !line.startsWith("{")), [
      "what is there?",
      "/modle",
      '! There is no command "/modle"; did you mean /model?',
      "and now?",
      "/exit",
    ]);
  });
}

inEachForm("chat: NO_COLOR takes every colour and style out of a colour terminal", async (form) => {
  // deno-lint-ignore no-control-regex
  const styled = /\x1b\[[\d;:]*m/;
  for (const noColor of ["", "1"]) {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    const edits = [{ old: "milk", new: "tea" }];
    await using service = await startScriptedService([
      { calls: [{ name: "edit", arguments: { path: "notes.md", edits } }] },
      run("seq 2 3"),
      { content: "# Done\n\n**Tea** with `sugar`:\n\n```js\nconst a = 1;\n```" },
    ]);
    const capture = `${scratch.folder}/capture`;
    await inTerminal(recorded([...form, "agent", "-w", scratch.workspace], capture), {
      env: { ...scratch.env, ...service.env, NO_COLOR: noColor },
      cwd: scratch.workspace,
    }, async (pane) => {
      await pane.waitUntil("prompt", atPrompt);
      await send(pane, "go");
      await pane.waitFor("[d]eny");
      await pane.type("o");
      await pane.waitUntil("answer", (now) => now.includes("const a = 1;") && atPrompt(now));
      await send(pane, "/modle");
      await pane.waitFor("did you mean /model?");
      await pane.type("C-d");
      await pane.waitFor("EXIT=0");
    });
    const text = Deno.readTextFileSync(capture);
    match(text, /\+buy tea/);
    // The editor moves the cursor in both: only what colours and styles is taken out.
    ok(text.includes("\x1b["), JSON.stringify(text));
    deepEqual(styled.exec(text) !== null, noColor === "", JSON.stringify(text));
  }
});

inEachForm("a terminal that knows no sequences gets none, and lines all the same", async (form) => {
  using scratch = makeScratch({ "notes.md": "buy milk\n" });
  const capture = `${scratch.folder}/capture`;
  const words = ["/usr/bin/env", "TERM=dumb", ...form, "agent", "-w", scratch.workspace];
  await inTerminal(
    recorded(words, capture),
    { env: { ...scratch.env, NO_COLOR: "", WARD_PROVIDER: "builtin" }, cwd: scratch.workspace },
    async (pane) => {
      await pane.waitFor(">");
      await send(pane, "read notes.md");
      await pane.waitFor("buy milk");
      await send(pane, "/help");
      await pane.waitFor("/permissions");
      await pane.type("C-d");
      match(await pane.waitFor("EXIT="), /EXIT=0/);
    },
  );
  ok(!Deno.readTextFileSync(capture).includes("\x1b"));
});
