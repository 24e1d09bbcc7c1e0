import assert from "node:assert/strict";
import { failsWith, workspace } from "./file_kit.ts";

const MIB = 1024 * 1024;

Deno.test("read: lines from an offset, with the count of all", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/a.txt`;
  await Deno.writeTextFile(path, "one\ntwo\nthree\nfour");
  const part = await ws.hands.readFile({ path, offset: 2, limit: 2 });
  assert.equal(part.content, "two\nthree");
  assert.deepEqual([part.firstLine, part.lastLine, part.totalLines], [2, 3, 4]);
  const beyond = await ws.hands.readFile({ path, offset: 9 });
  assert.deepEqual([beyond.content, beyond.lastLine, beyond.totalLines], ["", 8, 4]);
});

Deno.test("read: an empty file, blank lines and a final line end add no line", async () => {
  await using ws = await workspace();
  for (
    const [text, total, content] of [
      ["", 0, ""],
      ["\n", 1, ""],
      ["\n\n", 2, "\n"],
      ["a\n", 1, "a"],
      ["a\n\nb", 3, "a\n\nb"],
    ] as const
  ) {
    await Deno.writeTextFile(`${ws.root}/x`, text);
    const read = await ws.hands.readFile({ path: `${ws.root}/x` });
    assert.deepEqual([read.totalLines, read.content], [total, content], JSON.stringify(text));
  }
});

Deno.test("read: 2,000 lines unless told, each of at most 2,000 characters", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/long`;
  await Deno.writeTextFile(path, "😀".repeat(5000) + "\n" + "x\n".repeat(2999));
  const read = await ws.hands.readFile({ path });
  const lines = read.content.split("\n");
  assert.equal(lines.length, 2000);
  assert.equal(read.totalLines, 3000);
  assert.equal(read.cutLines, 1);
  assert.equal(read.invalidText, false);
  assert.equal(lines[0], "😀".repeat(1000) + " … [line cut: 20000 bytes in all]");
});

Deno.test("read: characters that lie across the pieces of the stream stay whole", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/pieces`;
  // Lines of 1,001 bytes put 3-byte characters across every 8 KiB and 64 KiB border.
  const line = "é€x".repeat(166) + "abcde";
  await Deno.writeTextFile(path, (line + "\n").repeat(300));
  const read = await ws.hands.readFile({ path });
  assert.equal(read.content, Array(300).fill(line).join("\n"));
  assert.equal(read.invalidText, false);
});

Deno.test("read: CR LF is named and not shown, a byte-order mark neither", async () => {
  await using ws = await workspace();
  await Deno.writeTextFile(`${ws.root}/dos`, "\uFEFFa\r\nb\r\nc");
  const read = await ws.hands.readFile({ path: `${ws.root}/dos` });
  assert.deepEqual([read.content, read.crlfLines], ["a\nb\nc", 2]);
});

Deno.test("read: text that is not UTF-8 is shown with marks and said so", async () => {
  await using ws = await workspace();
  await Deno.writeFile(`${ws.root}/latin1`, new Uint8Array([0x63, 0x61, 0x66, 0xe9, 10, 0x6f]));
  const read = await ws.hands.readFile({ path: `${ws.root}/latin1` });
  assert.deepEqual([read.content, read.invalidText], ["caf\uFFFD\no", true]);
  const result = await ws.run("read", { path: "latin1" });
  assert.match(result.content, /not valid text/);
});

Deno.test("read: UTF-16 with its mark", async () => {
  await using ws = await workspace();
  for (const [name, little] of [["le", true], ["be", false]] as const) {
    const text = "\uFEFFgrüße\r\n😀 zwei\n";
    const bytes = new Uint8Array(text.length * 2);
    for (let i = 0; i < text.length; i++) {
      new DataView(bytes.buffer).setUint16(i * 2, text.charCodeAt(i), little);
    }
    await Deno.writeFile(`${ws.root}/${name}`, bytes);
    const read = await ws.hands.readFile({ path: `${ws.root}/${name}` });
    assert.deepEqual([read.content, read.encoding], ["grüße\n😀 zwei", `utf-16${name}`]);
  }
});

Deno.test("read: a binary file is named by kind and size, not shown", async () => {
  await using ws = await workspace();
  await Deno.writeFile(`${ws.root}/blob`, new Uint8Array([65, 66, 0, 67]));
  await Deno.writeFile(`${ws.root}/png`, new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]));
  await Deno.writeTextFile(`${ws.root}/text`, "GIF8 is how a GIF begins");
  const blob = await failsWith("files.binary", ws.hands.readFile({ path: `${ws.root}/blob` }));
  assert.match(blob.message, /binary data of 4 bytes/);
  const png = await failsWith("files.binary", ws.hands.readFile({ path: `${ws.root}/png` }));
  assert.match(png.message, /PNG/);
  assert.match((await ws.hands.readFile({ path: `${ws.root}/text` })).content, /^GIF8/);
});

Deno.test("read: a file of 1 GB takes bounded memory, as text, binary and one endless line", async () => {
  await using ws = await workspace();
  const sparse = async (name: string, head: string) => {
    using file = await Deno.open(`${ws.root}/${name}`, { write: true, create: true });
    await file.write(new TextEncoder().encode(head));
    await file.truncate(1024 * MIB);
  };
  await sparse("binary", "");
  await sparse("text", "line\n".repeat(4000));
  await sparse("one line", "x".repeat(9000));
  const before = Deno.memoryUsage().rss;
  const binary = await failsWith("files.binary", ws.hands.readFile({ path: `${ws.root}/binary` }));
  assert.match(binary.message, /1073741824 bytes/);
  const text = await ws.hands.readFile({ path: `${ws.root}/text` });
  assert.deepEqual([text.lastLine, text.totalLines, text.sizeBytes], [2000, null, 1024 * MIB]);
  const line = await ws.hands.readFile({ path: `${ws.root}/one line` });
  assert.equal(line.content, "x".repeat(2000) + " … [line cut: 1073741824 bytes in all]");
  assert(Deno.memoryUsage().rss - before < 100 * MIB, "memory grew with the file");
});

Deno.test("read: folder, FIFO, socket and device are refused at once", async () => {
  await using ws = await workspace();
  await new Deno.Command("mkfifo", { args: [`${ws.root}/fifo`] }).output();
  using _listener = Deno.listen({ transport: "unix", path: `${ws.root}/socket` });
  const folder = await failsWith("files.is_folder", ws.hands.readFile({ path: ws.root }));
  assert.match(folder.hint ?? "", /List/);
  for (const [path, word] of [["fifo", "FIFO"], ["socket", "socket"]] as const) {
    const file = `${ws.root}/${path}`;
    const error = await failsWith("files.not_a_file", ws.hands.readFile({ path: file }));
    assert.match(error.message, new RegExp(word));
    await failsWith("files.not_a_file", ws.hands.writeFile({ path: file, content: "x" }));
    await failsWith(
      "files.not_a_file",
      ws.hands.editFile({ path: file, edits: [{ oldText: "a", newText: "b" }] }),
    );
    await failsWith("files.not_a_file", ws.hands.searchFiles({ path: file, pattern: "x" }));
  }
  await failsWith("files.not_a_file", ws.hands.readFile({ path: "/dev/zero" }));
  // In a walk they are only passed by.
  assert.equal((await ws.hands.searchFiles({ path: ws.root, pattern: "x" })).filesSearched, 0);
});

Deno.test("read: what the system refuses has a code, the path and a hint", async () => {
  await using ws = await workspace();
  await Deno.writeTextFile(`${ws.root}/file`, "x");
  await Deno.symlink("loop", `${ws.root}/loop`);
  const cases: [code: string, path: string][] = [
    ["files.not_found", `${ws.root}/missing`],
    ["files.not_a_folder", `${ws.root}/file/below`],
    ["files.name_too_long", `${ws.root}/${"n".repeat(256)}`],
    ["files.loop", `${ws.root}/loop`],
    ["files.bad_path", `${ws.root}/nul\0byte`],
    ["files.bad_path", "relative"],
  ];
  for (const [code, path] of cases) {
    const error = await failsWith(code, ws.hands.readFile({ path }));
    assert(error.message.includes(JSON.stringify(path)), error.message);
  }
});

Deno.test("read: a file that vanishes while it is read gives its content or not_found", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/flicker`;
  const content = "line\n".repeat(20_000);
  for (let round = 0; round < 30; round++) {
    await Deno.writeTextFile(path, content);
    const read = ws.hands.readFile({ path }).then((file) => file.lastLine, (error) => error.code);
    await Deno.remove(path);
    assert([2000, "files.not_found"].includes(await read));
  }
});

Deno.test("read: a cancelled call ends with its reason", async () => {
  await using ws = await workspace();
  using file = await Deno.open(`${ws.root}/big`, { write: true, create: true });
  await file.write(new TextEncoder().encode("x".repeat(9000)));
  await file.truncate(1024 * MIB * 1024);
  const controller = new AbortController();
  const read = ws.hands.readFile({ path: `${ws.root}/big` }, { signal: controller.signal });
  // By the time that another file was read the large one is open.
  await Deno.writeTextFile(`${ws.root}/small`, "x");
  await ws.hands.readFile({ path: `${ws.root}/small` });
  controller.abort();
  await failsWith("wire.cancelled", read);
});

Deno.test("read: numbered lines that fit the answer, and where to go on", async () => {
  await using ws = await workspace();
  await Deno.writeTextFile(`${ws.root}/a.txt`, "one\ntwo\n");
  assert.equal((await ws.run("read", { path: "a.txt" })).content, "   1\tone\n   2\ttwo");
  await Deno.writeTextFile(`${ws.root}/wide`, ("w".repeat(999) + "\n").repeat(500));
  const wide = await ws.run("read", { path: "wide" });
  assert(new TextEncoder().encode(wide.content).length <= 50 * 1024);
  const next = Number(/next: offset (\d+)/.exec(wide.content)?.[1]);
  assert.match((await ws.run("read", { path: "wide", offset: next })).content, /^ *\d+\tw/);
  await Deno.writeTextFile(`${ws.root}/many`, "l\n".repeat(2500));
  const many = await ws.run("read", { path: "many" });
  assert(many.content.split("\n").length <= 2000);
  assert.match(many.content, /of 2500; next: offset/);
  const missing = await ws.run("read", { path: "nope" });
  assert.deepEqual([missing.ok, missing.effects], [false, []]);
});
