/** Files by an editor: the cell's walls come first, whatever the path and whatever the editor does. */
import { RunningPrograms } from "../../src/app/cells/running_programs.ts";
import { deepEqual, equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import { withEditorFiles } from "../../src/app/acp/editor_files.ts";
import { AppError } from "../../src/base/app_error.ts";
import { readFile } from "../../src/compartments/hands/files/read_file.ts";
import { linesOf } from "../../src/compartments/hands/files/text/line_collector.ts";
import type { HandsEditing } from "../../src/kernel/tools/hands_port.ts";

const HOME = "/ada";
const WORKSPACE = `${HOME}/work`;

/** A cell with some files, and an editor with others; what each was asked is kept. */
function kit(options: {
  readonly disk?: Readonly<Record<string, string>>;
  readonly buffers?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly readOnly?: boolean;
  readonly isBusy?: boolean;
  /** What happens while the cell looks whether it may write. */
  readonly check?: "links" | undefined;
  /** What happens while the editor reads. */
  readonly read?: "links" | undefined;
  readonly write?: "works" | "fails" | "links" | "none";
}) {
  const { write = "works" } = options;
  const disk = new Map(Object.entries(options.disk ?? {}));
  const buffers = new Map(Object.entries(options.buffers ?? {}));
  const links = new Map(Object.entries(options.links ?? {}));
  const asked: string[] = [];
  const cell: string[] = [];
  const refused = (path: string) =>
    new AppError("files.not_found", `Cannot read "${path}": it does not exist`);
  const hands = {
    readFile({ path }: { path: string }) {
      const text = disk.get(path);
      if (text === undefined) return Promise.reject(refused(path));
      return Promise.resolve({ ...linesOf(text, { limit: 20_000 }), encoding: "utf-8" });
    },
    checkWrite({ path }: { path: string }) {
      if (options.check === "links") links.set(path, `${HOME}/.bashrc`);
      return options.readOnly
        ? Promise.reject(new AppError("files.read_only", `Cannot write "${path}": read-only`))
        : Promise.resolve({ writable: true as const });
    },
    writeFile({ path, content }: { path: string; content: string }) {
      cell.push(path);
      disk.set(path, content);
      const change = { atomic: true, before: null, after: content };
      return Promise.resolve({ ...change, created: true, sizeBytes: content.length });
    },
    editFile({ path }: { path: string }) {
      cell.push(path);
      const change = { atomic: true, before: null, after: "by the cell" };
      return Promise.resolve({ ...change, replacements: 1, sizeBytes: 1 });
    },
  } as unknown as HandsEditing;
  const files = withEditorFiles(hands, {
    workspace: WORKSPACE,
    osHome: HOME,
    alone: (run) => options.isBusy ? null : run(),
    realPath: (path) => links.get(path) ?? path,
    files: {
      read(path) {
        asked.push(`read ${path}`);
        const text = buffers.get(path);
        if (options.read === "links") links.set(path, `${HOME}/.bashrc`);
        return text === undefined ? Promise.reject(new Error("not open")) : Promise.resolve(text);
      },
      write: write === "none" ? null : (path, text) => {
        asked.push(`write ${path}`);
        if (write === "fails") return Promise.reject(new Error("cannot"));
        if (write === "links") links.set(path, `${HOME}/.bashrc`);
        buffers.set(path, text);
        return Promise.resolve();
      },
    },
  });
  return { files, asked, cell, disk, buffers };
}

const A = `${WORKSPACE}/a.txt`;
const edit = (path: string) => ({ path, edits: [{ oldText: "one", newText: "two" }] });

Deno.test("attack: no path that a cell would not open by itself is asked of the editor", async () => {
  const paths = [
    "/etc/passwd",
    `${HOME}/.ssh/id_rsa`,
    `${WORKSPACE}/.git/hooks/pre-commit`,
    `${WORKSPACE}/sub/.vscode/tasks.json`,
    `${WORKSPACE}/.ENVRC`,
    `${WORKSPACE}/link.txt`,
    `${WORKSPACE}-other/a.txt`,
    WORKSPACE,
  ];
  const texts = Object.fromEntries(paths.map((path) => [path, "one\n"]));
  const links = { [`${WORKSPACE}/link.txt`]: `${HOME}/.bashrc` };
  const missing = `${WORKSPACE}/missing.txt`;
  const k = kit({ disk: texts, buffers: { ...texts, [missing]: "one\n" }, links });
  await rejects(k.files.readFile({ path: missing }), { code: "files.not_found" });
  await k.files.writeFile({ path: missing, content: "new" });
  for (const path of paths) {
    await k.files.readFile({ path }).catch(() => {});
    await k.files.writeFile({ path, content: "x" }).catch(() => {});
    await k.files.editFile(edit(path)).catch(() => {});
  }
  deepEqual(k.asked, []);
});

Deno.test("attack: a workspace that is the home has no keys for the editor to read", async () => {
  const path = `${HOME}/.aws/credentials`;
  const k = kit({ disk: { [path]: "" }, buffers: { [path]: "KEY" } });
  const files = withEditorFiles(
    { readFile: () => Promise.resolve({ ...linesOf("", {}), encoding: "utf-8" }) } as never,
    {
      workspace: HOME,
      osHome: HOME,
      alone: (run) => run(),
      realPath: (one) => one,
      files: { read: () => Promise.resolve("KEY"), write: null },
    },
  );
  equal((await files.readFile({ path })).content, "");
  deepEqual(k.asked, []);
});

Deno.test("attack: while a program runs, no folder can be swapped under the editor", async () => {
  const k = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "one\n" }, isBusy: true });
  await k.files.editFile(edit(A));
  deepEqual([k.asked, k.cell], [[], [A]]);
});

Deno.test("attack: a path that became a link while the editor read gives what the cell has", async () => {
  const k = kit({ disk: { [A]: "disk\n" }, buffers: { [A]: "led elsewhere\n" }, read: "links" });
  equal((await k.files.readFile({ path: A })).content, "disk");
});

Deno.test("attack: a program swaps a folder between the look at a path and the editor's write", async () => {
  const k = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "one\n" }, check: "links" });
  await k.files.editFile(edit(A));
  deepEqual(
    [k.asked, k.cell],
    [[`read ${A}`], [A]],
    "the cell has to do it, by its rules for links",
  );
  const dirty = kit({ disk: { [A]: "saved\n" }, buffers: { [A]: "one\n" }, check: "links" });
  await rejects(dirty.files.editFile(edit(A)), { code: "files.editor" });
  deepEqual([dirty.asked, dirty.cell], [[`read ${A}`], []]);
});

Deno.test("attack: a program that begins while the editor writes swaps a folder: it waits", async () => {
  const programs = new RunningPrograms();
  const editor = Promise.withResolvers<string>();
  const writing = programs.alone(() => editor.promise);
  const began = programs.begin();
  const stopped = new AbortController();
  const never = programs.begin(stopped.signal);
  stopped.abort(new Error("the turn was stopped"));
  await rejects(never, /the turn was stopped/);
  equal(programs.any, false);
  editor.resolve("written");
  equal(await writing, "written");
  const end = await began;
  equal(programs.any, true);
  equal(programs.alone(() => Promise.resolve()), null);
  end();
  end();
  equal(programs.any, false);
});

Deno.test("an editor's refusal lets programs begin", async () => {
  const programs = new RunningPrograms();
  await rejects(programs.alone(() => Promise.reject(new Error("cannot")))!, /cannot/);
  (await programs.begin())();
});

Deno.test("attack: what the cell may not write the editor does not write for it", async () => {
  const k = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "one\n" }, readOnly: true });
  await rejects(k.files.editFile(edit(A)), { code: "files.read_only" });
  await rejects(k.files.writeFile({ path: A, content: "x" }), { code: "files.read_only" });
  deepEqual(k.asked.filter((one) => one.startsWith("write")), []);
});

Deno.test("a path that became a link while the editor wrote is said, not passed over", async () => {
  const k = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "one\n" }, write: "links" });
  await rejects(k.files.editFile(edit(A)), { code: "files.moved" });
});

Deno.test("an editor that cannot write: the cell does it where nothing is unsaved, else it is said", async () => {
  const clean = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "one\n" }, write: "fails" });
  await clean.files.editFile(edit(A));
  deepEqual(clean.cell, [A]);
  const dirty = kit({ disk: { [A]: "saved\n" }, buffers: { [A]: "one\n" }, write: "fails" });
  await rejects(dirty.files.editFile(edit(A)), { code: "files.editor" });
  deepEqual([dirty.cell, dirty.disk.get(A)], [[], "saved\n"]);
  const none = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "other\n" }, write: "none" });
  await none.files.editFile(edit(A));
  deepEqual([none.cell, none.asked], [[A], []]);
});

Deno.test("what is not open, binary or too large is read from the disk", async () => {
  for (const buffer of [undefined, "a\0b", "x".repeat(4_000_001)]) {
    const buffers: Record<string, string> = buffer === undefined ? {} : { [A]: buffer };
    const k = kit({ disk: { [A]: "disk\n" }, buffers });
    equal((await k.files.readFile({ path: A })).content, "disk");
  }
});

Deno.test("an edit is of the editor's text, with its own ambiguity and absence", async () => {
  const k = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "one one\n" } });
  await rejects(k.files.editFile(edit(A)), { code: "files.edit_ambiguous" });
  const gone = kit({ disk: { [A]: "one\n" }, buffers: { [A]: "three\n" } });
  await rejects(gone.files.editFile(edit(A)), { code: "files.edit_not_found" });
});

Deno.test("property: lines of a buffer are its lines, from the first to the last asked for", () => {
  fc.assert(fc.property(
    fc.array(fc.stringMatching(/^[a-z é]{0,20}$/), { minLength: 1, maxLength: 30 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom("\n", "\r\n"),
    (lines, offset, limit, end) => {
      const text = lines.map((line) => line + end).join("");
      const read = linesOf(text, { offset, limit });
      deepEqual(
        read.lastLine < read.firstLine ? [] : read.content.split("\n"),
        lines.slice(offset - 1, offset - 1 + limit),
      );
      equal(read.totalLines, lines.length);
      equal(read.crlfLines, end === "\n" ? 0 : read.lastLine - read.firstLine + 1);
    },
  ));
});

Deno.test("property: a buffer is read as the cell reads a file of the same text, cut lines and bounds too", async () => {
  const path = await Deno.makeTempFile();
  try {
    const line = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.constantFrom("x".repeat(2001), "é".repeat(2000), "😀".repeat(1500), "\r", ""),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.record({
          offset: fc.option(fc.integer({ min: -1, max: 15 }), { nil: undefined }),
          limit: fc.option(fc.constantFrom(-1, 0, 1, 3, 10 ** 9), { nil: undefined }),
        }),
        fc.constantFrom("\n", "\r\n"),
        async (lines, wanted, end) => {
          const text = lines.join(end).replaceAll("\0", "").replace(/^\uFEFF+/, "");
          await Deno.writeTextFile(path, text);
          const disk = await readFile({ path, ...wanted }, { signal: new AbortController().signal })
            .catch((error: AppError) => error.code);
          // What begins as another kind of file is the cell's alone.
          if (disk === "files.binary") return;
          deepEqual({ ...linesOf(text, wanted), encoding: "utf-8" }, disk);
        },
      ),
    );
  } finally {
    await Deno.remove(path);
  }
});
