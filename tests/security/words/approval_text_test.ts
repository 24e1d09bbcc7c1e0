/**
 * 34: what a question shows is what runs, byte by byte, for fifty lines made to deceive.
 * 35: an answer counts once, for its own question, and only when a person gave it there.
 */
import { equal, notEqual, ok } from "node:assert/strict";
import { parseLine } from "../../../src/kernel/commands/parse_line.ts";
import { answerAll, run } from "../../e2e/kit/chat_kit.ts";
import { inEachForm } from "../../e2e/kit/forms.ts";
import { startScriptedService } from "../../e2e/kit/scripted_service.ts";
import { inTerminal, type Pane, recorded } from "../../e2e/kit/terminal.ts";
import { makeScratch, type Scratch, untilGone, writeConfig } from "../../e2e/kit/ward_process.ts";

/** Arguments that look like something else, or like nothing. */
const DECEIVING: readonly string[] = [
  ...["\u202e", "\u202d", "\u2066", "\u2069", "\u200f", "\u061c"].map((mark) => `a${mark}fdp.exe`),
  ...["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u{e0041}", "\ufe0f"]
    .map((mark) => `r${mark}m`),
  ...["\x1b[8mx\x1b[0m", "\x1b]0;t\x07", "\x1b[2K\rls", "\x1b[1Als", "\x9b1A", "\x1bc", "x\b\bls"],
  ...[
    "a\nb",
    "a\r\nb",
    "\n\nAllow? run ls\n  risk   low",
    "a\u2028b",
    "a\u2029b",
    "a\u0085b",
    "a\tb",
  ],
  ...["а", "ｒｍ", "rм -rf", "Ηello", "ｌｓ", "раypal"],
  ...["\u00a0", "a\u3000b", "a\u2003b", " leading", "trailing ", "  ", ""],
  ...["\\x1b[8m", "\\u{202e}", "\\n", "a\\", "\x1b\\x1b", "don't", '"$(id)"', "`id`"],
  "ok" + " ".repeat(10_000) + "; rm -rf ~",
  "x".repeat(10_000),
  "ok".padEnd(66) + "  what   run ls (hands)".padEnd(66) + "  risk   low",
];

interface Question {
  /** The text as the person reads it. */
  readonly shown: string;
  readonly hasWarning: boolean;
}

/** Questions as they stood on the terminal, rows of a text joined again. */
function questionsIn(written: string): Question[] {
  // deno-lint-ignore no-control-regex
  const text = written.replaceAll("\r\n", "\n").replace(/\x1b\[\?2004[hl]/g, "");
  return text.split("\nAllow? ").slice(1).map((part) => {
    const rows = part.slice(0, part.indexOf("[d]eny")).replaceAll("\n       | ", "");
    const exact = /\n {2}exact {2}(.*)\n/.exec(rows)?.[1];
    const what = /\n {2}what {3}run (.*) \(hands\)\n/.exec(rows)?.[1] ?? "";
    return {
      shown: exact ?? what.replace(/^line:/, ""),
      hasWarning: rows.includes(", shown as escapes"),
    };
  });
}

/** The text that a person reads, escapes taken back as the warning says. */
function meant({ shown, hasWarning }: Question): string {
  if (!hasWarning) return shown;
  return shown.replace(
    /\\(\\|n|t|r|x([0-9a-f]{2})|u\{([0-9a-f]+)\})/g,
    (_, kind: string, byte?: string, point?: string) =>
      kind === "\\"
        ? "\\"
        : kind === "n"
        ? "\n"
        : kind === "t"
        ? "\t"
        : kind === "r"
        ? "\r"
        : String.fromCodePoint(parseInt(byte ?? point ?? "", 16)),
  );
}

/** Words of a text in which only single quotes and `\'` quote. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|\\'|[^\s'\\]|\\)+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\'/g, (all, inner?: string) => all === "\\'" ? "'" : inner ?? "")
  );
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

async function asked(
  form: readonly string[],
  scratch: Scratch,
  commands: readonly string[],
  use: (pane: Pane, capture: () => string) => Promise<void>,
): Promise<string> {
  const calls = commands.flatMap((command) => run(command).calls ?? []);
  await using service = await startScriptedService([{ calls }, { content: "The end." }]);
  const capture = `${scratch.folder}/capture`;
  const words = [...form, "agent", "-w", scratch.workspace, "-m", "go"];
  await inTerminal(recorded(words, capture), {
    env: { ...scratch.env, ...service.env },
    cwd: scratch.workspace,
  }, (pane) =>
    use(pane, () => {
      try {
        return Deno.readTextFileSync(capture);
      } catch {
        // Nothing was written yet.
        return "";
      }
    }));
  return Deno.readTextFileSync(capture);
}

inEachForm("34: the text of a question is what runs, 50 of 50", async (form) => {
  using scratch = makeScratch();
  const commands = DECEIVING.map((word, index) => {
    const rest = `printf %s ${quoted(word)} > out${index}`;
    // Ward's own printf needs no answer; a shell in a cell has no other.
    return parseLine(rest, {}).type === "not_understood" ? rest : `/usr/bin/${rest}`;
  });
  const written = await asked(
    form,
    scratch,
    commands,
    (pane) => answerAll(pane, "o", (now) => now.includes("EXIT=")),
  );
  const questions = questionsIn(written);
  equal(questions.length, DECEIVING.length);
  ok(DECEIVING.length >= 50);
  for (const [index, word] of DECEIVING.entries()) {
    const name = JSON.stringify(word.slice(0, 40));
    const text = meant(questions[index]!);
    const ran = Deno.readTextFileSync(`${scratch.workspace}/out${index}`);
    equal(ran, word, name);
    if (text === commands[index]) continue;
    const words = wordsOf(text);
    equal(words.length, 3, `${name}: ${text}`);
    equal(words[2], ran, name);
  }
  const shown = questions.map((question) => JSON.stringify(question));
  equal(new Set(shown).size, shown.length, "two lines look the same");
});

Deno.test("34, control: printed as they are, most of the same lines show something else", () => {
  // What a screen shows of a line: hidden characters take no place, sequences act.
  const look = (word: string) =>
    // deno-lint-ignore no-control-regex
    word.replace(/\x1b(?:\[[0-?]*[@-~]|\][^\x07]*\x07|.)|[^\P{C}\n]|[\ufe0f\u034f]/gu, "").trim();
  const deceives = DECEIVING.filter((word) => look(word) !== word);
  ok(deceives.length >= 30, String(deceives.length));
});

/** Each types something at the question of `/usr/bin/printf x >> ran`; none may make it run. */
const NO_ANSWERS: readonly (readonly [name: string, type: (pane: Pane) => Promise<void>])[] = [
  ["a double tap", (pane) => pane.write("oo")],
  ["the key with Enter", (pane) => pane.write("o\r")],
  ["a paste", (pane) => pane.paste("o")],
  ["a paste of every key", (pane) => pane.paste("osaosa\n".repeat(2_000))],
  ["a paste that ends itself", (pane) => pane.paste("x\x1b[201~o")],
  ["arrow keys", (pane) => pane.type("Up", "Down", "F3")],
  ["the key with Alt", (pane) => pane.type("M-o")],
  ["a wide letter", (pane) => pane.write("ｏ")],
  ["a letter that looks the same", (pane) => pane.write("о")],
  ["yes, space and Enter", (pane) => pane.type("y", "Space", "Enter")],
];

inEachForm("35: what is no answer runs nothing, a no after it counts", async (form) => {
  using scratch = makeScratch();
  const commands = NO_ANSWERS.map((_, index) => `/usr/bin/printf x >> ran${index}`);
  await asked(form, scratch, commands, async (pane, capture) => {
    for (const [index, [, type]] of NO_ANSWERS.entries()) {
      await pane.waitUntil("question", () => questionsIn(capture()).length === index + 1);
      await pane.waitUntil("choice", (now) => now.trimEnd().endsWith("[d]eny"));
      await type(pane);
      const denied = () => capture().split("\x1b[?2004ldenied").length === index + 2;
      for (let tries = 0; !denied(); tries++) {
        ok(tries < 300, capture().slice(-2_000));
        if (tries % 20 === 0) await pane.type("d");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await pane.waitFor("EXIT=0");
  });
  const ran = [...Deno.readDirSync(scratch.workspace)].map(({ name }) => name);
  equal(ran.filter((name) => name.startsWith("ran")).join(), "");
});

inEachForm("35, control: the one key does run it, and once", async (form) => {
  using scratch = makeScratch();
  const command = "/usr/bin/printf x >> ran";
  // The same line again is another question: a yes is not replayed.
  await asked(form, scratch, [command, command], async (pane, capture) => {
    await pane.waitUntil("choice", (now) => now.trimEnd().endsWith("[d]eny"));
    await pane.type("o");
    await pane.waitFor("allowed once");
    await pane.waitUntil("second question", () => questionsIn(capture()).length === 2);
    await pane.type("d");
    await pane.waitFor("denied");
    await pane.waitFor("EXIT=0");
  });
  equal(Deno.readTextFileSync(`${scratch.workspace}/ran`), "x");
});

inEachForm(
  "35: a question that nobody answers in time is a no, and a late key is none",
  async (form) => {
    using scratch = makeScratch();
    writeConfig(scratch, "[approvals]\ntimeout_s = 1\n");
    await asked(
      form,
      scratch,
      ["/usr/bin/printf x >> ran", "sleep 1 && /usr/bin/printf x >> late"],
      async (pane) => {
        await pane.waitFor("denied: no answer in time");
        await pane.type("o");
        await pane.waitFor("EXIT=0");
      },
    );
    equal([...Deno.readDirSync(scratch.workspace)].length, 0);
  },
);

inEachForm(
  "35: a question that stood when ward was killed is asked anew, and runs nothing",
  async (form) => {
    using scratch = makeScratch();
    await using service = await startScriptedService([run("/usr/bin/printf x >> ran"), {
      content: "no",
    }], {
      laterTurns: [run("/usr/bin/printf x >> ran"), { content: "The end." }],
    });
    const options = { env: { ...scratch.env, ...service.env }, cwd: scratch.workspace };
    const words = (...more: string[]) => [...form, "agent", "-w", scratch.workspace, ...more];
    await inTerminal(words("-m", "go"), options, async (pane) => {
      await pane.waitFor("[d]eny");
      // The terminal goes away with the question.
    });
    await untilGone(scratch.folder);
    await inTerminal(words("--resume", "-m", "again"), options, async (pane) => {
      await pane.waitFor("[d]eny");
      equal([...Deno.readDirSync(scratch.workspace)].length, 0);
      await pane.type("o");
      await pane.waitFor("allowed once");
      await pane.waitFor("EXIT=0");
    });
    equal(Deno.readTextFileSync(`${scratch.workspace}/ran`), "x");
    notEqual(service.bodies().length, 0);
  },
);
