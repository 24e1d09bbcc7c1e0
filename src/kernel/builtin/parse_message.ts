import { lineToRun, understand } from "./grammar.ts";
import type { Intent } from "./intent.ts";
import { mask, type Masked, plain, unmask } from "./words.ts";

/** Verbs that the pieces of a sentence share. */
const SHARED_VERB = /^(read|cat|open|print|list|count|how many|size of|how big is)\b/i;

/** Programs whose names are English words: these alone begin no command line. */
const ENGLISH = new Set(
  "cut date file find head join less make more nice paste sort split tail test time touch tree true which who"
    .split(" "),
);

/** Questions answered in one message; the rest is named as not understood. */
const MOST = 8;

/** Characters of a message that the grammar looks at; also bounds what its patterns may cost. */
const LONGEST = 1000;

/** Where one question certainly ends. */
const HARD_END = /\n+|[?!]+(?=\s|$)|(?<=[\p{L}\p{N}\uE001])\.(?=\s)/u;
/** Where one may end: taken only if every piece then makes sense. */
const SOFT_END = /\s*,\s*(?:and\s+|then\s+)*|\s+(?:and|then)\s+(?:then\s+|also\s+)?|\s*;\s*/i;

/**
 * What a message asks for, in order, the same question once. A message without any question
 * that makes sense is one `unknown`. Only the first paragraph is looked at: what follows may be
 * piped in from anywhere, and a line of it must not be taken for a request.
 *
 * @param programs Names that begin a command line when nothing else fits.
 */
export function parseMessage(message: string, programs: readonly string[]): Intent[] {
  const [question = "", ...material] = message.trim().split(/\n[ \t]*\n/);
  if (question.length > LONGEST) return [{ type: "needs_model", what: "work with a long text" }];
  const masked = mask(question);
  const intents = masked.text.split(HARD_END).map((text) => text.trim())
    .filter((text) => plain(text) !== "")
    .flatMap((text) => parseSentence(text, masked, programs));
  const different = new Map(resolveIt(intents).map((intent) => [JSON.stringify(intent), intent]));
  const all = [...different.values()];
  // "Hi! What is here?": the greeting needs no answer of its own.
  const asked = all.filter(({ type }) => type !== "greeting" && type !== "thanks");
  const kept = asked.length > 0 ? asked : all;
  if (kept.length === 0) return [{ type: "unknown", said: question }];
  const left: Intent[] = [];
  if (kept.length > MOST) left.push({ type: "unknown", said: "the questions after that" });
  if (material.length > 0) {
    left.push({ type: "needs_model", what: "work with the text after the blank line" });
  }
  return [...kept.slice(0, MOST), ...left];
}

/** `it` is what the question before was about. */
function resolveIt(intents: readonly Intent[]): Intent[] {
  let last = ".";
  return intents.map((intent) => {
    if (!("path" in intent)) return intent;
    const resolved = intent.path === "it" ? { ...intent, path: last } : intent;
    last = resolved.path;
    return resolved;
  });
}

function parseSentence(text: string, masked: Masked, programs: readonly string[]): Intent[] {
  const pieces = text.split(SOFT_END).filter((piece) => plain(piece) !== "");
  if (pieces.length > 1) {
    const verb = SHARED_VERB.exec(plain(pieces[0] ?? ""))?.[0];
    const parsed = pieces.map((piece, index) => {
      const intent = parsePiece(piece, masked, programs);
      // "read a.txt and b.txt": the verb of the first piece holds for those without one.
      return intent === null && index > 0 && verb !== undefined
        ? parsePiece(`${verb} ${piece}`, masked, programs)
        : intent;
    });
    // A need for a language model in a piece says nothing about where the sentence ends.
    const all = parsed.filter((intent) => intent !== null && intent.type !== "needs_model");
    if (all.length === pieces.length) return all.flatMap((intent) => intent ?? []);
  }
  const whole = parsePiece(text, masked, programs);
  if (whole) return [whole];
  if (pieces.length > 1) {
    return pieces.map((piece) =>
      parsePiece(piece, masked, programs) ?? { type: "unknown", said: unmask(piece, masked) }
    );
  }
  return [{ type: "unknown", said: unmask(text, masked) }];
}

function parsePiece(text: string, masked: Masked, programs: readonly string[]): Intent | null {
  const line = lineToRun(text, masked) ?? commandLine(text, masked, programs, true);
  if (line !== null) return { type: "run", line };
  const sentence = plain(text);
  const intent = understand(sentence, masked);
  if (intent && intent.type !== "needs_model") return intent;
  const bare = commandLine(text, masked, programs, false);
  return bare === null ? intent : { type: "run", line: bare };
}

/**
 * The text as a command line: it begins with an allowed program and, where `sure` is asked for,
 * has an option or an operator: many programs are English words too.
 */
function commandLine(
  text: string,
  masked: Masked,
  programs: readonly string[],
  sure: boolean,
): string | null {
  const [first = "", ...rest] = text.trim().split(/\s+/);
  if (!programs.includes(first)) return null;
  const option = rest.some((word) => /^-{1,2}[A-Za-z0-9]/.test(word) || /^[|<>&]+$/.test(word));
  const pathLike = rest.length === 0 || rest.some((word) => /[/.*\uE000]/.test(word));
  const git = first === "git" && /^[a-z-]+$/.test(rest[0] ?? "") && rest.length <= 2;
  const clear = pathLike || git || !ENGLISH.has(first);
  return option || (!sure && clear) ? unmask(text.trim(), masked) : null;
}
