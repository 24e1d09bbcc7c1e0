import assert from "node:assert/strict";
import fc from "fast-check";
import { AppError } from "../../src/base/app_error.ts";
import { applyEdits } from "../../src/compartments/hands/files/text/apply_edits.ts";
import { decodeText, encodeText } from "../../src/compartments/hands/files/text/text_codec.ts";
import { failsWith, workspace } from "./file_kit.ts";

const edit = (text: string, oldText: string, newText: string, replaceAll = false) =>
  applyEdits(text, [{ oldText, newText, replaceAll }], "/w/f").text;

function refusal(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    assert(error instanceof AppError);
    return error;
  }
  assert.fail("not refused");
}

Deno.test("edit: several are applied in order, a later one sees the earlier", () => {
  const { text, replacements } = applyEdits("a b a", [
    { oldText: "a", newText: "c", replaceAll: true },
    { oldText: "c b", newText: "d" },
  ], "/w/f");
  assert.deepEqual([text, replacements], ["d c", 3]);
});

Deno.test("edit: no match changes nothing and names the nearest line", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/f.ts`;
  await Deno.writeTextFile(path, "import x;\n\tconst total = sum(values);\nreturn total;\n");
  const before = await Deno.stat(path);
  const error = await failsWith(
    "files.edit_not_found",
    ws.hands.editFile({
      path,
      edits: [
        { oldText: "import x;", newText: "import y;" },
        { oldText: "const total = sum(value);", newText: "" },
      ],
    }),
  );
  assert.match(error.message, /edit 2 of 2 matches nothing; nothing was changed/);
  assert.match(error.hint ?? "", /line 2: "\\tconst total = sum\(values\);"/);
  const after = await Deno.stat(path);
  assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
});

Deno.test("edit: more than one match changes nothing and names the lines", () => {
  const error = refusal(() => edit("x\ny\nx\n\nx", "x", "z"));
  assert.equal(error.code, "files.edit_ambiguous");
  assert.match(error.message, /matches 3 times, on lines 1, 3, 5/);
  assert.equal(refusal(() => edit("aaa", "aa", "b")).code, "files.edit_ambiguous");
  assert.equal(edit("aaa", "aa", "b", true), "ba");
});

Deno.test("edit: nothing to replace and nothing that changes are refused", () => {
  assert.equal(refusal(() => edit("a", "", "b")).code, "files.edit_empty");
  assert.equal(refusal(() => edit("a", "a", "a")).code, "files.edit_no_change");
  assert.equal(refusal(() => applyEdits("a", [], "/w/f")).code, "files.edit_no_change");
  const growth = "x".repeat(100_000);
  assert.equal(refusal(() => edit(growth, "x", growth, true)).code, "files.too_large");
});

Deno.test("edit: CR LF files keep their line ends when the model writes LF", () => {
  assert.equal(edit("a\r\nb\r\nc\r\n", "a\nb", "a\nx\ny"), "a\r\nx\r\ny\r\nc\r\n");
  assert.equal(edit("a\r\nb\r\n", "a\r\nb", "q"), "q\r\n");
  assert.equal(edit("a\nb\n", "a\r\nb", "a\r\nx"), "a\nx\n");
  // Mixed: what is not touched stays, what is added takes the ends of its place.
  assert.equal(edit("a\r\nb\nc\n", "a\nb\nc", "a\nB\nc"), "a\r\nB\nc\n");
  assert.equal(edit("a\nb\r\nc\r\n", "a\n", "a\nn\n"), "a\nn\nb\r\nc\r\n");
  // A file of one line has none to keep.
  assert.equal(edit("a", "a", "b\r\nc"), "b\r\nc");
});

Deno.test("edit: mark, encoding and mode stay on the disk", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/f`;
  await Deno.writeTextFile(path, "\uFEFFa\r\nb\r\n");
  await Deno.chmod(path, 0o751);
  const result = await ws.run("edit", { path: "f", edits: [{ old: "a\nb", new: "c\nd" }] });
  assert.equal(result.content, "edited f: 1 replacement");
  assert.deepEqual(await Deno.readFile(path), new TextEncoder().encode("\uFEFFc\r\nd\r\n"));
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o751);
  await Deno.writeFile(path, new Uint8Array([0xfe, 0xff, 0, 0x61]));
  await ws.hands.editFile({ path, edits: [{ oldText: "a", newText: "😀" }] });
  assert.deepEqual([...await Deno.readFile(path)], [0xfe, 0xff, 0xd8, 0x3d, 0xde, 0x00]);
});

Deno.test("edit: what cannot be written back unchanged is not edited", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/f`;
  const change = () => ws.hands.editFile({ path, edits: [{ oldText: "a", newText: "b" }] });
  await failsWith("files.not_found", change());
  await Deno.writeFile(path, new Uint8Array([0x61, 0xe9]));
  await failsWith("files.not_text", change());
  await Deno.writeFile(path, new Uint8Array([0x61, 0]));
  await failsWith("files.not_text", change());
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(1 << 30);
  await failsWith("files.too_large", change());
});

/** Text of few letters, so that matches happen, with all kinds of line ends. */
const text = fc.array(fc.constantFrom("a", "b", "é", "😀", " ", "\n", "\r\n", "\r"), {
  maxLength: 40,
}).map((parts) => parts.join(""));

Deno.test("edit: property: on LF text it is what splitting and joining gives", () => {
  fc.assert(fc.property(text, text, text, (whole, oldText, newText) => {
    const [a, b, c] = [whole, oldText, newText].map((one) => one.replaceAll("\r", "")) as [
      string,
      string,
      string,
    ];
    fc.pre(b !== "" && a.includes(b) && a.split(b).join(c) !== a);
    assert.equal(edit(a, b, c, true), a.split(b).join(c));
  }));
});

Deno.test("edit: property: line ends outside the match stay, none is mixed that was not", () => {
  fc.assert(fc.property(text, text, text, text, (head, middle, tail, fresh) => {
    const lf = (one: string) => one.replaceAll("\r\n", "\n");
    const [h, m, t, f] = [head, middle, tail, fresh].map((one) =>
      lf(one).replaceAll("\r", "").replaceAll("\n", "\r\n")
    ) as [string, string, string, string];
    const oldText = "<" + lf(m) + ">";
    fc.pre(lf(f) !== oldText);
    const result = edit(h + "<" + m + ">" + t, oldText, lf(f));
    assert(result.startsWith(h) && result.endsWith(t));
    if ((h + m + t).includes("\r\n")) assert(!/(^|[^\r])\n/.test(result), JSON.stringify(result));
    assert.equal(lf(result), lf(h) + lf(f) + lf(t));
  }));
});

Deno.test("edit: property: an edit and its inverse give the same bytes", () => {
  fc.assert(fc.property(text, text, fc.boolean(), (head, tail, bom) => {
    const before = encodeText(head + "<old>" + tail, { encoding: "utf-8", bom });
    const there = decodeText(before);
    assert(there);
    const changed = edit(there.text, "<old>", "<\nnew\n>");
    const back = edit(changed, "<\nnew\n>", "<old>");
    assert.deepEqual(encodeText(back, there.form), before);
  }));
});

Deno.test("edit: property: any valid text is encoded back to its bytes", () => {
  const form = fc.constantFrom(
    { encoding: "utf-8", bom: false } as const,
    { encoding: "utf-8", bom: true } as const,
    { encoding: "utf-16le", bom: true } as const,
    { encoding: "utf-16be", bom: true } as const,
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), form, (any, form) => {
    const bytes = encodeText(any.replaceAll("\0", ""), form);
    const decoded = decodeText(bytes);
    fc.pre(decoded !== null);
    assert.deepEqual(encodeText(decoded.text, decoded.form), bytes);
  }));
});
