/**
 * 63: the big list of naughty strings (minimaxir, MIT, db33ec7) through all that reads, cleans or
 * shows a text: none breaks it, acts on a terminal, or becomes a link or picture that is loaded.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { decodeBase64 } from "../../../src/base/base64.ts";
import { AppError } from "../../../src/base/app_error.ts";
import { readHtml } from "../../../src/compartments/web/read_html.ts";
import { parseMessage } from "../../../src/kernel/builtin/parse_message.ts";
import { formatAnswer } from "../../../src/kernel/channels/format/format_answer.ts";
import { CLAIM_KINDS } from "../../../src/kernel/claims/claim_table.ts";
import { findClaims } from "../../../src/kernel/claims/find_claims.ts";
import { DEFAULT_ALLOW, findRule } from "../../../src/kernel/commands/rules.ts";
import { checkUrl } from "../../../src/kernel/net/check_url.ts";
import { OWN_MARKS, sanitizeOutside } from "../../../src/kernel/outside/sanitize.ts";
import { decide } from "../../../src/kernel/policy/decide.ts";
import type { PolicyState } from "../../../src/kernel/policy/state.ts";
import { readLine } from "../../../src/kernel/tools/commands/command_line.ts";
import { CHANNEL_KINDS } from "../../../src/model/channels/channel.ts";
import { type CommandPlan, wordText } from "../../../src/model/cells/command.ts";
import {
  revealHidden,
  safeJson,
  sanitizeTerminal,
} from "../../../src/surfaces/cli/sanitize_terminal.ts";
import { createMarkdownStream } from "../../../src/surfaces/terminal/markdown/stream.ts";
import { assertAccepted } from "../../fakes/chat_rules/accepted.ts";
import { tallyBattery } from "../../battery_count.ts";
import { sequencesIn } from "../kit/ansi_corpus.ts";

const NAUGHTY = (JSON.parse(
  Deno.readTextFileSync(new URL("blns.base64.json", import.meta.url)),
) as string[]).map((one) => new TextDecoder().decode(decodeBase64(one)));

/** What would be loaded or run where Markdown or HTML is shown. */
const MORE = [
  "[x](javascript:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "![x](https://evil.example/p.png)",
  "<img src=https://evil.example/p.png>",
  "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
  "<https://evil.example/auto>",
  "[x]: https://evil.example/ref\n\n![y][x]",
];

/** Colours of the Markdown stream. */
// deno-lint-ignore no-control-regex
const OURS = /^\x1b\[\d+(?:;\d+)*m$/;

const PLACES: Readonly<Record<string, (text: string) => void>> = {
  "shown plainly": (text) => deepEqual(sequencesIn(sanitizeTerminal(text)), []),
  "shown with everything revealed": (text) => deepEqual(sequencesIn(revealHidden(text)), []),
  "shown as JSON": (text) => {
    deepEqual(sequencesIn(safeJson({ text })), []);
    equal(JSON.parse(safeJson({ text })).text, text);
  },
  "shown as Markdown": (text) => {
    const stream = createMarkdownStream({ columns: () => 80, hasStyle: true });
    const written = stream.push(sanitizeTerminal(`# ${text}\n\n- ${text}\n`)) + stream.end();
    deepEqual(sequencesIn(written).filter((one) => !OURS.test(one)), []);
  },
  "from outside": (text) => equal(sanitizeOutside(text).text.match(OWN_MARKS), null),
  "as a page": (text) => {
    const { markdown } = readHtml(`<article><p>${text}</p><p>Words.</p></article>`, "https://a.b/");
    ok(!/(?<!\\)\]\((?:javascript|data|vbscript):/i.test(markdown), markdown);
    ok(!/!\[[^\]]*\]\(/.test(markdown), markdown);
  },
  "as an address": (text) => {
    try {
      match(checkUrl(text).href, /^https?:\/\//);
    } catch (error) {
      ok(error instanceof AppError && error.code.startsWith("net."), String(error));
    }
  },
  "as a command line": asCommandLine,
  "as a message": asMessage,
  "as an answer": asAnswer,
  ...Object.fromEntries(CHANNEL_KINDS.map((kind) => [
    `in a chat of ${kind}`,
    (text: string) => {
      for (const part of formatAnswer(kind, `# ${text}\n\n- ${text}\n`)) assertAccepted(kind, part);
    },
  ])),
};

/** A plan has every character of the line that is none of the shell's; what else there is asks. */
function asCommandLine(text: string): void {
  if (text.trim() === "" || text.includes("\0")) return;
  const { plan, accesses } = readLine(text, { workspace: "/w", operators: "allow" });
  if (plan === null) {
    const [access, ...more] = accesses;
    ok(access?.permission === "shell" && more.length === 0);
    equal(access.line, text);
    match(access.why, /^[\w ,().&$'`-]{3,80}$/);
  } else {
    equal(lettersOf(wordsOf(plan)), lettersOf([text]));
  }
  const decisions = accesses.map((access) => decide(access, POLICY).type);
  const programs = accesses.filter(({ permission }) => permission === "run");
  const isHarmless = plan !== null &&
    programs.every((access) =>
      access.permission === "run" && findRule(DEFAULT_ALLOW, access.words) !== null
    );
  equal(decisions.includes("ask") || decisions.includes("deny"), !isHarmless);
  // After text from outside, whatever is run asks.
  const tainted = { ...POLICY, taint: { sources: ["web x"], atMs: 1 } };
  deepEqual(
    accesses.filter((access) =>
      access.permission !== "read" && decide(access, tainted).type === "allow"
    ),
    [],
  );
}

/** What is run, looked for or not understood is a piece of the message, as it was written. */
function asMessage(text: string): void {
  const intents = parseMessage(text, ["ls"]);
  ok(intents.length > 0 && intents.length <= 10);
  for (const [at, intent] of intents.entries()) {
    // What ward says of more questions than it answers.
    if (at === 8 && "said" in intent && intent.said === "the questions after that") continue;
    const pieces = "line" in intent && intent.type === "run"
      ? [intent.line]
      : "said" in intent
      ? [intent.said]
      : "path" in intent && intent.path !== "."
      ? [intent.path]
      : [];
    for (const piece of pieces) ok(text.includes(piece), JSON.stringify(intent));
    if (intent.type === "run") match(text, /\bls\b|^(?:run|exec|execute)\b|`/i);
  }
}

/** Claims are of known kinds, on one line, in words of the answer, and none around it gets lost. */
function asAnswer(text: string): void {
  for (
    const answer of [`I sent ${text}.`, `I sent ${text} and the email ${"to all ".repeat(20)}`]
  ) {
    for (const claim of findClaims(answer)) {
      ok(CLAIM_KINDS.includes(claim.kind));
      ok(claim.text.length <= 100 && claim.text.trim() !== "" && !/[\r\n]/.test(claim.text));
      ok(answer.replace(/\s+/g, " ").includes(claim.text.replace(/…$/, "")), claim.text);
      ok(claim.subject === null || answer.includes(claim.subject));
    }
  }
  const sent = "I sent the email to Anna.";
  for (const whole of [`${sent}\n\n${text}`, `${text}\n\n${sent}`]) {
    ok(findClaims(whole).some((claim) => claim.text === sent), "a claim beside it is lost");
  }
}

/** Policy as it is without settings, in a sandbox. */
const POLICY: PolicyState = {
  workspace: "/w",
  home: "/h/.ward",
  dataDir: "/h/.ward/data",
  others: [],
  outputDir: "/h/.ward/data/outputs",
  osHome: "/h",
  selfPaths: [],
  allow: DEFAULT_ALLOW,
  sandbox: "bubblewrap",
  commandsWithoutSandbox: false,
  grants: [],
  taint: null,
  trusted: true,
  saidByUser: () => false,
  findProgram: (name) => `/usr/bin/${name}`,
  verifyPaths: false,
  exists: () => true,
  realPath: (path) => path,
};

/** All words of a plan. */
function wordsOf(plan: CommandPlan): string[] {
  if (plan.type === "sequence") return plan.items.flatMap(wordsOf);
  if (plan.type !== "pipeline") return [...wordsOf(plan.left), ...wordsOf(plan.right)];
  return plan.stages.flatMap((stage) => [
    ...stage.type === "group" ? wordsOf(stage.body) : [
      stage.type === "program" ? stage.program : stage.name,
      ...stage.args.map(wordText),
    ],
    ...stage.redirects.flatMap((one) =>
      "path" in one ? [one.path] : "text" in one ? [one.text] : []
    ),
  ]);
}

/** Without what a shell takes for itself, in order of their code points. */
function lettersOf(words: readonly string[]): string {
  return [...words.join("").replace(/[\s"'\\;&|<>(){}!]/g, "")].sort().join("");
}

Deno.test("63: gate: naughty strings", async (t) => {
  equal(NAUGHTY.length, 676);
  const wrong: string[] = [];
  const all = [...NAUGHTY, ...MORE];
  for (const [place, look] of Object.entries(PLACES)) {
    for (const text of all) {
      try {
        look(text);
      } catch (error) {
        wrong.push(`${place}: ${JSON.stringify(text)}: ${String(error).slice(0, 200)}`);
      }
    }
  }
  const tried = all.length * Object.keys(PLACES).length;
  const held = tried - wrong.length;
  tallyBattery({ battery: "naughty strings", verb: "harmless", held, tried });
  await t.step(`naughty strings: harmless ${held} of ${tried}`, () => deepEqual(wrong, []));
});
