import assert from "node:assert/strict";
import fc from "fast-check";
import { parseLine } from "../../src/kernel/commands/parse_line.ts";
import { makeStubs } from "./stub_programs.ts";
import { createRunner, snapshot } from "./support.ts";

const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Words without the characters that a line may not have at all. */
const word = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) =>
  !/[^\P{C}\t\n]|[^\P{Z} ]/u.test(text)
);

Deno.test("any argv in single quotes parses to exactly that argv", () => {
  fc.assert(fc.property(fc.array(word, { maxLength: 8 }), (args) => {
    const parsed = parseLine(["prog", ...args.map(quote)].join(" "));
    assert.deepEqual(parsed.type === "plan" && parsed.programs, [["prog", ...args]]);
  }));
});

Deno.test("any argv in double quotes parses to exactly that argv", () => {
  fc.assert(fc.property(fc.array(word, { maxLength: 8 }), (args) => {
    const line = args.map((arg) => `"${arg.replace(/[\\"$`]/g, "\\$&")}"`);
    const parsed = parseLine(["prog", ...line].join(" "));
    assert.deepEqual(parsed.type === "plan" && parsed.programs, [["prog", ...args]]);
  }));
});

Deno.test("attack: constructs outside the subset are named, never guessed", () => {
  const cases: Record<string, string> = {
    "echo $(id)": "command substitution",
    "echo `id`": "command substitution",
    "cat <<EOF\nx\nEOF": "here-document",
    "sleep 9 &": "background command",
    "ls <(id)": "process substitution",
    "for i in a; do ls; done": "loop",
    "if ls; then ls; fi": "condition",
    "f() { ls; }": "parenthesis in a word",
    "((1))": "arithmetic",
    "eval ls": "shell built-in eval",
    ". x": "computed program name",
    "PATH=. ls": "variable assignment",
    "echo $X": "variable",
    "$X": "variable",
    "r''m x": "computed program name",
    "ls \u202eab": "invisible or control characters",
    "ls \r": "invisible or control characters",
    "coproc ls": "coproc",
    "": "empty command",
    "! || ls": "empty command",
    "ls 'a": "unclosed quote",
    "cat < /dev/tcp/a/1": "special file",
    "ls > a/../../b": "path with ..",
  };
  for (const [line, why] of Object.entries(cases)) {
    assert.deepEqual(
      parseLine(line, { HOME: "/w", PWD: "/w" }),
      { type: "not_understood", why },
      line,
    );
  }
});

const TOKENS = [
  "a",
  "b",
  "c",
  "one",
  "'q r'",
  '"d q"',
  '"$"',
  "$",
  "\\ ",
  "\\'",
  "\\\n",
  "'",
  '"',
  "''",
  "*",
  "?",
  "[ab]*",
  "[",
  "]",
  "{",
  "}",
  "{a,b}",
  "{1..3}",
  ",",
  "..",
  "!",
  "#",
  "\n",
  ";",
  "|",
  "|&",
  "&&",
  "||",
  "(",
  ")",
  ">",
  ">>",
  "<",
  "2>",
  "2>&1",
  "1>&2",
  "&>",
  "<<<",
  "=",
  "-x",
  "f1",
  "f2",
  "echo",
  "true",
  "false",
  "cd",
  "d1",
  "pwd",
  ":",
  "$'\\n'",
  "printf '%s|'",
  "exit 3",
  "$HOME",
  "\t",
  "^",
  "%",
  "+",
  "@{1}",
];

Deno.test("random lines: a plan does what bash does with the same line", async () => {
  const root = await Deno.makeTempDir({ prefix: "ward-soup-" });
  try {
    const stubs = await makeStubs(root, ["a", "b", "c"]);
    const [ours, theirs] = [`${root}/1`, `${root}/2`];
    await Deno.mkdir(`${root}/pipes`);
    const fill = async (folder: string) => {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      await Deno.mkdir(`${folder}/d1`, { recursive: true });
      for (const name of ["a", "ab", "f1", "d1/b1"]) {
        await Deno.writeTextFile(`${folder}/${name}`, name);
      }
    };
    const soup = fc.array(
      fc.tuple(fc.constantFrom(...TOKENS), fc.constantFrom("", " ", " ", " ")),
      { minLength: 1, maxLength: 9 },
    ).map((tokens) => tokens.flat().join(""));
    let plans = 0;
    const env = (home: string) => ({ PATH: stubs.folder, HOME: home, LANG: "C.UTF-8" });
    const check = async (line: string) => {
      const parsed = parseLine(line, { HOME: ours, PWD: ours });
      if (parsed.type !== "plan") return;
      plans++;
      await fill(ours);
      await fill(theirs);
      const runner = createRunner(ours, `${root}/pipes`, stubs.programs);
      const outcome = await runner.run(line, { env: env(ours) });
      const calls = await stubs.take();
      const bash = await new Deno.Command("/bin/bash", {
        args: ["--norc", "--noprofile", "-c", line],
        cwd: theirs,
        clearEnv: true,
        env: env(theirs),
        stdin: "null",
      }).output();
      const relative = (text: string) => text.replaceAll(ours, "~").replaceAll(theirs, "~");
      assert.deepEqual(
        JSON.parse(relative(JSON.stringify({
          calls,
          stdout: withoutMessages(outcome.stdout),
          exitCode: outcome.exitCode,
          files: (await snapshot(ours)).map(withoutMessages),
        }))),
        JSON.parse(relative(JSON.stringify({
          calls: await stubs.take(),
          stdout: withoutMessages(new TextDecoder().decode(bash.stdout)),
          exitCode: bash.code,
          files: (await snapshot(theirs)).map(withoutMessages),
        }))),
        line,
      );
    };
    await fc.assert(fc.asyncProperty(soup, check), { numRuns: 1500, seed: 41 });
    assert.ok(plans > 100, `only ${plans} lines were understood`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

/** Error messages may differ from bash's, also where a line sends them to a file. */
function withoutMessages(entry: string): string {
  return entry.replace(/(?:ward|[^\s]*bash): .*\n/g, "error\n");
}
