import assert from "node:assert/strict";
import { StoppedError } from "../../src/base/app_error.ts";
import { KeyInput } from "../../src/surfaces/cli/key_input.ts";
import type { Key } from "../../src/surfaces/terminal/editor/keys.ts";
import { editLine, lineEdit, lineText } from "../../src/surfaces/prompts/line_edit.ts";
import { drawMenu, markedItem, menu, moveMenu } from "../../src/surfaces/prompts/menu.ts";
import { createPrompter } from "../../src/surfaces/prompts/prompter.ts";
import { ManualClock, memoryOutput, settle, TypedInput } from "./streams.ts";

const press = (name: string): Key => ({ type: "press", name });
const typed = (text: string): Key => ({ type: "text", text });

function setUp(isDumb = false) {
  const input = new TypedInput();
  const clock = new ManualClock();
  const output = memoryOutput({ isTerminal: true });
  const keys = new KeyInput(input, clock);
  const size = () => ({ columns: 60, rows: 20 });
  return { input, clock, output, keys, prompter: createPrompter({ keys, output, isDumb, size }) };
}

const ITEMS = ["alpha", "beta", "gamma"].map((label) => ({ value: label.length, label }));

Deno.test("a line is edited by character, with every key where it belongs", () => {
  const type = (line: string, ...keys: Key[]) => lineText(keys.reduce(editLine, lineEdit(line)));
  assert.equal(type("añ😀", press("backspace")), "añ");
  assert.equal(type("ac", press("left"), typed("b")), "abc");
  assert.equal(type("bc", press("home"), typed("a"), press("end"), typed("d")), "abcd");
  assert.equal(type("a bc ", press("ctrl-w")), "a ");
  assert.equal(type("ab", press("left"), press("ctrl-u")), "b");
  assert.equal(type("ab", press("home"), press("delete"), press("up")), "b");
});

Deno.test("a menu moves by arrows and numbers, and filters by what is typed", () => {
  const move = (...keys: Key[]) => keys.reduce(moveMenu, menu(ITEMS));
  assert.equal(markedItem(move(press("up")))?.label, "gamma");
  assert.equal(markedItem(move(typed("2")))?.label, "beta");
  assert.equal(markedItem(move(typed("GAM")))?.label, "gamma");
  assert.equal(markedItem(move(typed("x"))), null);
  assert.equal(markedItem(move(typed("x"), press("ctrl-u")))?.label, "alpha");
});

Deno.test("a menu keeps the way on where nothing fits, behind what does", () => {
  const items = [{ value: 0, label: "another one", isAlways: true }, ...ITEMS];
  const move = (text: string) => markedItem(moveMenu(menu(items), typed(text)))?.label;
  assert.equal(move("gam"), "gamma");
  assert.equal(move("no-such-model"), "another one");
  assert.equal(move("another"), "another one");
});

Deno.test("a drawn menu fits the screen and hides nothing in its labels", () => {
  const items = Array.from({ length: 40 }, (_, index) => ({
    value: index,
    label: `item ${index} ${"世".repeat(40)}`,
    detail: "\x1b[2J",
  }));
  for (let at = 0; at < 40; at++) {
    const lines = drawMenu(menu(items, at), { columns: 40, rows: 10 });
    assert.ok(lines.length <= 8);
    assert.equal(lines.filter(({ tone }) => tone === "marked").length, 1);
    for (const { text } of lines) {
      assert.ok([...text].length < 40);
      assert.ok(!text.includes("\x1b"));
    }
  }
});

Deno.test("the prompter asks for one of a list, and leaves the terminal as it was", async () => {
  const { prompter, input, output } = setUp();
  const asked = prompter.choose({ title: "Which", items: ITEMS, at: 1 });
  input.type("\x1b[B\r");
  assert.equal(await asked, 5);
  assert.match(output.text, /Which: gamma\n/);
  assert.ok(!input.isRaw && output.text.endsWith("\x1b[?25h"));
});

Deno.test("a key that is pasted one question too early is not shown", async () => {
  const { prompter, input, output } = setUp();
  const items = [{ value: 1, label: "type it", isAlways: true }, { value: 2, label: "skip" }];
  const asked = prompter.choose({ title: "Key", items, hidesTyped: true });
  input.type("sk-early-1");
  await settle();
  input.type("\r");
  assert.equal(await asked, 1);
  assert.ok(!output.text.includes("sk-"), JSON.stringify(output.text));
});

Deno.test("keys that come in one chunk answer one question after the other", async () => {
  const { prompter, input, keys, output } = setUp();
  input.type("2\rmodel one\r");
  assert.equal(await prompter.choose({ title: "Which", items: ITEMS }), 4);
  assert.equal(await prompter.text({ title: "Model" }), "model one");
  assert.deepEqual(keys.typedAhead, []);
  assert.ok(output.text.includes("Model: model one"));
});

Deno.test("a hidden line is never written, and is asked for again when it is wrong", async () => {
  for (const isDumb of [false, true]) {
    const { prompter, input, output } = setUp(isDumb);
    input.type("\x1b[200~sk-first\nline\x1b[201~\r");
    input.type("sk-secon\x7fnd\r");
    const value = await prompter.hidden({
      title: "Key",
      check: (text) => text.includes("\n") ? "it must be one line" : null,
    });
    assert.equal(value, "sk-second");
    assert.ok(!/sk-|first|econd/.test(output.text), JSON.stringify(output.text));
    assert.match(output.text, /it must be one line/);
    assert.equal(input.isRaw, false);
  }
});

Deno.test("a dumb terminal gets a numbered list and no sequences", async () => {
  const { prompter, input, output } = setUp(true);
  input.type("7\r3\r");
  assert.equal(await prompter.choose({ title: "Which", items: ITEMS }), 5);
  assert.match(output.text, /Which\n {2}1\) alpha\n {2}2\) beta\n {2}3\) gamma\n/);
  assert.match(output.text, /Allowed: 1 to 3, or a name/);
  assert.ok(!output.text.includes("\x1b"));
});

Deno.test("attack: what was typed before a yes-or-no question answers nothing", async () => {
  const { prompter, input, clock, keys } = setUp();
  keys.typedAhead = [typed("y"), press("enter")];
  input.type("y\r");
  const asked = prompter.confirm({ title: "Open?" });
  await clock.advance(1000);
  input.type("n");
  assert.equal(await asked, false);
});

Deno.test("Ctrl-C, Ctrl-D and the end of the input stop every question", async () => {
  for (const end of ["\x03", "\x04", null]) {
    const { prompter, input, clock } = setUp();
    const questions = [
      () => prompter.choose({ title: "a", items: ITEMS }),
      () => prompter.text({ title: "b" }),
      () => prompter.hidden({ title: "c" }),
      () => prompter.confirm({ title: "d" }),
    ];
    for (const ask of questions) {
      const asked = ask();
      asked.catch(() => {});
      await settle();
      await clock.advance(1000);
      input.type(end);
      await assert.rejects(asked, StoppedError);
      assert.equal(input.isRaw, false);
    }
  }
});
