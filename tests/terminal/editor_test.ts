import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { textOf } from "../../src/surfaces/terminal/editor/cells.ts";
import { edit, type EditorAction } from "../../src/surfaces/terminal/editor/editor.ts";
import { createKeyDecoder, type Key } from "../../src/surfaces/terminal/editor/keys.ts";
import { layoutEditor } from "../../src/surfaces/terminal/editor/layout.ts";
import { emptyEditor } from "../../src/surfaces/terminal/editor/state.ts";

const PRESSES = [
  "enter alt-enter ctrl-j ctrl-c ctrl-l ctrl-d delete backspace left right ctrl-left ctrl-right home",
  "end ctrl-k ctrl-u ctrl-w alt-d ctrl-y up down tab escape unknown ctrl-r ctrl-r ctrl-s ctrl-g",
].join(" ").split(" ");

/** Types keys; text in plain words, presses in `<…>`. */
function type(keys: string, history: readonly string[] = []) {
  let state = emptyEditor(history);
  const actions: EditorAction[] = [];
  for (const [, name, text] of keys.matchAll(/<([a-z-]+)>|([^<]+)/g)) {
    const key: Key = name ? { type: "press", name } : { type: "text", text: text! };
    const step = edit(state, key, ["/help", "/exit", "/export"]);
    state = step.state;
    if (step.action) actions.push(step.action);
  }
  const text = textOf(state.cells);
  return { text, cursor: state.cursor, actions, at: textOf(state.cells.slice(0, state.cursor)) };
}

for (
  const [keys, before, after] of [
    ["abc<left>X", "abX", "c"],
    ["abc<home>X<end>Y", "XabcY", ""],
    ["one two<ctrl-left>X", "one X", "two"],
    ["one two  <ctrl-w>", "one ", ""],
    ["one two<home><ctrl-right>X", "oneX", " two"],
    ["one two<left><left><left><ctrl-k>X<ctrl-y>", "one Xtwo", ""],
    ["one two<ctrl-u>X<ctrl-y>", "Xone two", ""],
    ["ab<left><backspace>", "", "b"],
    ["ab<left><delete>", "a", ""],
    ["ab<left><ctrl-d>", "a", ""],
    ["ab<alt-enter>cd<home>X", "ab\nX", "cd"],
    ["ab<ctrl-j>cd<up>X", "abX", "\ncd"],
    ["abc<ctrl-j>d<up><home><down>X", "abc\nX", "d"],
    ["ab\\<enter>cd", "ab\ncd", ""],
    ["👩‍👩‍👧x<left><left>Y", "Y", "👩‍👩‍👧x"],
    ["e\u0301x<left><backspace>", "", "x"],
    ["e<left>X<right>\u0301<backspace>", "X", ""],
    ["漢字<left>X", "漢X", "字"],
    ["/he<tab>", "/help ", ""],
    ["/e<tab>", "/ex", ""],
    ["x/he<tab>", "x/he", ""],
  ] as const
) {
  Deno.test(`editor: ${JSON.stringify(keys)}`, () => {
    const { text, at } = type(keys);
    deepEqual([at, text.slice(at.length)], [before, after]);
  });
}

Deno.test("editor: history up and down keeps what was being typed", () => {
  const history = ["first", "second"];
  equal(type("dra<up>", history).text, "second");
  equal(type("dra<up><up><up>", history).text, "first");
  equal(type("dra<up><up><down><down>ft", history).text, "draft");
});

const EARLIER = ["git status", "git log", "ls -l", "git log", "git log -p", "ls"];
for (
  const [keys, before, after] of [
    // Typing narrows: the newest line, the cursor where it holds the words.
    ["<ctrl-r>log", "git ", "log -p"],
    ["<ctrl-r>log -", "git ", "log -p"],
    ["<ctrl-r>l", "", "ls"],
    ["<ctrl-r>ls -", "", "ls -l"],
    // Older and newer ones; equal lines count once.
    ["<ctrl-r>log<ctrl-r>", "git ", "log"],
    ["<ctrl-r>git<ctrl-r><ctrl-r>", "", "git status"],
    ["<ctrl-r>git<ctrl-r><ctrl-s>", "", "git log -p"],
    // Nothing further: the last one stays.
    ["<ctrl-r>log<ctrl-r><ctrl-r><ctrl-r>", "git ", "log"],
    ["<ctrl-r>gitx", "", "git log -p"],
    ["<ctrl-r>gitx<backspace><backspace>", "", "git log -p"],
    ["draft<ctrl-r>xyz", "draft", ""],
    // Ways out.
    ["draft<left><ctrl-r>log<ctrl-g>", "draf", "t"],
    ["<ctrl-r>log<escape>X", "git X", "log -p"],
    ["<ctrl-r>log<ctrl-j>X", "git X", "log -p"],
    ["<ctrl-r>log<end>X", "git log -pX", ""],
    ["<ctrl-r>log<ctrl-k>X", "git X", ""],
    ["<ctrl-r><backspace>log", "git ", "log -p"],
    ["draft<ctrl-r>log<backspace><backspace><backspace><escape>X", "draftX", ""],
    // Up and Down go on from there; what was being typed comes back at the end.
    ["draft<ctrl-r>stat<escape><down>", "git log", ""],
    ["draft<ctrl-r>-p<escape><down><down>", "draft", ""],
    ["<up><up><up><ctrl-r>git", "", "git log"],
    ["<ctrl-r><ctrl-r><escape>X", "X", ""],
  ] as const
) {
  Deno.test(`editor, search: ${JSON.stringify(keys)}`, () => {
    const { text, at } = type(keys, EARLIER);
    deepEqual([at, text.slice(at.length)], [before, after]);
  });
}

Deno.test("editor, search: Enter sends what was found, Ctrl-C interrupts", () => {
  deepEqual(type("<ctrl-r>stat<enter>", EARLIER).actions, [{ type: "submit", text: "git status" }]);
  deepEqual(type("<ctrl-r>stat<ctrl-c>", EARLIER).actions, [{ type: "interrupt" }]);
  deepEqual(type("<ctrl-r>x<enter>", []).actions, [{ type: "submit", text: "" }]);
});

Deno.test("editor: Enter submits, Ctrl-C interrupts, Ctrl-D leaves an empty line only", () => {
  deepEqual(type("hi<enter>").actions, [{ type: "submit", text: "hi" }]);
  deepEqual(type("hi<ctrl-c><ctrl-d>").actions, [{ type: "interrupt" }]);
  deepEqual(type("<ctrl-d>").actions, [{ type: "leave" }]);
});

Deno.test("editor: a long paste is one cell with a marker, and is sent whole", () => {
  const text = "line of a log\n".repeat(8_000);
  let { state } = edit(emptyEditor([]), { type: "paste", text, isCut: false });
  equal(state.cells.length, 1);
  state = edit(state, { type: "text", text: " why?" }).state;
  const { rows } = layoutEditor(state, { columns: 80, rows: 24 });
  deepEqual(rows, ["[pasted 8001 lines, 112,000 characters] why?"]);
  deepEqual(edit(state, { type: "press", name: "enter" }).action, {
    type: "submit",
    text: text + " why?",
  });
});

const anyText = fc.oneof(
  fc.constantFrom(
    "a",
    "B",
    " ",
    "\t",
    "\\",
    "é",
    "e\u0301",
    "\u0301",
    "漢",
    "🙂",
    "👩‍👩‍👧",
    "🇩🇪",
    "\u202e",
    "\x1b",
  ),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const anyKey: fc.Arbitrary<Key> = fc.oneof(
  anyText.map((text): Key => ({ type: "text", text })),
  fc.oneof(anyText, fc.constant("x\r\ny\rz\n"), fc.constant("l\n".repeat(20)))
    .map((text): Key => ({ type: "paste", text, isCut: false })),
  fc.constantFrom(...PRESSES).map((name): Key => ({ type: "press", name })),
);

Deno.test("property: any keys leave a cursor within the text, and a layout within the screen", () => {
  fc.assert(fc.property(
    fc.array(anyKey, { maxLength: 60 }),
    fc.array(fc.string(), { maxLength: 4 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 12 }),
    (keys, history, columns, rows) => {
      let state = emptyEditor(history);
      for (const key of keys) {
        const before = textOf(state.cells);
        const { state: next, action } = edit(state, key);
        if (key.type !== "press" && !state.search) {
          const added = key.text.replace(/\r\n?/g, "\n");
          equal(textOf(next.cells).length, before.length + added.length);
        }
        state = action?.type === "submit" ? emptyEditor([...history, action.text]) : next;
        ok(state.cursor >= 0 && state.cursor <= state.cells.length);
        ok(!textOf(state.cells).includes("\r"));
        const layout = layoutEditor(state, { columns, rows });
        ok(layout.cursorRow >= 0 && layout.cursorRow < layout.rows.length);
        ok(layout.rows.length <= Math.max(1, rows));
        // deno-lint-ignore no-control-regex
        ok(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(layout.rows.join("")));
      }
    },
  ));
});

Deno.test("property: keys and their undoing in the editor: left and right, kill and yank", () => {
  fc.assert(fc.property(fc.array(anyKey, { maxLength: 30 }), (keys) => {
    let state = emptyEditor([]);
    for (const key of keys) state = edit(state, key).state;
    const press = (name: string) => state = edit(state, { type: "press", name }).state;
    press("end");
    const before = textOf(state.cells);
    press("ctrl-u");
    if (textOf(state.cells) !== before) press("ctrl-y");
    equal(textOf(state.cells), before);
  }));
});

function decode(chunks: readonly Uint8Array[]): Key[] {
  const decoder = createKeyDecoder();
  const keys = chunks.flatMap((chunk) => decoder.push(chunk));
  // Text that came in two chunks is the same text.
  return keys.reduce<Key[]>((all, key) => {
    const last = all.at(-1);
    if (key.type === "text" && last?.type === "text") {
      all[all.length - 1] = { type: "text", text: last.text + key.text };
    } else all.push(key);
    return all;
  }, []);
}

for (
  const [bytes, keys] of [
    ["\x1b[A\x1bOB\x1b[1;5D\x1b[1;3C", ["up", "down", "ctrl-left", "alt-right"]],
    ["\x1b[H\x1b[4~\x1b[3~\x1b[3;5~", ["home", "end", "delete", "ctrl-delete"]],
    ["\r\n\t\x7f\x08\x01\x1a", [
      "enter",
      "ctrl-j",
      "tab",
      "backspace",
      "backspace",
      "ctrl-a",
      "ctrl-z",
    ]],
    ["\x1b\r\x1bb\x1b\x7f", ["alt-enter", "alt-b", "alt-backspace"]],
    ["\x1b[13;2u\x1b[27;3;13~\x1b[13u", ["alt-enter", "alt-enter", "enter"]],
    ["\x1b\x1b[A", ["escape", "up"]],
    ["\x1b[[A\x1b[?1;2c\x1b[99~", ["unknown", "unknown", "unknown"]],
  ] as const
) {
  Deno.test(`keys: ${JSON.stringify(bytes)}`, () => {
    deepEqual(
      decode([new TextEncoder().encode(bytes)]),
      keys.map((name) => ({ type: "press", name })),
    );
  });
}

Deno.test("keys: in a paste nothing is a key, whatever it holds", () => {
  const text = "a\rb\x03\x1b[A\x1b[200~\x04";
  const bytes = new TextEncoder().encode(`\x1b[200~${text}\x1b[201~x`);
  deepEqual(decode([bytes]), [
    { type: "paste", text, isCut: false },
    { type: "text", text: "x" },
  ]);
});

Deno.test("property: where the bytes are cut makes no difference", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "\x1b[A",
      "\x1b[1;5D",
      "\x1bOH",
      "\x1b\r",
      "\x1b[200~",
      "\x1b[201~",
      "\x1b",
      "\r",
      "é",
      "漢",
      "🙂",
    ),
    fc.string({ maxLength: 5 }),
  ).map((text) => new TextEncoder().encode(text));
  const anyBytes = fc.oneof(piece, fc.uint8Array({ maxLength: 5 }));
  fc.assert(
    fc.property(
      fc.array(anyBytes, { maxLength: 20 }),
      fc.array(fc.nat(200), { maxLength: 20 }),
      (pieces, cuts) => {
        const bytes = new Uint8Array(pieces.flatMap((one) => [...one]));
        const at = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
        const chunks = [...at, bytes.length].map((end, index) =>
          bytes.slice(at[index - 1] ?? 0, end)
        );
        deepEqual(decode(chunks), decode([bytes]));
      },
    ),
    { numRuns: 500 },
  );
});
